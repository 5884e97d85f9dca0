// The broker's values as messages of the public API. Pure functions; any thread.
#pragma once

#include <absl/time/time.h>
#include <absl/types/optional.h>
#include <tokenbroker/v1/token_broker.pb.h>

#include "base/clock.h"
#include "broker/fresh_token.h"
#include "broker/grant_admin_service.h"
#include "broker/login_service.h"
#include "broker/watch_service.h"

namespace tokenbroker {

void SetTimestamp(absl::Time time, google::protobuf::Timestamp* out);
// `duration` is finite.
void SetDuration(absl::Duration duration, google::protobuf::Duration* out);
// REQUIRES: a duration that is valid by duration.proto (request_validation.h).
absl::Duration FromProto(const google::protobuf::Duration& duration);
// REQUIRES: a timestamp that is valid by timestamp.proto.
absl::Time FromProto(const google::protobuf::Timestamp& time);

// Whose subjects a request means.
template <typename Request>
absl::string_view TenantOf(const Request& request) {
  return request.tenant().empty() ? absl::string_view("default")
                                  : absl::string_view(request.tenant());
}

// What "now" is on both clocks: a token's life is measured on the steady one and told on the other.
struct Now {
  Now() = default;
  explicit Now(const Clock& clock) : wall(clock.TimeNow()), steady(clock.SteadyNow()) {}
  absl::Time wall;
  SteadyTime steady;
};

// What a token's deadlines are on the wall clock; unset where there is none.
struct TokenTimes {
  absl::optional<absl::Time> expire;
  absl::optional<absl::Time> refresh;
  absl::optional<absl::Time> reauthorize;
};
TokenTimes TimesOf(const CachedToken& token, const Now& now);

// `out` is a cleared message. Copies the access token: it leaves its Secret here and in
// FreshAnswerWriter, and nowhere else.
void SetAccessToken(const CachedToken& token, const Now& now, v1::AccessToken* out);
v1::GetFreshTokenResponse::Source ToProto(TokenSource source);
// The state alone. `out` is a cleared message.
void SetStatus(const WatchView& view, v1::WatchTokenResponse::Status* out);
// `out` is a cleared message. Never a token.
void SetGrant(const GrantView& view, v1::Grant* out);

}  // namespace tokenbroker
