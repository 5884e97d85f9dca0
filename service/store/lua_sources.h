// The files of store/lua/, put into the program when it is built. Any thread.
#pragma once

#include <absl/strings/string_view.h>

namespace tokenbroker {

// The text of store/lua/<name>.lua; empty when there is no such file.
absl::string_view LuaSource(absl::string_view name);

}  // namespace tokenbroker
