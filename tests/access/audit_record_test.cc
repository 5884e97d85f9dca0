#include "access/audit_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tokenbroker {
namespace {

using testing::HasSubstr;
using testing::Not;

AuditRecord Full() {
  AuditRecord record;
  record.time = absl::FromUnixMicros(1'800'000'000'123'456);
  record.caller = "spiffe://prod/ns/music";
  record.rpc = "GetFreshToken";
  record.tenant = "music";
  record.provider = "spotify";
  record.subject = "user-42";
  record.generation = 1800000000000;
  record.outcome = "OK";
  record.cause = "";
  record.rule = "players";
  record.peer = "ipv4:10.0.0.7:51234";
  record.trace_id = "0af7651916cd43dd8448eb211c80319c";
  record.request_id = "req-42";
  return record;
}

TEST(AuditRecordTest, IsOneLineOfJson) {
  EXPECT_EQ(FormatAuditLine(Full(), Secret()),
            "{\"time\":\"2027-01-15T08:00:00.123456Z\",\"caller\":\"spiffe://prod/ns/music\","
            "\"rpc\":\"GetFreshToken\",\"tenant\":\"music\",\"provider\":\"spotify\","
            "\"subject\":\"user-42\",\"generation\":1800000000000,\"outcome\":\"OK\","
            "\"rule\":\"players\",\"peer\":\"ipv4:10.0.0.7:51234\","
            "\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\",\"request_id\":\"req-42\"}\n");
}

TEST(AuditRecordTest, TellsTheTimeForwardsAndBack) {
  const auto time = [](int64_t micros) {
    AuditRecord record;
    record.time = absl::FromUnixMicros(micros);
    return std::string(FormatAuditLine(record, Secret()).substr(0, 37));
  };
  EXPECT_EQ(time(1'799'999'999'999'999), "{\"time\":\"2027-01-15T07:59:59.999999Z\"");
  EXPECT_EQ(time(1'800'000'000'000'000), "{\"time\":\"2027-01-15T08:00:00.000000Z\"");
  EXPECT_EQ(time(1'800'000'000'000'001), "{\"time\":\"2027-01-15T08:00:00.000001Z\"");
  EXPECT_EQ(time(1'799'999'999'000'000), "{\"time\":\"2027-01-15T07:59:59.000000Z\"");
}

TEST(AuditRecordTest, StaysOneLineWhateverTheCallerCallsItsSubjects) {
  AuditRecord record = Full();
  record.subject = "a\"}\n{\"forged\":1";
  const std::string line(FormatAuditLine(record, Secret()));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_THAT(line, HasSubstr("\"subject\":\"a\\\"}\\u000a{\\\"forged\\\":1\""));
}

TEST(AuditRecordTest, HasRoomForTextsOfControlCharacters) {
  const std::string wild(256, '\x01');
  AuditRecord record = Full();
  for (absl::string_view* text : {&record.caller, &record.tenant, &record.provider, &record.subject,
                                  &record.rule, &record.peer, &record.request_id}) {
    *text = wild;
  }
  EXPECT_GT(FormatAuditLine(record, Secret()).size(), 7 * 6 * wild.size());
}

TEST(AuditRecordTest, TellsOfHowManyGrantsAnActWas) {
  AuditRecord record;
  record.rpc = "RevokeGrants";
  record.grants = 0;
  record.dry_run = true;
  record.outcome = "OK";
  EXPECT_THAT(
      FormatAuditLine(record, Secret()),
      HasSubstr("\"rpc\":\"RevokeGrants\",\"grants\":0,\"dry_run\":true,\"outcome\":\"OK\"}"));
}

TEST(AuditRecordTest, TellsWhichLogLevelWasAskedFor) {
  AuditRecord record;
  record.rpc = "SetLogLevel";
  record.log_level = "debug";
  record.outcome = "OK";
  EXPECT_THAT(FormatAuditLine(record, Secret()),
              HasSubstr("\"rpc\":\"SetLogLevel\",\"log_level\":\"debug\",\"outcome\":\"OK\"}"));
}

TEST(AuditRecordTest, HashesSubjectsByAKey) {
  const std::string line(FormatAuditLine(Full(), Secret("key")));
  EXPECT_THAT(line, Not(HasSubstr("user-42")));
  // printf %s user-42 | openssl dgst -sha256 -hmac key
  EXPECT_THAT(line, HasSubstr("\"subject_hash\":\"0983e4f61237ae8c632bef7116a23826\""));
  EXPECT_EQ(line, FormatAuditLine(Full(), Secret("key")));
  EXPECT_NE(line, FormatAuditLine(Full(), Secret("other")));
}

}  // namespace
}  // namespace tokenbroker
