#include "http/request_url.h"

#include <absl/strings/match.h>
#include <arpa/inet.h>
#include <curl/curl.h>

#include <memory>

namespace tokenbroker {
namespace {

using ParsedUrl = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

// The part, or "" when the URL has none.
std::string Part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
  std::string copy = text;
  curl_free(text);
  return copy;
}

Reach ReachOf(const std::string& host) {
  if (host == "[::1]" || absl::EqualsIgnoreCase(host, "localhost")) return Reach::kLoopback;
  in_addr address = {};
  const bool literal = inet_pton(AF_INET, host.c_str(), &address) == 1;
  return literal && ntohl(address.s_addr) >> 24 == 127 ? Reach::kLoopback : Reach::kNetwork;
}

}  // namespace

absl::StatusOr<RequestUrl> ParseRequestUrl(const std::string& url) {
  const ParsedUrl parsed(curl_url(), &curl_url_cleanup);
  if (parsed == nullptr) return absl::ResourceExhaustedError("out of memory");
  // A scan of our own: curl's parser stops at a NUL and lets an empty user pass.
  const size_t authority_end = url.find_first_of("/?#", url.find("://") + 3);
  const bool userinfo = absl::StrContains(url.substr(0, authority_end), "@");
  if (absl::StrContains(url, '\0') || userinfo ||
      curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK) {
    return absl::InvalidArgumentError("the url is malformed or names a user");
  }
  RequestUrl result;
  result.text = Part(parsed.get(), CURLUPART_URL);
  result.reach = ReachOf(Part(parsed.get(), CURLUPART_HOST));
  const std::string scheme = Part(parsed.get(), CURLUPART_SCHEME);
  if (scheme == "https" || (scheme == "http" && result.reach == Reach::kLoopback)) return result;
  return absl::InvalidArgumentError(
      "the url must be https (plain http is for loopback hosts only)");
}

}  // namespace tokenbroker
