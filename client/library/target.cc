#include "client/library/target.h"

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>

#include <vector>

namespace tokenbroker::client {
namespace {

absl::string_view HostOf(absl::string_view target) {
  if (absl::StartsWith(target, "[")) return target.substr(0, target.find(']') + 1);
  return target.substr(0, target.rfind(':'));
}

// 127.0.0.0/8.
bool IsLoopbackAddress(absl::string_view host) {
  const std::vector<absl::string_view> parts = absl::StrSplit(host, '.');
  if (parts.size() != 4 || parts[0] != "127") return false;
  for (const absl::string_view part : parts) {
    unsigned int value = 0;
    if (!absl::SimpleAtoi(part, &value) || value > 255) return false;
  }
  return true;
}

}  // namespace

Reach ReachOf(absl::string_view target) {
  if (absl::StartsWith(target, "unix:")) return Reach::kUnixSocket;
  const absl::string_view host = HostOf(target);
  const bool loopback =
      absl::EqualsIgnoreCase(host, "localhost") || host == "[::1]" || IsLoopbackAddress(host);
  return loopback ? Reach::kLoopback : Reach::kNetwork;
}

}  // namespace tokenbroker::client
