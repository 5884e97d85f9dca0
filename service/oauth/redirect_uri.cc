#include "oauth/redirect_uri.h"

#include <absl/algorithm/container.h>
#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>
#include <absl/types/optional.h>

#include "oauth/presets.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

absl::Status NotAllowed(const ProviderConfig& config, absl::string_view message) {
  Refusal refusal;
  refusal.reason = Reason::kRedirectUriNotAllowed;
  refusal.message = std::string(message);
  refusal.provider = config.name;
  return ToStatus(refusal);
}

struct LoopbackUri {
  // With the port taken out.
  std::string portless;
  bool has_port = false;
};

// nullopt when `uri` is no http URI of a loopback literal.
absl::optional<LoopbackUri> ParseLoopback(absl::string_view uri) {
  for (const absl::string_view origin : {"http://127.0.0.1", "http://[::1]"}) {
    absl::string_view rest = uri;
    if (!absl::ConsumePrefix(&rest, origin)) continue;
    const absl::string_view after_port =
        rest.substr(std::min(rest.find_first_of("/?"), rest.size()));
    absl::string_view port = rest.substr(0, rest.size() - after_port.size());
    const bool has_port = absl::ConsumePrefix(&port, ":");
    uint32_t number = 0;
    if (has_port ? !absl::c_all_of(port, absl::ascii_isdigit) || !absl::SimpleAtoi(port, &number) ||
                       number == 0 || number > 65535
                 : !port.empty()) {
      return absl::nullopt;
    }
    return LoopbackUri{absl::StrCat(origin, after_port), has_port};
  }
  return absl::nullopt;
}

bool NamesLocalhost(absl::string_view uri) {
  const size_t begin = uri.find("://");
  if (begin == absl::string_view::npos) return false;
  const absl::string_view rest = uri.substr(begin + 3);
  const absl::string_view host = rest.substr(0, rest.find_first_of(":/?#"));
  return absl::EqualsIgnoreCase(host, "localhost");
}

bool Matches(absl::string_view configured, absl::string_view requested) {
  if (configured == requested) return true;
  if (!IsPortlessLoopback(configured)) return false;
  const absl::optional<LoopbackUri> loopback = ParseLoopback(requested);
  return loopback && loopback->portless == configured;
}

}  // namespace

bool IsAllowedRedirectUri(const std::vector<std::string>& allowed, absl::string_view uri) {
  return absl::c_any_of(allowed, [uri](const std::string& one) { return Matches(one, uri); });
}

bool IsPortlessLoopback(absl::string_view uri) {
  const absl::optional<LoopbackUri> loopback = ParseLoopback(uri);
  return loopback && !loopback->has_port;
}

absl::StatusOr<std::string> ChooseRedirectUri(const ProviderConfig& config,
                                              absl::string_view requested) {
  if (config.redirect_uris.empty()) {
    return NotAllowed(config, absl::StrCat("provider ", config.name,
                                           " has no redirect_uris in the configuration: list where "
                                           "a login may come back to"));
  }
  if (requested.empty()) {
    if (config.redirect_uris.size() == 1) return config.redirect_uris.front();
    return NotAllowed(config, absl::StrCat("redirect_uri is missing: provider ", config.name,
                                           " has ", config.redirect_uris.size(),
                                           " of them configured; name the one to use"));
  }
  if (const absl::string_view refusal = LocalhostRefusal(config);
      !refusal.empty() && NamesLocalhost(requested)) {
    return NotAllowed(config, absl::StrCat("redirect_uri is not allowed: ", refusal));
  }
  if (IsAllowedRedirectUri(config.redirect_uris, requested)) return std::string(requested);
  return NotAllowed(
      config, absl::StrCat("redirect_uri is none of the redirect_uris of provider ", config.name,
                           ": add it there and at the provider, character by character as it is "
                           "requested (only a loopback literal that is configured without a port "
                           "allows any port)"));
}

}  // namespace tokenbroker
