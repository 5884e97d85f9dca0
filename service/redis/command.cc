#include "redis/command.h"

#include <hiredis/hiredis.h>
#include <openssl/crypto.h>

#include <cstdlib>

namespace tokenbroker {

EncodedCommands EncodeCommand(const std::vector<absl::string_view>& arguments) {
  std::vector<const char*> texts;
  std::vector<size_t> sizes;
  texts.reserve(arguments.size());
  sizes.reserve(arguments.size());
  for (const absl::string_view argument : arguments) {
    texts.push_back(argument.data());
    sizes.push_back(argument.size());
  }
  char* bytes = nullptr;
  const int size = redisFormatCommandArgv(&bytes, static_cast<int>(arguments.size()), texts.data(),
                                          sizes.data());
  // Only for want of memory.
  if (size < 0) std::abort();
  EncodedCommands command;
  command.bytes.assign(bytes, static_cast<size_t>(size));
  command.count = 1;
  // A password may be among them.
  OPENSSL_cleanse(bytes, static_cast<size_t>(size));
  redisFreeCommand(bytes);
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
