// Whose work it is, as the caller told: W3C Trace Context and a request's id. We forward a trace's
// context unchanged, as who takes no part in it may (https://www.w3.org/TR/trace-context/, 3.4).
#pragma once

#include <absl/strings/string_view.h>

#include <string>

#include "base/log.h"

namespace tokenbroker {

// A value; nothing secret.
struct TraceContext {
  // Well-formed, or empty: the caller told of no trace.
  std::string traceparent;
  // 1 to kMaxRequestIdBytes letters, digits and "-_.:/+=@"; or empty.
  std::string request_id;
};

inline constexpr size_t kMaxRequestIdBytes = 128;

// What is malformed is left out: it may come from anybody.
TraceContext MakeTraceContext(absl::string_view traceparent, absl::string_view request_id);

// The trace id of a `traceparent` header; empty when it is none.
absl::string_view TraceIdOf(absl::string_view traceparent);

// Fields of a log line; left out where there is nothing.
LogField TraceIdField(const TraceContext& trace);
LogField RequestIdField(const TraceContext& trace);

}  // namespace tokenbroker
