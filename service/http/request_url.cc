#include "http/request_url.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>
#include <arpa/inet.h>
#include <curl/curl.h>

#include <memory>

namespace tokenbroker {
namespace {

using ParsedUrl = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

// The part, or "" when the URL has none.
std::string Part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  const unsigned int flags = part == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return "";
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

// What curl's parser lets pass: a NUL that ends the text, any number of slashes, an empty user.
bool IsPlain(absl::string_view url) {
  if (absl::StrContains(url, absl::string_view("\0", 1))) return false;
  const size_t colon = url.find(':');
  if (colon == absl::string_view::npos) return false;
  absl::string_view rest = url.substr(colon);
  if (!absl::ConsumePrefix(&rest, "://") || absl::StartsWith(rest, "/")) return false;
  return !absl::StrContains(rest.substr(0, rest.find_first_of("/?#")), "@");
}

}  // namespace

absl::StatusOr<RequestUrl> ParseRequestUrl(const std::string& url) {
  const ParsedUrl parsed(curl_url(), &curl_url_cleanup);
  if (parsed == nullptr) return absl::ResourceExhaustedError("out of memory");
  if (!IsPlain(url) ||
      curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK) {
    return absl::InvalidArgumentError("the url is malformed or names a user");
  }
  RequestUrl result;
  result.text = Part(parsed.get(), CURLUPART_URL);
  const std::string host = Part(parsed.get(), CURLUPART_HOST);
  result.reach = ReachOf(host);
  result.authority = absl::StrCat(host, ":", Part(parsed.get(), CURLUPART_PORT));
  const std::string scheme = Part(parsed.get(), CURLUPART_SCHEME);
  if (scheme == "https" || (scheme == "http" && result.reach == Reach::kLoopback)) return result;
  return absl::InvalidArgumentError(
      "the url must be https (plain http is for loopback hosts only)");
}

}  // namespace tokenbroker
