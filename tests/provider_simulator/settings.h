// How the simulated provider behaves: a plain value with the defaults of a strict, modern provider.
// Any thread. The JSON form (README.md lists it) is read and written by settings_json.h.

#ifndef TESTS_PROVIDER_SIMULATOR_SETTINGS_H_
#define TESTS_PROVIDER_SIMULATOR_SETTINGS_H_

#include <boost/json/object.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "tests/provider_simulator/endpoint.h"

namespace provider_simulator {

// kNone: one refresh token for ever. kGrace: a new one at each refresh; the old one still works for
// `rotation_grace`, each use giving another new token. kSingleUse: a grace of nothing.
// A use after the grace is a reuse: the whole family of tokens is revoked (RFC 9700 4.14.2).
enum class Rotation { kNone, kGrace, kSingleUse };

// How `refresh_token` looks in an answer. Anything but kPresent issues no token: a refresh then
// leaves the presented one in force, whatever the rotation.
enum class RefreshTokenField { kPresent, kAbsent, kEmpty, kNull };

enum class ExpiresInField { kNumber, kString, kAbsent };
enum class ScopeField { kString, kArray, kAbsent };
enum class IssField { kRight, kWrong, kMissing };
enum class AnswerFormat { kJson, kForm };

// An ID token is put into an answer only when `openid` was granted.
enum class IdToken {
  kAbsent,
  kRight,
  kWrongNonce,
  kMissingNonce,
  kWrongIss,
  kWrongAud,
  kWrongSub,
  kExpired,
};

enum class ClientAuthentication { kBasic, kPost, kNone };

struct Settings {
  // Access tokens are good for exactly this long; `expires_in` says it in whole seconds, rounded
  // down, counted from when the request was processed.
  absl::Duration access_token_lifetime = absl::Hours(1);
  ExpiresInField expires_in = ExpiresInField::kNumber;

  // How long a refresh token lives from its issue; infinite by default.
  absl::Duration refresh_token_lifetime = absl::InfiniteDuration();
  Rotation rotation = Rotation::kSingleUse;
  absl::Duration rotation_grace = absl::Seconds(10);
  RefreshTokenField refresh_token_at_login = RefreshTokenField::kPresent;
  RefreshTokenField refresh_token_at_refresh = RefreshTokenField::kPresent;

  // Added to every answer of that endpoint. The request is processed when it arrives; only its
  // answer is late, so a client that gives up has lost what the answer carried.
  std::map<Endpoint, absl::Duration> latency;

  ScopeField scope = ScopeField::kString;
  // What the user ticked: the granted scopes are those asked for that are also in this list.
  absl::optional<std::vector<std::string>> narrow_scopes_to;

  absl::optional<std::string> token_type = "Bearer";
  AnswerFormat answer_format = AnswerFormat::kJson;
  // Merged last into successful token answers: adds (`instance_url`) and overrides (`expires_in`).
  boost::json::object extra_answer_fields;

  IssField iss = IssField::kRight;  // in the authorization response (RFC 9207)
  bool announce_iss = true;         // authorization_response_iss_parameter_supported
  IdToken id_token = IdToken::kRight;
  IdToken id_token_at_refresh = IdToken::kAbsent;

  std::set<ClientAuthentication> client_authentication = {
      ClientAuthentication::kBasic, ClientAuthentication::kPost, ClientAuthentication::kNone};
  bool pkce_required = true;
  absl::Duration code_lifetime = absl::Seconds(60);

  // The login is approved at once for this user: GET /authorize answers 302.
  absl::optional<std::string> auto_approve_user;
  // The same for the user that the request names: GET /authorize?...&login_hint=bob.
  bool login_hint_approves = false;
  // GET /authorize redirects with this error instead, e.g. "access_denied".
  absl::optional<std::string> authorize_error;

  // Whether requests are kept as they came, for SimulatedProvider::requests().
  bool record_requests = false;
};

// Who can log in. `account_id` is `sub` in ID tokens and /userinfo, and `id` in /v1/me.
struct User {
  std::string name;
  std::string account_id;
};

// A client without a secret is a public one (authentication method `none`).
struct Client {
  std::string id;
  std::string secret;
  std::vector<std::string> redirect_uris;  // compared exactly; empty: any
};

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_SETTINGS_H_
