#include "redis/command.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <charconv>

namespace tokenbroker {
namespace {

// Of a length with what is around it.
constexpr size_t kMostAround = 32;
constexpr size_t kMostDigits = 20;
constexpr char kLineEnd[] = {'\r', '\n'};

// "\r\n$5\r\n"
void EndLineAndAppendCount(size_t count, std::string* out) {
  char line[2 * sizeof(kLineEnd) + 1 + kMostDigits] = {'\r', '\n', '$'};
  char* end = std::to_chars(line + 3, line + 3 + kMostDigits, count).ptr;
  end = std::copy(std::begin(kLineEnd), std::end(kLineEnd), end);
  out->append(line, static_cast<size_t>(end - line));
}

}  // namespace

// Not by hiredis, whose printf for each argument was 6 % of a refresh (docs/adr/0032).
EncodedCommands EncodeCommand(const std::vector<absl::string_view>& arguments) {
  size_t size = kMostAround;
  for (const absl::string_view argument : arguments) size += kMostAround + argument.size();
  EncodedCommands command;
  command.count = 1;
  // A password may be among them: no copy is left behind by a string that grows.
  command.bytes.reserve(size);
  absl::StrAppend(&command.bytes, "*", arguments.size());
  for (const absl::string_view argument : arguments) {
    EndLineAndAppendCount(argument.size(), &command.bytes);
    command.bytes.append(argument.data(), argument.size());
  }
  command.bytes.append(kLineEnd, sizeof(kLineEnd));
  return command;
}

EncodedCommands EncodeCommand(const std::vector<std::string>& arguments) {
  return EncodeCommand(std::vector<absl::string_view>(arguments.begin(), arguments.end()));
}

EncodedCommands operator+(EncodedCommands first, const EncodedCommands& second) {
  first.bytes += second.bytes;
  first.count += second.count;
  return first;
}

}  // namespace tokenbroker
