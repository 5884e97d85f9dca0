#include "broker/status_findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tokenbroker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

ReplicaStatus Well() {
  ReplicaStatus status;
  status.serving = true;
  status.store_reachable = true;
  status.providers = {{"spotify", false, 3, absl::nullopt, kNow}};
  status.tls = TlsStatus{kNow + absl::Hours(24 * 60), kNow + absl::Hours(1)};
  return status;
}

// "E: ..." or "W: ...".
std::vector<std::string> Findings(const ReplicaStatus& status) {
  std::vector<std::string> texts;
  for (const Finding& finding : FindingsOf(status, kNow)) {
    texts.push_back((finding.severity == Finding::Severity::kError ? "E: " : "W: ") +
                    finding.message);
  }
  return texts;
}

TEST(StatusFindingsTest, WhoIsWellHasNone) {
  EXPECT_THAT(Findings(Well()), IsEmpty());
  ReplicaStatus plaintext = Well();
  plaintext.tls.reset();
  EXPECT_THAT(Findings(plaintext), IsEmpty());
}

TEST(StatusFindingsTest, NamesWhatIsWrongWithTheReplicaAndItsStore) {
  ReplicaStatus status = Well();
  status.serving = false;
  EXPECT_THAT(Findings(status), ElementsAre(HasSubstr("W: This replica takes no calls")));
  status = Well();
  status.config_error = "config.yaml:3: unknown key";
  EXPECT_THAT(Findings(status), ElementsAre(HasSubstr("in force: config.yaml:3: unknown key")));
  status = Well();
  status.store_reachable = false;
  EXPECT_THAT(Findings(status), ElementsAre(HasSubstr("E: The store does not answer")));
  status = Well();
  status.store.spill_writable = false;
  EXPECT_THAT(Findings(status), ElementsAre(HasSubstr("E: The spill folder")));
  status = Well();
  status.store.spilled_writes = 7;
  EXPECT_THAT(Findings(status), ElementsAre(HasSubstr("W: 7 writes wait")));
}

TEST(StatusFindingsTest, NamesTheProviderThatFaresBadly) {
  ReplicaStatus status = Well();
  status.providers[0].frozen = true;
  status.providers[0].not_before = kNow + absl::Seconds(10);
  EXPECT_THAT(Findings(status), ElementsAre(HasSubstr("E: Provider spotify refuses the broker")));
  status.providers[0].frozen = false;
  EXPECT_THAT(Findings(status),
              ElementsAre("W: Provider spotify is asked nothing before 2027-01-15 08:00 UTC: it "
                          "failed, or asked for that."));
}

TEST(StatusFindingsTest, NamesRefreshesThatAreLate) {
  ReplicaStatus status = Well();
  status.providers[0].due = 12;
  status.providers[0].due_lag = absl::Milliseconds(59'999);
  EXPECT_THAT(Findings(status), IsEmpty());
  status.providers[0].due_lag = absl::Milliseconds(90'500);
  EXPECT_THAT(Findings(status), ElementsAre("W: Refreshes of spotify are late: 12 grants are due, "
                                            "the longest for 1m30s."));
}

TEST(StatusFindingsTest, NamesACertificateThatEndsAndAListThatIsOld) {
  ReplicaStatus status = Well();
  status.tls->certificate_expiry = kNow + absl::Hours(24 * 14) - absl::Seconds(1);
  EXPECT_THAT(Findings(status), ElementsAre(HasSubstr("W: The listener's certificate ends at")));
  status.tls->certificate_expiry = kNow;
  EXPECT_THAT(Findings(status), ElementsAre(HasSubstr("E: The listener's certificate ended at")));
  status = Well();
  status.tls->revocation_list_expiry = kNow;
  EXPECT_THAT(Findings(status), ElementsAre(HasSubstr("W: A revocation list")));
  status.tls->revocation_list_expiry.reset();
  EXPECT_THAT(Findings(status), IsEmpty());
}

TEST(StatusFindingsTest, TheUrgentComesFirst) {
  ReplicaStatus status = Well();
  status.store.spilled_writes = 1;
  status.tls->certificate_expiry = kNow;
  EXPECT_THAT(Findings(status), ElementsAre(HasSubstr("E: "), HasSubstr("W: ")));
}

}  // namespace
}  // namespace tokenbroker
