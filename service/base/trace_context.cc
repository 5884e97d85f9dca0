#include "base/trace_context.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>

#include <algorithm>

namespace tokenbroker {
namespace {

// 00-<32 hex>-<16 hex>-<2 hex>
constexpr size_t kTraceParentSize = 55;
constexpr size_t kTraceIdOffset = 3;
constexpr size_t kTraceIdSize = 32;
constexpr size_t kParentIdOffset = 36;
constexpr size_t kParentIdSize = 16;

bool IsLowerHex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

bool IsRequestId(absl::string_view text) {
  return text.size() <= kMaxRequestIdBytes && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  absl::StrContains("-_.:/+=@", c);
         });
}

bool IsZero(absl::string_view digits) {
  return digits.find_first_not_of('0') == absl::string_view::npos;
}

}  // namespace

TraceContext MakeTraceContext(absl::string_view traceparent, absl::string_view request_id) {
  TraceContext trace;
  if (!TraceIdOf(traceparent).empty()) trace.traceparent = std::string(traceparent);
  if (IsRequestId(request_id)) trace.request_id = std::string(request_id);
  return trace;
}

absl::string_view TraceIdOf(absl::string_view traceparent) {
  if (traceparent.size() != kTraceParentSize || !absl::StartsWith(traceparent, "00-")) return {};
  for (size_t i = kTraceIdOffset; i < kTraceParentSize; ++i) {
    const bool dash = i == kParentIdOffset - 1 || i == kParentIdOffset + kParentIdSize;
    if (dash ? traceparent[i] != '-' : !IsLowerHex(traceparent[i])) return {};
  }
  const absl::string_view id = traceparent.substr(kTraceIdOffset, kTraceIdSize);
  if (IsZero(id) || IsZero(traceparent.substr(kParentIdOffset, kParentIdSize))) return {};
  return id;
}

LogField TraceIdField(const TraceContext& trace) {
  return LogField::Optional("trace_id", TraceIdOf(trace.traceparent));
}

LogField RequestIdField(const TraceContext& trace) {
  return LogField::Optional("request_id", trace.request_id);
}

}  // namespace tokenbroker
