# add_exercises(): all that chapters/chNN_slug/exercises/ holds. NN_k_name.test.cpp includes the answer as EXERCISE, and
# is compiled once for each answer:
#   exercise_NN_k             the learner's copy, exercises/mine/NN_k_name.hpp, or the stub while there is none
#   exercise_NN_k_stub        NN_k_name.hpp as it is handed out
#   exercise_NN_k_solution    NN_k_name.solution.hpp
#   exercise_NN_k_wrong_WHY   NN_k_name.wrong/WHY.hpp
# None is part of a plain build: half-written answers would break it, and untouched ones slow it down. The CTest test
# exercise_NN_k builds its program first, and only if the learner has begun, so that it never runs yesterday's. The last
# three are built for exercises/check.

# The tests of `test` with the answer `answer`: build/exercises/`name`.
function(add_answer name test answer)
  add_executable(${name} EXCLUDE_FROM_ALL ${test})
  target_compile_definitions(${name} PRIVATE EXERCISE="${answer}")
  target_precompile_headers(${name} REUSE_FROM exercise_header)
  target_link_libraries(${name} PRIVATE exercise_options Catch2::Catch2WithMain)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/exercises)
endfunction()

function(add_exercises)
  # Quick to compile, and with every check of an index that the library has: what is out of range is told.
  add_library(exercise_options INTERFACE)
  target_compile_options(exercise_options INTERFACE
    -Wall -Wextra -Wno-unused-parameter -O1 -UNDEBUG -D_GLIBCXX_ASSERTIONS
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>  # at -O1 with AVX-512 GCC 12 says it of std::vector{0.0, 0.0, ...}
    ${BN_NATIVE_OPTIONS})
  target_include_directories(exercise_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/chapters)
  target_compile_definitions(exercise_options INTERFACE BN_PROJECT_ROOT="${PROJECT_SOURCE_DIR}")
  target_link_libraries(exercise_options INTERFACE $<LINK_ONLY:bn_common> OpenMP::OpenMP_CXX Threads::Threads)

  file(CONFIGURE OUTPUT exercises/header.cpp CONTENT "// Nothing but the precompiled header\n")
  add_library(exercise_header OBJECT EXCLUDE_FROM_ALL ${CMAKE_CURRENT_BINARY_DIR}/exercises/header.cpp)
  target_precompile_headers(exercise_header PRIVATE ${PROJECT_SOURCE_DIR}/common/exercise_test.hpp)
  target_link_libraries(exercise_header PRIVATE exercise_options Catch2::Catch2WithMain)
  add_custom_target(exercise_answers)
  if(COMMAND add_fresh_test)  # not in the small tutorial that this test itself makes
    add_fresh_test(exercise_commands ${PROJECT_SOURCE_DIR}/common/tests/exercise_commands.sh ${PROJECT_BINARY_DIR})
  endif()

  file(GLOB tests CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/chapters/ch*/exercises/*.test.cpp)
  file(GLOB mine CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/exercises/mine/*.hpp)
  file(GLOB wrong CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/chapters/ch*/exercises/*.wrong/*.hpp)
  foreach(test IN LISTS tests)
    string(REGEX REPLACE "\\.test\\.cpp$" "" base ${test})
    get_filename_component(name ${base} NAME)
    string(REGEX MATCH "^[0-9]+_[0-9]+" id ${name})

    # The learner's
    set(answer ${PROJECT_SOURCE_DIR}/exercises/mine/${name}.hpp)
    if(NOT answer IN_LIST mine)
      set(answer ${base}.hpp)
    endif()
    add_answer(exercise_${id} ${test} ${answer})
    add_test(NAME exercise_${id}
      COMMAND bash ${PROJECT_SOURCE_DIR}/exercises/commands.bash test ${PROJECT_BINARY_DIR} ${id})
    set_tests_properties(exercise_${id} PROPERTIES
      SKIP_REGULAR_EXPRESSION "TODO\\(${id}\\)"
      TIMEOUT 300 TIMEOUT_AFTER_MATCH "10;Running exercise ${id}"  # an endless loop
      RESOURCE_LOCK exercises)                                      # two builds at a time would be in each other's way

    # Those that prove the exercise
    add_answer(exercise_${id}_stub ${test} ${base}.hpp)
    add_answer(exercise_${id}_solution ${test} ${base}.solution.hpp)
    add_dependencies(exercise_answers exercise_${id}_stub exercise_${id}_solution)
    foreach(answer IN LISTS wrong)
      get_filename_component(folder ${answer} DIRECTORY)
      if(folder STREQUAL "${base}.wrong")
        get_filename_component(why ${answer} NAME_WE)
        add_answer(exercise_${id}_wrong_${why} ${test} ${answer})
        add_dependencies(exercise_answers exercise_${id}_wrong_${why})
      endif()
    endforeach()
  endforeach()
endfunction()
