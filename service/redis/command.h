// Commands as the bytes that a server reads (RESP2).
#pragma once

#include <absl/strings/string_view.h>

#include <string>
#include <vector>

namespace tokenbroker {

// One command, or several that nothing may come between: they are answered together, by the first
// error or else by the last one's answer.
struct EncodedCommands {
  std::string bytes;
  int count = 0;
};

// The command's name first. REQUIRES: not empty.
EncodedCommands EncodeCommand(const std::vector<absl::string_view>& arguments);
EncodedCommands EncodeCommand(const std::vector<std::string>& arguments);

EncodedCommands operator+(EncodedCommands first, const EncodedCommands& second);

}  // namespace tokenbroker
