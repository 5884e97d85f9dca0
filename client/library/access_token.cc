#include "tokenbroker/client/access_token.h"

#include <absl/status/status.h>
#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "client/library/wipe.h"

namespace tokenbroker::client {
namespace {

constexpr absl::string_view kScheme = "Bearer ";

}  // namespace

AccessToken::AccessToken(absl::string_view secret, Facts facts)
    : header_(absl::StrCat(kScheme, secret)), facts_(std::move(facts)) {}

AccessToken::~AccessToken() { Wipe(header_); }

absl::string_view AccessToken::Expose() const {
  return absl::string_view(header_.data(), header_.size()).substr(kScheme.size());
}

absl::StatusOr<absl::string_view> AccessToken::AuthorizationHeader() const {
  if (!absl::EqualsIgnoreCase(facts_.type, "bearer")) {
    return absl::FailedPreconditionError(
        "the token's type is not Bearer; it must not be sent as one");
  }
  const absl::string_view secret = Expose();
  const bool sendable = std::all_of(secret.begin(), secret.end(), [](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c));
  });
  if (secret.empty() || !sendable) {
    return absl::FailedPreconditionError("the token has characters that no header may have");
  }
  return absl::string_view(header_.data(), header_.size());
}

}  // namespace tokenbroker::client
