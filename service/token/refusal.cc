#include "token/refusal.h"

#include <absl/strings/cord.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <array>

namespace tokenbroker {
namespace {

constexpr absl::string_view kPayload = "tokenbroker/refusal";
constexpr absl::string_view kUselessRetry = "useless";

struct ReasonRow {
  Reason reason;
  absl::string_view name;
  absl::StatusCode code;
};

constexpr std::array<ReasonRow, 30> kReasons = {{
    {Reason::kFieldInvalid, "FIELD_INVALID", absl::StatusCode::kInvalidArgument},
    {Reason::kProviderUnknown, "PROVIDER_UNKNOWN", absl::StatusCode::kInvalidArgument},
    {Reason::kRedirectUriNotAllowed, "REDIRECT_URI_NOT_ALLOWED",
     absl::StatusCode::kInvalidArgument},
    {Reason::kCallbackMalformed, "CALLBACK_MALFORMED", absl::StatusCode::kInvalidArgument},
    {Reason::kGenerationUnknown, "GENERATION_UNKNOWN", absl::StatusCode::kInvalidArgument},
    {Reason::kScopeInvalid, "SCOPE_INVALID", absl::StatusCode::kInvalidArgument},
    {Reason::kGrantNotFound, "GRANT_NOT_FOUND", absl::StatusCode::kNotFound},
    {Reason::kLoginNotFound, "LOGIN_NOT_FOUND", absl::StatusCode::kNotFound},
    {Reason::kReauthorizationRequired, "REAUTHORIZATION_REQUIRED",
     absl::StatusCode::kFailedPrecondition},
    {Reason::kProviderMisconfigured, "PROVIDER_MISCONFIGURED",
     absl::StatusCode::kFailedPrecondition},
    {Reason::kLoginDenied, "LOGIN_DENIED", absl::StatusCode::kFailedPrecondition},
    {Reason::kLoginInteractionRequired, "LOGIN_INTERACTION_REQUIRED",
     absl::StatusCode::kFailedPrecondition},
    {Reason::kLoginAlreadyUsed, "LOGIN_ALREADY_USED", absl::StatusCode::kFailedPrecondition},
    {Reason::kLoginNotBound, "LOGIN_NOT_BOUND", absl::StatusCode::kFailedPrecondition},
    {Reason::kLoginOutcomeUnknown, "LOGIN_OUTCOME_UNKNOWN", absl::StatusCode::kFailedPrecondition},
    {Reason::kCodeRejected, "CODE_REJECTED", absl::StatusCode::kFailedPrecondition},
    {Reason::kIssuerMismatch, "ISSUER_MISMATCH", absl::StatusCode::kFailedPrecondition},
    {Reason::kIdTokenInvalid, "ID_TOKEN_INVALID", absl::StatusCode::kFailedPrecondition},
    {Reason::kAccountMismatch, "ACCOUNT_MISMATCH", absl::StatusCode::kFailedPrecondition},
    {Reason::kScopeMissing, "SCOPE_MISSING", absl::StatusCode::kFailedPrecondition},
    {Reason::kTokenKeepsBeingRejected, "TOKEN_KEEPS_BEING_REJECTED",
     absl::StatusCode::kFailedPrecondition},
    {Reason::kMinTtlUnsatisfiable, "MIN_TTL_UNSATISFIABLE", absl::StatusCode::kOutOfRange},
    {Reason::kCallerNotAllowed, "CALLER_NOT_ALLOWED", absl::StatusCode::kPermissionDenied},
    {Reason::kCallerUnknown, "CALLER_UNKNOWN", absl::StatusCode::kUnauthenticated},
    {Reason::kQuotaExceeded, "QUOTA_EXCEEDED", absl::StatusCode::kResourceExhausted},
    {Reason::kProviderUnavailable, "PROVIDER_UNAVAILABLE", absl::StatusCode::kUnavailable},
    {Reason::kProviderThrottled, "PROVIDER_THROTTLED", absl::StatusCode::kUnavailable},
    {Reason::kStoreUnavailable, "STORE_UNAVAILABLE", absl::StatusCode::kUnavailable},
    {Reason::kCallerCheckUnavailable, "CALLER_CHECK_UNAVAILABLE", absl::StatusCode::kUnavailable},
    {Reason::kAuditUnavailable, "AUDIT_UNAVAILABLE", absl::StatusCode::kUnavailable},
}};

const ReasonRow& Row(Reason reason) { return kReasons[static_cast<size_t>(reason)]; }

// A field is "<length>:<bytes>": netstrings, so that any byte may occur in a text.
void AppendField(std::string* out, absl::string_view text) {
  absl::StrAppend(out, text.size(), ":", text);
}

bool TakeField(absl::string_view* in, std::string* text) {
  const size_t colon = in->find(':');
  size_t length = 0;
  if (colon == absl::string_view::npos || !absl::SimpleAtoi(in->substr(0, colon), &length) ||
      length > in->size() - colon - 1) {
    return false;
  }
  *text = std::string(in->substr(colon + 1, length));
  in->remove_prefix(colon + 1 + length);
  return true;
}

}  // namespace

absl::string_view ReasonName(Reason reason) { return Row(reason).name; }

absl::StatusCode ReasonCode(Reason reason) { return Row(reason).code; }

absl::optional<Reason> ReasonFromName(absl::string_view name) {
  for (const ReasonRow& row : kReasons) {
    if (row.name == name) return row.reason;
  }
  return absl::nullopt;
}

bool operator==(const Refusal& a, const Refusal& b) {
  return a.reason == b.reason && a.message == b.message && a.provider == b.provider &&
         a.provider_error == b.provider_error && a.cause == b.cause &&
         a.generation == b.generation && a.missing_scopes == b.missing_scopes &&
         a.retry_after == b.retry_after && a.retry == b.retry &&
         a.caller_context == b.caller_context;
}

std::string SerializeRefusal(const Refusal& r) {
  std::string out;
  AppendField(&out, ReasonName(r.reason));
  AppendField(&out, r.message);
  AppendField(&out, r.provider);
  AppendField(&out, r.provider_error);
  AppendField(&out, r.cause);
  AppendField(&out, absl::StrCat(r.generation));
  AppendField(&out, r.retry_after ? absl::StrCat(absl::ToInt64Nanoseconds(*r.retry_after)) : "");
  AppendField(&out, r.retry == Retry::kUseless ? kUselessRetry : "");
  AppendField(&out, r.caller_context);
  for (const std::string& scope : r.missing_scopes) AppendField(&out, scope);
  return out;
}

absl::optional<Refusal> ParseRefusal(absl::string_view bytes) {
  Refusal r;
  std::string name, generation, retry_after, retry;
  if (!TakeField(&bytes, &name) || !TakeField(&bytes, &r.message) ||
      !TakeField(&bytes, &r.provider) || !TakeField(&bytes, &r.provider_error) ||
      !TakeField(&bytes, &r.cause) || !TakeField(&bytes, &generation) ||
      !TakeField(&bytes, &retry_after) || !TakeField(&bytes, &retry) ||
      !TakeField(&bytes, &r.caller_context)) {
    return absl::nullopt;
  }
  const absl::optional<Reason> reason = ReasonFromName(name);
  if (!reason || !absl::SimpleAtoi(generation, &r.generation)) return absl::nullopt;
  r.reason = *reason;
  if (!retry_after.empty()) {
    int64_t nanoseconds = 0;
    if (!absl::SimpleAtoi(retry_after, &nanoseconds)) return absl::nullopt;
    r.retry_after = absl::Nanoseconds(nanoseconds);
  }
  if (retry == kUselessRetry) r.retry = Retry::kUseless;
  while (!bytes.empty()) {
    r.missing_scopes.emplace_back();
    if (!TakeField(&bytes, &r.missing_scopes.back())) return absl::nullopt;
  }
  return r;
}

absl::Status ToStatus(const Refusal& refusal) {
  absl::Status status(ReasonCode(refusal.reason), refusal.message);
  // From a string_view: clang 19 mangles Cord(std::string&&) otherwise than the packaged library.
  const std::string payload = SerializeRefusal(refusal);
  status.SetPayload(kPayload, absl::Cord(absl::string_view(payload)));
  return status;
}

absl::optional<Refusal> RefusalOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayload);
  if (!payload) return absl::nullopt;
  return ParseRefusal(std::string(*payload));
}

absl::Status FieldInvalid(absl::string_view field, absl::string_view problem) {
  Refusal refusal;
  refusal.reason = Reason::kFieldInvalid;
  refusal.message = absl::StrCat(field, " ", problem);
  refusal.cause = std::string(field);
  return ToStatus(refusal);
}

absl::Status CallerNotAllowed() {
  Refusal refusal;
  refusal.reason = Reason::kCallerNotAllowed;
  refusal.message =
      "the policy does not allow this caller this call; whoever runs the broker can explain it "
      "with tbctl policy check";
  return ToStatus(refusal);
}

}  // namespace tokenbroker
