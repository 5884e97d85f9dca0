# The two functions that every leaf CMakeLists.txt uses.

# tb_library(NAME SOURCES a.cc b.cc DEPENDS tb_base absl::status)
#   One folder of service/ is one static library `tb_NAME`. Includes are written from service/.
function(tb_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(tb_${name} STATIC ${arg_SOURCES})
  target_include_directories(tb_${name} PUBLIC "${PROJECT_SOURCE_DIR}/service")
  target_compile_options(tb_${name} PRIVATE ${TB_WARNINGS})
  target_link_libraries(tb_${name} PUBLIC ${arg_DEPENDS})
  target_precompile_headers(tb_${name} REUSE_FROM tb_library_headers)
endfunction()

# tb_test(NAME SOURCES a_test.cc DEPENDS tb_token [LABEL integration] [TIMEOUT seconds])
#   One test binary `NAME_test`, one test to ctest, labelled `unit` unless LABEL says otherwise.
function(tb_test name)
  cmake_parse_arguments(arg "" "LABEL;TIMEOUT" "SOURCES;DEPENDS" ${ARGN})
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  add_executable(${name}_test ${arg_SOURCES})
  target_include_directories(${name}_test PRIVATE "${PROJECT_SOURCE_DIR}")
  target_compile_options(${name}_test PRIVATE ${TB_WARNINGS})
  target_compile_definitions(${name}_test PRIVATE TB_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name}_test PRIVATE ${arg_DEPENDS} GTest::gmock GTest::gtest_main)
  target_precompile_headers(${name}_test REUSE_FROM tb_test_headers)
  # Also where they are switched off, for clang-tidy: to read gmock takes as long as the checks.
  set_target_properties(${name}_test PROPERTIES DISABLE_PRECOMPILE_HEADERS OFF)
  # One ctest entry per binary: thousands of process starts under a sanitizer would cost minutes.
  add_test(NAME ${name} COMMAND ${name}_test --gtest_brief=1)
  set_tests_properties(${name} PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT})
endfunction()
