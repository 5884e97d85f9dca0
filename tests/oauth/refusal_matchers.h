// What tests say about refusals.
#pragma once

#include <absl/status/status.h>
#include <gmock/gmock.h>

#include <string>

#include "token/refusal.h"

namespace tokenbroker {

// EXPECT_THAT(status, Refuses(Reason::kScopeInvalid));
MATCHER_P(Refuses, reason, "") {
  const absl::optional<Refusal> refusal = RefusalOf(arg);
  *result_listener << arg.ToString();
  return refusal && refusal->reason == reason;
}

// A refusal with that reason and cause.
MATCHER_P2(RefusesBecauseOf, reason, cause, "") {
  const absl::optional<Refusal> refusal = RefusalOf(arg);
  *result_listener << arg.ToString();
  return refusal && refusal->reason == reason && refusal->cause == cause;
}

// A status whose message holds `text`.
MATCHER_P(Says, text, "") {
  *result_listener << arg.ToString();
  return std::string(arg.message()).find(text) != std::string::npos;
}

}  // namespace tokenbroker
