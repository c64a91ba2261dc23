# Read by mutants/check's build alone: what every test program includes and no mutant changes is compiled once. That
# halves the time of a build.
function(precompile_tests)
  if(NOT TARGET bn_options)
    return()  # the small tree of check_test
  endif()
  file(CONFIGURE OUTPUT mutants_header.cpp CONTENT "// Nothing but the precompiled header\n")
  add_library(mutants_header OBJECT EXCLUDE_FROM_ALL ${CMAKE_CURRENT_BINARY_DIR}/mutants_header.cpp)
  target_precompile_headers(mutants_header PRIVATE
    ${PROJECT_SOURCE_DIR}/common/catch.hpp <algorithm> <array> <cmath> <cstdint> <cstdio> <filesystem> <fstream>
    <functional> <map> <memory> <numeric> <optional> <random> <set> <span> <stdexcept> <string> <utility> <variant>
    <vector>)
  target_link_libraries(mutants_header PRIVATE bn_options Catch2::Catch2WithMain)
  get_property(targets DIRECTORY PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    if(target MATCHES "^ch1[24].*_tests$")
      target_compile_options(${target} PRIVATE -O2)  # these train networks, which takes longer than compiling
    elseif(target MATCHES "^ch[0-9].*_tests$")
      target_precompile_headers(${target} REUSE_FROM mutants_header)
    endif()
  endforeach()
endfunction()
cmake_language(DEFER CALL precompile_tests)
