// What a browser can bring to ExchangeCode: anything. A callback that is taken must be sound, and a
// second reading of its parts must agree with the first.

#include <cstdint>
#include <cstdlib>

#include "oauth/callback.h"
#include "oauth/error_class.h"
#include "token/grant_key.h"

namespace tokenbroker {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

void RequireSound(const Callback& callback) {
  Require(!callback.state.empty() && callback.state.size() <= kMaxStateBytes);
  Require(callback.code.empty() != callback.error.empty());
  Require(callback.code.Expose().size() <= kMaxCodeBytes);
  Require(IsPrintableUtf8(callback.state) && IsPrintableUtf8(callback.code.Expose()));
}

void Try(absl::string_view uri) {
  CallbackInput whole;
  whole.callback_uri = uri;
  const absl::StatusOr<Callback> callback = ParseCallback(whole);
  if (!callback.ok()) return;
  RequireSound(*callback);
  CheckRedirectPath(*callback, "https://app.example/callback").IgnoreError();
  CheckIssuer(*callback, "https://id.example", IssuerRule::kRequired).IgnoreError();
  const Refusal refusal = RefusalOfCallbackError("acme", callback->error);
  Require(refusal.provider_error == RegisteredError(callback->error));
  CallbackInput parts;
  parts.state = callback->state;
  parts.code = callback->code.Expose();
  parts.error = callback->error;
  const absl::StatusOr<Callback> again = ParseCallback(parts);
  Require(again.ok() && again->state == callback->state && again->code == callback->code &&
          again->error == callback->error);
}

}  // namespace
}  // namespace tokenbroker

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tokenbroker::Try(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
