// Which URLs we talk to at all. Any thread; pure.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>

namespace tokenbroker {

// Where a URL's host is: on this machine by a name or literal that no resolver can bend, or not.
enum class Reach { kLoopback, kNetwork };

struct RequestUrl {
  // Normalised by the parser that curl itself uses, so that both understand the same host.
  std::string text;
  // "host:port": whom we talk to.
  std::string authority;
  Reach reach = Reach::kNetwork;
};

// INVALID_ARGUMENT unless `url` is https, or http to 127.0.0.0/8, [::1] or localhost, without user
// or password. The message does not quote the URL.
absl::StatusOr<RequestUrl> ParseRequestUrl(const std::string& url);

}  // namespace tokenbroker
