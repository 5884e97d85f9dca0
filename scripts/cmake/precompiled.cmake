# Headers that most files include, compiled once for the libraries and once for the tests. A file still
# includes what it uses: clang-tidy reads those of the libraries without them (scripts/lint).

# tb_precompiled_headers(NAME DEPENDS absl::time HEADERS <string> <absl/time/time.h>)
#   One precompiled header, for `target_precompile_headers(TARGET REUSE_FROM NAME)`.
function(tb_precompiled_headers name)
  cmake_parse_arguments(arg "" "" "DEPENDS;HEADERS" ${ARGN})
  set(source "${CMAKE_CURRENT_BINARY_DIR}/${name}.cc")
  file(CONFIGURE OUTPUT "${source}" CONTENT "// Only its headers are of use.\n")
  add_library(${name} STATIC "${source}")
  target_link_libraries(${name} PRIVATE ${arg_DEPENDS})
  target_precompile_headers(${name} PRIVATE ${arg_HEADERS})
endfunction()

set(TB_COMMON_HEADERS
  <algorithm> <array> <atomic> <chrono> <coroutine> <cstdint> <deque> <functional> <map> <memory> <mutex> <set> <sstream>
  <string> <utility> <vector>
  <absl/container/flat_hash_map.h> <absl/functional/any_invocable.h> <absl/status/status.h>
  <absl/status/statusor.h> <absl/strings/ascii.h> <absl/strings/escaping.h> <absl/strings/match.h>
  <absl/strings/numbers.h> <absl/strings/str_cat.h> <absl/strings/str_join.h> <absl/strings/str_split.h>
  <absl/strings/string_view.h> <absl/time/clock.h> <absl/time/time.h> <absl/types/optional.h>
  <boost/asio/executor_work_guard.hpp> <boost/asio/io_context.hpp> <boost/asio/steady_timer.hpp>
  <boost/intrusive/list.hpp>)
set(TB_COMMON_HEADERS_NEED
  absl::any_invocable absl::flat_hash_map absl::optional absl::status absl::statusor absl::strings absl::time
  Boost::headers Threads::Threads)
tb_precompiled_headers(tb_library_headers
  DEPENDS ${TB_COMMON_HEADERS_NEED}
  HEADERS ${TB_COMMON_HEADERS})
set(TB_TEST_HEADERS <gmock/gmock.h> <gtest/gtest.h>)
tb_precompiled_headers(tb_test_headers
  DEPENDS ${TB_COMMON_HEADERS_NEED} GTest::gmock
  HEADERS ${TB_COMMON_HEADERS} ${TB_TEST_HEADERS})
set_target_properties(tb_test_headers PROPERTIES DISABLE_PRECOMPILE_HEADERS OFF)
