#include "config/audit_rules.h"

#include <absl/strings/str_cat.h>

#include "tests/config/config_fixture.h"

namespace tokenbroker {
namespace {

using testing::HasSubstr;

class AuditRulesTest : public ConfigTest {
 protected:
  ServerConfig Parsed(const std::string& lines) {
    const absl::StatusOr<Snapshot> snapshot = Parse(WithProvider({}) + lines);
    EXPECT_TRUE(snapshot.ok()) << snapshot.status();
    return snapshot.ok() ? snapshot->server : ServerConfig();
  }
  std::string ErrorsWith(const std::string& lines) { return Errors(WithProvider({}) + lines); }
};

TEST_F(AuditRulesTest, WriteToStdoutByDefault) {
  const AuditConfig audit = Parsed("").audit;
  EXPECT_EQ(audit, AuditConfig());
  EXPECT_EQ(audit.sink, AuditConfig::Sink::kStdout);
  EXPECT_EQ(audit.when_full, AuditConfig::WhenFull::kDropLine);
}

TEST_F(AuditRulesTest, TakeEveryKey) {
  const AuditConfig audit =
      Parsed(
          "audit: { sink: file, file: a.jsonl, subjects: hashed, hash_key_file: /k,"
          " when_full: refuse_call, queue_lines: 5 }\n")
          .audit;
  EXPECT_EQ(audit.sink, AuditConfig::Sink::kFile);
  EXPECT_EQ(audit.file, "/etc/broker/a.jsonl");
  EXPECT_EQ(audit.subjects, AuditConfig::Subjects::kHashed);
  EXPECT_EQ(audit.hash_key_file, "/k");
  EXPECT_EQ(audit.when_full, AuditConfig::WhenFull::kRefuseCall);
  EXPECT_EQ(audit.queue_lines, 5u);
  EXPECT_EQ(Parsed("audit: { sink: none }\n").audit.sink, AuditConfig::Sink::kNone);
}

TEST_F(AuditRulesTest, RefuseFilesWithoutWhatTheyGoWith) {
  EXPECT_THAT(ErrorsWith("audit: { sink: file }\n"), HasSubstr("audit.file: is missing"));
  EXPECT_THAT(ErrorsWith("audit: { file: a }\n"), HasSubstr("audit.file: goes only with sink"));
  EXPECT_THAT(ErrorsWith("audit: { sink: file, file: \"\" }\n"), HasSubstr("audit.file: is empty"));
  EXPECT_THAT(ErrorsWith("audit: { subjects: hashed }\n"),
              HasSubstr("audit.hash_key_file: is missing"));
  EXPECT_THAT(ErrorsWith("audit: { hash_key_file: k }\n"),
              HasSubstr("audit.hash_key_file: goes only with subjects"));
  EXPECT_THAT(ErrorsWith("audit: { queue_lines: 0 }\n"),
              HasSubstr("audit.queue_lines: is below 1"));
}

TEST_F(AuditRulesTest, BoundWaitingCallsAndWatchesByDefault) {
  EXPECT_EQ(Parsed("").quotas, QuotaConfig());
  EXPECT_EQ(Parsed("").quotas.calls_per_second, 0);
  EXPECT_EQ(Parsed("").quotas.waiting_calls, 1000);
  EXPECT_EQ(Parsed("").quotas.watches, 1000);
}

TEST_F(AuditRulesTest, TakeEveryQuota) {
  QuotaConfig quotas =
      Parsed("server: { quotas: { calls_per_second: 2.5, burst: 7, waiting_calls: 9 } }\n").quotas;
  EXPECT_EQ(quotas.calls_per_second, 2.5);
  EXPECT_EQ(quotas.burst, 7);
  EXPECT_EQ(quotas.waiting_calls, 9);
  quotas = Parsed("server: { quotas: { calls_per_second: 2.5 } }\n").quotas;
  EXPECT_EQ(quotas.burst, 3);
  EXPECT_EQ(Parsed("server: { quotas: { watches: 11 } }\n").quotas.watches, 11);
}

TEST_F(AuditRulesTest, RefuseBadQuotas) {
  for (const char* rate : {"-1", "1e-12", "1e9", ".inf"}) {
    EXPECT_THAT(ErrorsWith(absl::StrCat("server: { quotas: { calls_per_second: ", rate, " } }\n")),
                HasSubstr("server.quotas.calls_per_second"))
        << rate;
  }
  EXPECT_THAT(ErrorsWith("server: { quotas: { burst: 1 } }\n"),
              HasSubstr("server.quotas.burst: goes only with"));
  EXPECT_THAT(ErrorsWith("server: { quotas: { calls_per_second: 1, burst: 0 } }\n"),
              HasSubstr("server.quotas.burst: is none of"));
  EXPECT_THAT(ErrorsWith("server: { quotas: { waiting_calls: 0 } }\n"),
              HasSubstr("server.quotas.waiting_calls: is below 1"));
  for (const char* watches : {"0", "100001"}) {
    EXPECT_THAT(ErrorsWith(absl::StrCat("server: { quotas: { watches: ", watches, " } }\n")),
                HasSubstr("server.quotas.watches: is none of 1 to 100000"));
  }
}

}  // namespace
}  // namespace tokenbroker
