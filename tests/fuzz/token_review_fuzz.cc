// What a hostile API server, or somebody with a token of his own making, can do to the parsers:
// nothing. The first byte chooses the status; the rest is the body, and the token.

#include <cstdint>
#include <cstdlib>

#include "access/token_review.h"

namespace tokenbroker {
namespace {

constexpr int kStatuses[] = {201, 200, 401, 500};

void Require(bool condition) {
  if (!condition) std::abort();
}

void Try(uint8_t choice, absl::string_view text) {
  HttpResponse response;
  response.status = kStatuses[choice % 4];
  response.body = std::string(text);
  const absl::StatusOr<Caller> caller = ParseTokenReview(response, "token-broker");
  if (caller.ok()) {
    Require(response.status < 300);
    Require(caller->kind == CallerKind::kServiceAccount);
    // Its name is one that a policy could name.
    const absl::StatusOr<Caller> again = ParseCaller(caller->name);
    Require(again.ok() && *again == *caller);
    // Nobody is let in by an answer that does not say so.
    Require(text.find("authenticated") != absl::string_view::npos || text.find('\\') != text.npos);
  } else {
    Require(absl::IsUnauthenticated(caller.status()) || absl::IsUnavailable(caller.status()));
  }
  const Secret token{std::string(text)};
  if (const auto claims = ClaimsOf(text)) Require(claims->audiences.size() <= text.size());
  Require(!TokenReviewBody(token, "token-broker").empty());
}

}  // namespace
}  // namespace tokenbroker

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  tokenbroker::Try(data[0], absl::string_view(reinterpret_cast<const char*>(data) + 1, size - 1));
  return 0;
}
