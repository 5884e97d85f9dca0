#include "redis/error_reply.h"

namespace tokenbroker {
namespace {

RedisReply Error(const std::string& text) { return {RedisReply::Type::kError, 0, text, {}}; }

TEST(ErrorReplyTest, TheCodeIsTheFirstWord) {
  EXPECT_EQ(ErrorCode(Error("NOSCRIPT No matching script.")), "NOSCRIPT");
  EXPECT_EQ(ErrorCode(Error("CLUSTERDOWN")), "CLUSTERDOWN");
}

TEST(ErrorReplyTest, WhatLooksLikeNoCodeIsNotPassedOn) {
  for (const std::string text :
       {"", " ", "secret-value is wrong", "s3cr3t", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}) {
    EXPECT_EQ(ErrorCode(Error(text)), "ERR") << text;
  }
}

TEST(ErrorReplyTest, OtherRepliesHaveNone) {
  EXPECT_EQ(ErrorCode({RedisReply::Type::kStatus, 0, "NOSCRIPT", {}}), "");
  EXPECT_EQ(ErrorCode(RedisReply()), "");
}

TEST(ErrorReplyTest, AFailedCallIsUnavailable) {
  EXPECT_EQ(CallFailed("GET", "OOM"), absl::UnavailableError("redis: GET: OOM"));
}

}  // namespace
}  // namespace tokenbroker
