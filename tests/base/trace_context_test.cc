#include "base/trace_context.h"

#include <gtest/gtest.h>

namespace tokenbroker {
namespace {

constexpr char kTraceParent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(TraceContextTest, FindsTheTracesId) {
  EXPECT_EQ(TraceIdOf(kTraceParent), "0af7651916cd43dd8448eb211c80319c");
}

TEST(TraceContextTest, WhatIsMalformedBelongsToNoTrace) {
  for (const char* const text : {"", "00-0af7651916cd43dd8448eb211c80319c",
                                 "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                 "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                 "00-0af7651916cd43dd8448eb211c8031\"c-b7ad6b7169203331-01",
                                 "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
                                 "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0\n",
                                 "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                                 "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                                 "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"}) {
    EXPECT_EQ(TraceIdOf(text), "") << text;
    EXPECT_EQ(MakeTraceContext(text, "").traceparent, "") << text;
  }
}

TEST(TraceContextTest, KeepsWhatIsWellFormed) {
  const TraceContext trace = MakeTraceContext(kTraceParent, "req-42/a.b:c+d=@_");
  EXPECT_EQ(trace.traceparent, kTraceParent);
  EXPECT_EQ(trace.request_id, "req-42/a.b:c+d=@_");
}

TEST(TraceContextTest, AnIdThatIsTooLongOrCouldBreakALineIsNone) {
  EXPECT_EQ(MakeTraceContext("", std::string(128, 'a')).request_id, std::string(128, 'a'));
  for (const std::string& text : {std::string(129, 'a'), std::string("a b"), std::string("a\nb"),
                                  std::string("a\"b"), std::string("\xc3\xa4")}) {
    EXPECT_EQ(MakeTraceContext("", text).request_id, "") << text;
  }
}

TEST(TraceContextTest, IsInALogLineWhereThereIsOne) {
  const TraceContext trace = MakeTraceContext(kTraceParent, "req-42");
  EXPECT_EQ(TraceIdField(trace).json, "\"0af7651916cd43dd8448eb211c80319c\"");
  EXPECT_EQ(RequestIdField(trace).json, "\"req-42\"");
  EXPECT_EQ(TraceIdField({}).json, "");
  EXPECT_EQ(RequestIdField({}).json, "");
}

}  // namespace
}  // namespace tokenbroker
