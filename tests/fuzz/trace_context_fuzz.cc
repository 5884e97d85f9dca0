// Metadata of a call that ends up in logs and in requests to providers: well-formed, or left out.
#include <absl/strings/ascii.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/trace_context.h"

namespace tokenbroker {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

void Check(absl::string_view text) {
  const TraceContext trace = MakeTraceContext(text, text);
  Require(trace.traceparent.empty() || trace.traceparent == std::string(text));
  Require(trace.request_id.empty() || trace.request_id == std::string(text));
  Require(trace.request_id.size() <= kMaxRequestIdBytes);
  for (const std::string& kept : {trace.traceparent, trace.request_id}) {
    Require(std::all_of(kept.begin(), kept.end(),
                        [](char c) { return absl::ascii_isgraph(static_cast<unsigned char>(c)); }));
  }
  Require(TraceIdOf(trace.traceparent).size() == (trace.traceparent.empty() ? 0u : 32u));
}

}  // namespace
}  // namespace tokenbroker

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tokenbroker::Check(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
