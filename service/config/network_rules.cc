#include "config/network_rules.h"

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace tokenbroker {
namespace {

namespace urls = boost::urls;

boost::core::string_view ToBoost(absl::string_view s) { return {s.data(), s.size()}; }
absl::string_view ToAbsl(boost::core::string_view s) { return {s.data(), s.size()}; }

bool IsLocalhost(absl::string_view host) { return absl::EqualsIgnoreCase(host, "localhost"); }

// 127.0.0.0/8 or [::1].
template <typename UrlOrAuthority>
bool IsLoopbackLiteral(const UrlOrAuthority& url) {
  if (url.host_type() == urls::host_type::ipv4) return url.host_ipv4_address().is_loopback();
  if (url.host_type() == urls::host_type::ipv6) return url.host_ipv6_address().is_loopback();
  return false;
}

absl::Status CheckWebUrl(const urls::url_view& url) {
  if (url.encoded_host().empty()) {
    return absl::InvalidArgumentError("has no host; write https://host/path");
  }
  if (url.has_userinfo()) {
    return absl::InvalidArgumentError("carries a user name or password; take it out");
  }
  return absl::OkStatus();
}

bool IsWeb(const urls::url_view& url) {
  return url.scheme_id() == urls::scheme::https || url.scheme_id() == urls::scheme::http;
}

absl::Status CheckPlainHttp(const urls::url_view& url) {
  const bool loopback = IsLoopbackLiteral(url) || IsLocalhost(ToAbsl(url.encoded_host()));
  if (url.scheme_id() == urls::scheme::https || loopback) return absl::OkStatus();
  return absl::InvalidArgumentError("is plain http on a network host; write https://");
}

}  // namespace

absl::Status CheckEndpointUrl(absl::string_view text) {
  const auto url = urls::parse_uri(ToBoost(text));
  if (!url.has_value() || !IsWeb(*url)) {
    return absl::InvalidArgumentError("is not an absolute web URL; write https://host/path");
  }
  if (absl::Status s = CheckWebUrl(*url); !s.ok()) return s;
  if (url->has_fragment()) {
    return absl::InvalidArgumentError("has a fragment; remove everything from the '#'");
  }
  return CheckPlainHttp(*url);
}

absl::Status CheckIssuerUrl(absl::string_view text) {
  if (absl::Status s = CheckEndpointUrl(text); !s.ok()) return s;
  if (absl::StrContains(text, '?')) {
    return absl::InvalidArgumentError("has a query; an issuer has none, remove it from the '?'");
  }
  return absl::OkStatus();
}

absl::Status CheckRedirectUri(absl::string_view text, absl::string_view refusal) {
  const auto url = urls::parse_uri(ToBoost(text));
  if (!url.has_value()) {
    return absl::InvalidArgumentError("is not an absolute URI; write https://host/path");
  }
  if (url->has_fragment()) {
    return absl::InvalidArgumentError("has a fragment; remove everything from the '#'");
  }
  if (IsWeb(*url)) {
    if (absl::Status s = CheckWebUrl(*url); !s.ok()) return s;
  }
  if (refusal.empty()) return absl::OkStatus();
  if (IsLocalhost(ToAbsl(url->encoded_host()))) {
    return absl::InvalidArgumentError(absl::StrCat("has the host localhost; ", refusal));
  }
  if (url->scheme_id() == urls::scheme::http && !IsLoopbackLiteral(*url)) {
    return absl::InvalidArgumentError(absl::StrCat("is plain http on a network host; ", refusal));
  }
  return absl::OkStatus();
}

absl::Status ParseListener(absl::string_view text, ListenerKind* kind) {
  absl::string_view path = text;
  if (absl::ConsumePrefix(&path, "unix:")) {
    *kind = ListenerKind::kUnix;
    if (!path.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError("has no path; write unix:/run/token-broker.sock");
  }
  const auto address = urls::parse_authority(ToBoost(text));
  int port = -1;
  if (!address.has_value() || address->has_userinfo() || address->encoded_host().empty() ||
      !absl::SimpleAtoi(ToAbsl(address->port()), &port) || port < 0 || port > 65535) {
    return absl::InvalidArgumentError(
        "is not host:port; write 127.0.0.1:8443, or 0.0.0.0:8443 for every interface");
  }
  const bool loopback = IsLoopbackLiteral(*address) || IsLocalhost(ToAbsl(address->encoded_host()));
  *kind = loopback ? ListenerKind::kLoopback : ListenerKind::kNetwork;
  return absl::OkStatus();
}

}  // namespace tokenbroker
