#include "rpc/status_mapping.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <tokenbroker/rpc/v1/status.pb.h>

#include <algorithm>

#include "base/log.h"
#include "rpc/proto_conversions.h"
#include "rpc/request_validation.h"
#include "token/grant_key.h"
#include "token/refusal.h"

namespace tokenbroker {
namespace {

// Budgets, so that a long list of scopes cannot push the whole error out of the trailers.
constexpr size_t kMaxMessageBytes = 512;
constexpr size_t kMaxMissingScopesBytes = 1024;
constexpr absl::Duration kMaxRetryDelay = absl::Hours(24);

// At most `limit` bytes of `text`, never half a character.
std::string Shortened(const std::string& text, size_t limit) {
  if (text.size() <= limit) return text;
  size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

// As many whole scopes as fit.
std::string Joined(const std::vector<std::string>& scopes) {
  std::string out;
  for (const std::string& scope : scopes) {
    if (out.size() + 1 + scope.size() > kMaxMissingScopesBytes) break;
    absl::StrAppend(&out, out.empty() ? "" : " ", scope);
  }
  return out;
}

rpc::v1::ErrorInfo ToErrorInfo(const Refusal& refusal) {
  rpc::v1::ErrorInfo info;
  const absl::string_view reason = ReasonName(refusal.reason);
  info.set_reason(reason.data(), reason.size());
  info.set_domain("tokenbroker");
  const auto add = [&info](const char* name, std::string value) {
    if (!value.empty()) (*info.mutable_metadata())[name] = std::move(value);
  };
  add("provider", Shortened(refusal.provider, kMaxProviderBytes));
  add("provider_error", refusal.provider_error);
  add(refusal.reason == Reason::kFieldInvalid ? "field" : "cause", refusal.cause);
  add("generation", refusal.generation == 0 ? "" : absl::StrCat(refusal.generation));
  add("missing_scopes", Joined(refusal.missing_scopes));
  add("caller_context",
      absl::WebSafeBase64Escape(refusal.caller_context.substr(0, kMaxCallerContextBytes)));
  return info;
}

absl::Duration RetryDelay(absl::Duration wished) {
  return std::clamp(wished, absl::ZeroDuration(), kMaxRetryDelay);
}

// Whether the same call may succeed later without anybody doing something about it.
bool MayPassByItself(absl::StatusCode code) {
  return code == absl::StatusCode::kUnavailable || code == absl::StatusCode::kResourceExhausted;
}

absl::optional<int64_t> RetryPushback(const Refusal& refusal) {
  if (refusal.retry == Retry::kUseless) return -1;
  if (refusal.retry_after) {
    return absl::ToInt64Milliseconds(
        absl::Ceil(RetryDelay(*refusal.retry_after), absl::Milliseconds(1)));
  }
  if (MayPassByItself(ReasonCode(refusal.reason))) return absl::nullopt;
  return -1;
}

template <typename Message>
void AddDetail(const char* type, const Message& message, rpc::v1::Status* status) {
  google::protobuf::Any* any = status->add_details();
  any->set_type_url(absl::StrCat("type.googleapis.com/google.rpc.", type));
  any->set_value(message.SerializeAsString());
}

RpcError WithoutRefusal(const absl::Status& status) {
  RpcError error;
  if (status.code() == absl::StatusCode::kDeadlineExceeded ||
      status.code() == absl::StatusCode::kCancelled) {
    error.code = status.code();
    error.message = Shortened(std::string(status.message()), kMaxMessageBytes);
    return error;
  }
  Log(LogLevel::kError, "internal_error",
      {{"code", absl::StatusCodeToString(status.code())}, {"message", status.message()}});
  error.message = "internal error of the broker; its log says more";
  return error;
}

}  // namespace

RpcError ToRpcError(const absl::Status& status) {
  const absl::optional<Refusal> refusal = RefusalOf(status);
  if (!refusal) return WithoutRefusal(status);

  RpcError error;
  error.code = ReasonCode(refusal->reason);
  error.message = Shortened(refusal->message, kMaxMessageBytes);
  error.retry_pushback_ms = RetryPushback(*refusal);

  rpc::v1::Status details;
  details.set_code(static_cast<int>(error.code));
  details.set_message(error.message);
  AddDetail("ErrorInfo", ToErrorInfo(*refusal), &details);
  if (refusal->retry_after) {
    rpc::v1::RetryInfo retry;
    SetDuration(RetryDelay(*refusal->retry_after), retry.mutable_retry_delay());
    AddDetail("RetryInfo", retry, &details);
  }
  error.details = details.SerializeAsString();
  return error;
}

}  // namespace tokenbroker
