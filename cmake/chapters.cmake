# add_fresh_test(name command...): a test that first builds what is not built yet, so that ctest neither misses a program
# nor runs an old one. Its threads sleep while they wait (docs/decisions.md).
if(BN_TESTS)
  include(ProcessorCount)
  ProcessorCount(cores)
  add_test(NAME build COMMAND ${CMAKE_COMMAND} --build ${CMAKE_BINARY_DIR} --parallel ${cores})
  set_tests_properties(build PROPERTIES FIXTURES_SETUP built)
endif()
function(add_fresh_test name)
  add_test(NAME ${name} COMMAND ${ARGN})
  set_tests_properties(${name} PROPERTIES FIXTURES_REQUIRED built ENVIRONMENT OMP_WAIT_POLICY=passive)
endfunction()

# add_chapter(ch08_resnet): the program build/bin/ch08_resnet and, with BN_TESTS, build/bin/ch08_resnet_tests.
# Everything a chapter teaches is in headers, so a later chapter only includes them.
# Chapters link the images, bn_data, unless they are named here as doing without.
set(chapters_without_images ch01 ch02 ch03 ch04 ch06 ch11)

function(add_chapter name)
  string(SUBSTRING ${name} 0 4 number)
  if(number IN_LIST chapters_without_images)
    set(library bn_common)
  else()
    set(library bn_data)
  endif()
  add_executable(${name} chapters/${name}/main.cpp)
  target_link_libraries(${name} PRIVATE ${library})
  if(BN_TESTS)
    file(GLOB tests CONFIGURE_DEPENDS chapters/${name}/*tests.cpp)  # tests.cpp, and more where that would be too long
    add_executable(${name}_tests ${tests})
    target_link_libraries(${name}_tests PRIVATE ${library} bn_files Catch2::Catch2WithMain)
    if(BN_AFRESH)
      add_fresh_test(${name} ${name}_tests)
    else()
      add_fresh_test(${name} ${name}_tests "~[afresh]")
    endif()
  endif()
endfunction()
