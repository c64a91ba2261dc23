# add_chapter(ch08_resnet): the program build/bin/ch08_resnet and, with BN_TESTS, build/bin/ch08_resnet_tests.
# Everything a chapter teaches is in headers, so a later chapter only includes them.
function(add_chapter name)
  add_executable(${name} chapters/${name}/main.cpp)
  target_link_libraries(${name} PRIVATE bn_common)
  if(BN_TESTS)
    add_executable(${name}_tests chapters/${name}/tests.cpp)
    target_link_libraries(${name}_tests PRIVATE bn_common Catch2::Catch2WithMain)
    add_test(NAME ${name} COMMAND ${name}_tests)
  endif()
endfunction()
