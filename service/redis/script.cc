#include "redis/script.h"

#include <absl/strings/escaping.h>
#include <openssl/evp.h>

#include <utility>

namespace tokenbroker {
namespace {

// Redis' name for a script, not a protection of anything.
std::string HexSha1(absl::string_view data) {
  std::string digest(20, '\0');
  EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr,
             EVP_sha1(), nullptr);
  return absl::BytesToHexString(digest);
}

}  // namespace

RedisScript::RedisScript(std::string name, std::string source)
    : name_(std::move(name)), source_(std::move(source)), sha_(HexSha1(source_)) {}

}  // namespace tokenbroker
