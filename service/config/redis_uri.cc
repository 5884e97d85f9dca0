#include "config/redis_uri.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>
#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <boost/url/pct_string_view.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/status_macros.h"

namespace tokenbroker {
namespace {

constexpr int kRedisPort = 6379;
constexpr int kSentinelPort = 26379;
constexpr size_t kMaxHostBytes = 253;
// sun_path has room for one byte more, the end.
constexpr size_t kMaxSocketPathBytes = sizeof(sockaddr_un::sun_path) - 1;
constexpr absl::string_view kNoPassword =
    "carries a password; take it out, write it to a file and name that in password_file";

struct Scheme {
  absl::string_view name;
  RedisMode mode;
  RedisTransport transport;
};

constexpr Scheme kSchemes[] = {
    {"redis", RedisMode::kDirect, RedisTransport::kPlain},
    {"rediss", RedisMode::kDirect, RedisTransport::kTls},
    {"unix", RedisMode::kUnix, RedisTransport::kPlain},
    {"redis+sentinel", RedisMode::kSentinel, RedisTransport::kPlain},
    {"rediss+sentinel", RedisMode::kSentinel, RedisTransport::kTls},
    {"redis+cluster", RedisMode::kCluster, RedisTransport::kPlain},
    {"rediss+cluster", RedisMode::kCluster, RedisTransport::kTls},
};

absl::Status Refused(absl::string_view what_and_fix) {
  return absl::InvalidArgumentError(what_and_fix);
}

bool AllOf(absl::string_view text, absl::string_view others) {
  return std::all_of(text.begin(), text.end(), [others](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains(others, c);
  });
}

// Digits alone, of a number up to `most`.
bool ParseDigits(absl::string_view text, int most, int* number) {
  return !text.empty() && text.size() < 10 &&
         text.find_first_not_of("0123456789") == absl::string_view::npos &&
         absl::SimpleAtoi(text, number) && *number <= most;
}

absl::StatusOr<Scheme> TakeScheme(absl::string_view* text) {
  const size_t end = text->find("://");
  for (const Scheme& scheme : kSchemes) {
    if (end == absl::string_view::npos ||
        !absl::EqualsIgnoreCase(text->substr(0, end), scheme.name))
      continue;
    text->remove_prefix(end + 3);
    return scheme;
  }
  return Refused(
      "begins with no scheme that is known; write redis://, unix://, redis+sentinel:// or "
      "redis+cluster://, and rediss for TLS");
}

// `[user@]`. Whatever stands before the last '@' is taken for it, so that no part of a password is
// taken for something else.
absl::StatusOr<std::string> TakeUser(absl::string_view* text) {
  const size_t at = text->rfind('@');
  if (at == absl::string_view::npos) return std::string();
  const absl::string_view encoded = text->substr(0, at);
  text->remove_prefix(at + 1);
  if (absl::StrContains(encoded, ':')) return Refused(kNoPassword);
  const auto user =
      boost::urls::make_pct_string_view(boost::core::string_view(encoded.data(), encoded.size()));
  const std::string name = user.has_value() ? user->decode() : "";
  const bool plain = std::all_of(name.begin(), name.end(), absl::ascii_isgraph);
  if (name.empty() || !plain || absl::StrContains(encoded, '/')) {
    return Refused("has no user's name before the '@'; write it, percent-encoded where needed");
  }
  return name;
}

absl::Status CheckHost(absl::string_view host) {
  if (host.empty()) return Refused("has no host; write redis://host:6379");
  if (host.size() > kMaxHostBytes || !AllOf(host, "-._")) {
    return Refused("has a host that is none; write a name, an address, or [an IPv6 address]");
  }
  return absl::OkStatus();
}

// `host`, `host:port`, `[v6]`, `[v6]:port`.
absl::StatusOr<RedisHost> ParseEndpoint(absl::string_view text, int default_port) {
  RedisHost endpoint;
  endpoint.port = default_port;
  absl::string_view port;
  if (absl::ConsumePrefix(&text, "[")) {
    const size_t end = text.find(']');
    endpoint.host = std::string(text.substr(0, end));
    in6_addr address = {};
    if (end == absl::string_view::npos ||
        ::inet_pton(AF_INET6, endpoint.host.c_str(), &address) != 1) {
      return Refused("has brackets without an IPv6 address in them; write [::1]:6379");
    }
    port = text.substr(end + 1);
  } else {
    const size_t colon = text.find(':');
    endpoint.host = std::string(text.substr(0, colon));
    TB_RETURN_IF_ERROR(CheckHost(endpoint.host));
    if (colon != absl::string_view::npos) port = text.substr(colon);
    if (absl::StrContains(port.substr(std::min<size_t>(port.size(), 1)), ':')) {
      return Refused("has a host with several colons; put an IPv6 address into brackets");
    }
  }
  if (port.empty()) return endpoint;
  if (!absl::ConsumePrefix(&port, ":") || !ParseDigits(port, 65535, &endpoint.port) ||
      endpoint.port == 0) {
    return Refused("has a port that is none; write host:6379");
  }
  return endpoint;
}

absl::Status ReadEndpoints(absl::string_view text, RedisUri* uri) {
  const int port = uri->mode == RedisMode::kSentinel ? kSentinelPort : kRedisPort;
  for (const absl::string_view one : absl::StrSplit(text, ',')) {
    TB_ASSIGN_OR_RETURN(RedisHost endpoint, ParseEndpoint(one, port));
    uri->endpoints.push_back(std::move(endpoint));
  }
  if (uri->mode == RedisMode::kDirect && uri->endpoints.size() > 1) {
    return Refused(
        "names several hosts; write redis+sentinel:// or redis+cluster:// if they are that");
  }
  return absl::OkStatus();
}

absl::Status ReadDatabase(absl::string_view text, RedisUri* uri) {
  if (!ParseDigits(text, 1'000'000'000, &uri->database)) {
    return Refused("has a database that is no number; write /0, or leave it out");
  }
  if (uri->mode == RedisMode::kCluster && uri->database != 0) {
    return Refused("has a database other than 0, and a cluster has no other; leave it out");
  }
  return absl::OkStatus();
}

// What follows the hosts' '/'.
absl::Status ReadPath(absl::string_view path, RedisUri* uri) {
  if (uri->mode == RedisMode::kSentinel) {
    const size_t slash = path.find('/');
    const absl::string_view master = path.substr(0, slash);
    if (master.empty() || !AllOf(master, "-._")) {
      return Refused("names no master; write redis+sentinel://host:26379/mymaster");
    }
    uri->sentinel_master = std::string(master);
    path = slash == absl::string_view::npos ? "" : path.substr(slash + 1);
  }
  return path.empty() ? absl::OkStatus() : ReadDatabase(path, uri);
}

absl::Status ReadSocket(absl::string_view text, absl::string_view query, RedisUri* uri) {
  if (!absl::StartsWith(text, "/") || text.size() > kMaxSocketPathBytes) {
    return Refused(absl::StrCat("has no absolute path of at most ", kMaxSocketPathBytes,
                                " bytes; write unix:///run/redis.sock"));
  }
  uri->socket_path = std::string(text);
  if (query.empty()) return absl::OkStatus();
  if (!absl::ConsumePrefix(&query, "?db=")) {
    return Refused("has a query other than ?db=; take it out");
  }
  return ReadDatabase(query, uri);
}

}  // namespace

absl::StatusOr<RedisUri> ParseRedisUri(absl::string_view text) {
  TB_ASSIGN_OR_RETURN(const Scheme scheme, TakeScheme(&text));
  RedisUri uri;
  uri.mode = scheme.mode;
  uri.transport = scheme.transport;
  if (absl::StrContains(absl::AsciiStrToLower(text), "password=")) return Refused(kNoPassword);
  // An absolute path has no user before it, and may have an '@' in it.
  if (!absl::StartsWith(text, "/")) {
    TB_ASSIGN_OR_RETURN(uri.user, TakeUser(&text));
  }
  const size_t end = std::min(text.find_first_of("?#"), text.size());
  const absl::string_view query = text.substr(end);
  text = text.substr(0, end);
  if (uri.mode == RedisMode::kUnix) {
    TB_RETURN_IF_ERROR(ReadSocket(text, query, &uri));
    return uri;
  }
  if (!query.empty()) {
    return Refused("has a query or a fragment; write the database as redis://host:6379/0");
  }
  const size_t slash = std::min(text.find('/'), text.size());
  TB_RETURN_IF_ERROR(ReadEndpoints(text.substr(0, slash), &uri));
  TB_RETURN_IF_ERROR(ReadPath(text.substr(std::min(slash + 1, text.size())), &uri));
  return uri;
}

std::string RedisUriText(const RedisUri& uri) {
  std::string text;
  for (const Scheme& scheme : kSchemes) {
    if (scheme.mode == uri.mode && scheme.transport == uri.transport)
      text = std::string(scheme.name);
  }
  absl::StrAppend(&text, "://", uri.user, uri.user.empty() ? "" : "@", uri.socket_path);
  absl::string_view separator;
  for (const RedisHost& at : uri.endpoints) {
    const bool is_v6 = absl::StrContains(at.host, ':');
    absl::StrAppend(&text, separator, is_v6 ? "[" : "", at.host, is_v6 ? "]:" : ":", at.port);
    separator = ",";
  }
  if (!uri.sentinel_master.empty()) absl::StrAppend(&text, "/", uri.sentinel_master);
  if (uri.database == 0) return text;
  return absl::StrCat(text, uri.mode == RedisMode::kUnix ? "?db=" : "/", uri.database);
}

}  // namespace tokenbroker
