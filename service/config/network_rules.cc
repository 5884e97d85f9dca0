#include "config/network_rules.h"

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>
#include <absl/types/optional.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <string>

#include "base/network_address.h"
#include "base/status_macros.h"

namespace tokenbroker {
namespace {

namespace urls = boost::urls;

// Split by hand: Boost 1.81 reads the host of http://127.0.0.1.example/ as 127.0.0.1.
struct Authority {
  bool has_userinfo = false;
  // With brackets when it is an IPv6 literal.
  absl::string_view host;
  absl::string_view port;
};

Authority SplitAuthority(absl::string_view text) {
  Authority out;
  const size_t at = text.rfind('@');
  out.has_userinfo = at != absl::string_view::npos;
  if (out.has_userinfo) text.remove_prefix(at + 1);
  const size_t host_end = absl::StartsWith(text, "[") ? text.find(']') : 0;
  const size_t colon = text.find(':', host_end == absl::string_view::npos ? 0 : host_end);
  out.host = text.substr(0, colon);
  if (colon != absl::string_view::npos) out.port = text.substr(colon + 1);
  return out;
}

// A URI's parts that the rules look at; the views point into its text.
struct Uri {
  enum class Scheme { kHttps, kHttp, kOther };
  Scheme scheme = Scheme::kOther;
  Authority authority;
  bool has_fragment = false;
};

absl::optional<Uri> ParseUri(absl::string_view text) {
  const auto parsed = urls::parse_uri(boost::core::string_view(text.data(), text.size()));
  if (!parsed.has_value()) return absl::nullopt;
  Uri uri;
  uri.scheme = parsed->scheme_id() == urls::scheme::https  ? Uri::Scheme::kHttps
               : parsed->scheme_id() == urls::scheme::http ? Uri::Scheme::kHttp
                                                           : Uri::Scheme::kOther;
  uri.has_fragment = parsed->has_fragment();
  absl::string_view rest = text.substr(text.find(':') + 1);
  if (absl::ConsumePrefix(&rest, "//")) {
    uri.authority = SplitAuthority(rest.substr(0, rest.find_first_of("/?#")));
  }
  return uri;
}

bool IsLocalhost(absl::string_view host) { return absl::EqualsIgnoreCase(host, "localhost"); }

// 127.0.0.0/8 or [::1].
bool IsLoopbackLiteral(absl::string_view host) {
  if (absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]")) {
    in6_addr address = {};
    return ::inet_pton(AF_INET6, std::string(host.data(), host.size()).c_str(), &address) == 1 &&
           IN6_IS_ADDR_LOOPBACK(&address);
  }
  in_addr address = {};
  return ::inet_pton(AF_INET, std::string(host.data(), host.size()).c_str(), &address) == 1 &&
         ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET;
}

absl::Status CheckHost(const Authority& authority) {
  if (authority.host.empty()) {
    return absl::InvalidArgumentError("has no host; write https://host/path");
  }
  if (authority.has_userinfo) {
    return absl::InvalidArgumentError("carries a user name or password; take it out");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckEndpointUrl(absl::string_view text) {
  const absl::optional<Uri> uri = ParseUri(text);
  if (!uri.has_value() || uri->scheme == Uri::Scheme::kOther) {
    return absl::InvalidArgumentError("is not an absolute web URL; write https://host/path");
  }
  TB_RETURN_IF_ERROR(CheckHost(uri->authority));
  if (uri->has_fragment) {
    return absl::InvalidArgumentError("has a fragment; remove everything from the '#'");
  }
  const absl::string_view host = uri->authority.host;
  if (uri->scheme == Uri::Scheme::kHttps || IsLoopbackLiteral(host) || IsLocalhost(host)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("is plain http on a network host; write https://");
}

absl::Status CheckIssuerUrl(absl::string_view text) {
  TB_RETURN_IF_ERROR(CheckEndpointUrl(text));
  if (absl::StrContains(text, '?')) {
    return absl::InvalidArgumentError("has a query; an issuer has none, remove it from the '?'");
  }
  return absl::OkStatus();
}

absl::Status CheckProviderAddress(absl::string_view text) {
  const absl::optional<Uri> uri = ParseUri(text);
  if (!uri || KindOfHost(uri->authority.host) != AddressKind::kSpecial) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "is at a link-local, metadata or otherwise special address, where no provider is; write its "
      "public name, or allow_link_local: true if it is there indeed");
}

absl::Status CheckRedirectUri(absl::string_view text, absl::string_view refusal) {
  const absl::optional<Uri> uri = ParseUri(text);
  if (!uri.has_value()) {
    return absl::InvalidArgumentError("is not an absolute URI; write https://host/path");
  }
  if (uri->has_fragment) {
    return absl::InvalidArgumentError("has a fragment; remove everything from the '#'");
  }
  if (uri->scheme != Uri::Scheme::kOther) TB_RETURN_IF_ERROR(CheckHost(uri->authority));
  if (refusal.empty()) return absl::OkStatus();
  if (IsLocalhost(uri->authority.host)) {
    return absl::InvalidArgumentError(absl::StrCat("has the host localhost; ", refusal));
  }
  if (uri->scheme == Uri::Scheme::kHttp && !IsLoopbackLiteral(uri->authority.host)) {
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
  const Authority address = SplitAuthority(text);
  int port = -1;
  const bool is_uri_host =
      urls::parse_uri(absl::StrCat("http://", text)).has_value() && !absl::StrContains(text, '/');
  if (!is_uri_host || address.has_userinfo || address.host.empty() ||
      !absl::SimpleAtoi(address.port, &port) || port < 0 || port > 65535) {
    return absl::InvalidArgumentError(
        "is not host:port; write 127.0.0.1:8443, or 0.0.0.0:8443 for every interface");
  }
  const bool loopback = IsLoopbackLiteral(address.host) || IsLocalhost(address.host);
  *kind = loopback ? ListenerKind::kLoopback : ListenerKind::kNetwork;
  return absl::OkStatus();
}

}  // namespace tokenbroker
