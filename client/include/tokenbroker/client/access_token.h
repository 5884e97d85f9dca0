// An access token as the broker hands it out (RFC 6749 section 1.4), and how to put it on a call.
//
// Immutable: any number of threads may read one. Prints as [redacted] and wipes its memory when it
// goes; copies that gRPC, libcurl or the caller make are theirs to wipe.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace tokenbroker::client {

class AccessToken {
 public:
  // What the broker says beside the secret. Times are the broker's: a clock here that is wrong by
  // minutes makes tokens look older or younger than they are.
  struct Facts {
    // `Bearer`, mostly (RFC 6750), in the provider's spelling.
    std::string type;
    // InfiniteFuture: not known.
    absl::Time expire_time = absl::InfiniteFuture();
    // When the broker means to replace it; InfiniteFuture: not on its own.
    absl::Time refresh_time = absl::InfiniteFuture();
    // By when the user must have logged in again; InfiniteFuture: not known.
    absl::Time reauthorize_time = absl::InfiniteFuture();
    std::vector<std::string> scopes;
    // The grant's version that it belongs to; for TokenSource::Rejected().
    int64_t generation = 0;
    // Such as Salesforce's `instance_url`.
    std::map<std::string, std::string> attributes;
  };

  AccessToken(absl::string_view secret, Facts facts);
  AccessToken(const AccessToken&) = delete;
  AccessToken& operator=(const AccessToken&) = delete;
  ~AccessToken();

  // The value of the HTTP header `Authorization` (or of gRPC's metadata): "Bearer " and the token.
  // FAILED_PRECONDITION for a token of another type than Bearer, which must not be sent as one, and
  // for a token with characters that no header may have. Valid as long as this token.
  absl::StatusOr<absl::string_view> AuthorizationHeader() const;
  // The secret itself, for what the helpers do not do. Valid as long as this token.
  absl::string_view Expose() const;

  const std::string& type() const { return facts_.type; }
  absl::Time expire_time() const { return facts_.expire_time; }
  absl::Time refresh_time() const { return facts_.refresh_time; }
  absl::Time reauthorize_time() const { return facts_.reauthorize_time; }
  const std::vector<std::string>& scopes() const { return facts_.scopes; }
  int64_t generation() const { return facts_.generation; }
  const std::map<std::string, std::string>& attributes() const { return facts_.attributes; }

  friend std::ostream& operator<<(std::ostream& out, const AccessToken&) {
    return out << "[redacted]";
  }

 private:
  std::string header_;
  Facts facts_;
};

using AccessTokenPtr = std::shared_ptr<const AccessToken>;

}  // namespace tokenbroker::client
