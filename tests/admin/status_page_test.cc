#include "admin/status_page.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/digest.h"

namespace tokenbroker {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

ReplicaStatus Well() {
  ReplicaStatus status;
  status.version = "1.2.3";
  status.host = "broker-0";
  status.start_time = kNow - absl::Hours(49);
  status.serving = true;
  status.config_load_time = kNow - absl::Seconds(61);
  status.store_reachable = true;
  status.cached_grants = 42;
  status.store = {"redis://redis:6379", 0, true, "k2", 3};
  status.providers = {{"spotify", false, 3, absl::nullopt, kNow - absl::Seconds(5)}};
  status.tls = TlsStatus{kNow + absl::Hours(26), absl::nullopt};
  return status;
}

TEST(StatusPageTest, SaysFirstThatAllIsWell) {
  EXPECT_THAT(StatusAsText(Well(), kNow),
              StartsWith("All is well\ntoken-broker on broker-0, as of 2027-01-15 08:00:00 UTC\n"));
  EXPECT_THAT(StatusAsHtml(Well(), kNow), HasSubstr("<h1 class=\"good\">All is well</h1>"));
}

TEST(StatusPageTest, SaysFirstWhatIsWrong) {
  ReplicaStatus status = Well();
  status.findings = {{Finding::Severity::kError, "It burns."},
                     {Finding::Severity::kWarning, "It smells."}};
  EXPECT_THAT(StatusAsText(status, kNow), StartsWith("2 things to look at\n"));
  EXPECT_THAT(StatusAsText(status, kNow), HasSubstr("\n! It burns.\n- It smells.\n"));
  const std::string html = StatusAsHtml(status, kNow);
  EXPECT_THAT(html, HasSubstr("<h1 class=\"bad\">2 things to look at</h1>"));
  EXPECT_THAT(html, HasSubstr("<li class=\"bad\"><span>It burns.</span></li>"));
  EXPECT_THAT(html, HasSubstr("<li class=\"warn\"><span>It smells.</span></li>"));
  status.findings.erase(status.findings.begin());
  EXPECT_THAT(StatusAsHtml(status, kNow),
              HasSubstr("<h1 class=\"warn\">One thing to look at</h1>"));
}

TEST(StatusPageTest, ShowsEverything) {
  ReplicaStatus status = Well();
  status.tls->revocation_list_expiry = kNow - absl::Minutes(61);
  status.store.spilled_writes = 7;
  status.store.spill_writable = false;
  status.providers.push_back(
      {"films", true, 0, kNow + absl::Seconds(90), absl::nullopt, 12, absl::Seconds(70)});
  const std::string text = StatusAsText(status, kNow);
  for (const std::string line :
       {"Version: 1.2.3\n", "Takes calls: yes\n",
        "Started: 2 d 1 h ago (2027-01-13 07:00:00 UTC)\n",
        "Configuration loaded: 1 min 1 s ago (2027-01-15 07:58:59 UTC)\n",
        "Grants in its cache: 42\n", "Log level: info\n", "Where: redis://redis:6379\n",
        "Answers: yes\n", "Writes that wait on this replica's disk: 7\n",
        "Spill folder: cannot be written to\n", "Key that seals: k2\n", "Keys that open: 3\n",
        "Certificate ends: in 1 d 2 h (2027-01-16 10:00:00 UTC)\n",
        "Revocation lists good until: 1 h 1 min ago (2027-01-15 06:59:00 UTC)\n",
        ("spotify: active; Refreshing now: 3; Last refresh: 5 s ago (2027-01-15 07:59:55 UTC); "
         "Due: none; Asked again: at once\n"),
        ("films: frozen; Refreshing now: 0; Last refresh: not since the start; "
         "Due: 12, the longest for 1 min 10 s; Asked again: "
         "in 1 min 30 s (2027-01-15 08:01:30 UTC)\n")}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(StatusPageTest, WithoutTlsItSaysSo) {
  ReplicaStatus status = Well();
  status.tls.reset();
  EXPECT_THAT(StatusAsText(status, kNow), HasSubstr("TLS: none: plaintext\n"));
}

TEST(StatusPageTest, WhatItShowsCannotBecomeMarkup) {
  ReplicaStatus status = Well();
  status.host = "<script>alert('x')</script>";
  status.store.location = "\"><img src=x>";
  status.providers[0].provider = "a&b";
  status.findings = {{Finding::Severity::kError, "<b>bold</b>"}};
  const std::string html = StatusAsHtml(status, kNow);
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, Not(HasSubstr("<b>")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"));
  EXPECT_THAT(html, HasSubstr("a&amp;b"));
}

TEST(StatusPageTest, ThePolicyNamesItsStyleAndNothingElse) {
  std::string hash;
  absl::Base64Escape(Sha256(StatusPageStyle()), &hash);
  EXPECT_EQ(StatusPagePolicy(),
            absl::StrCat("default-src 'none'; style-src 'sha256-", hash,
                         "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"));
  EXPECT_THAT(StatusAsHtml(Well(), kNow),
              HasSubstr(absl::StrCat("<style>", StatusPageStyle(), "</style>")));
}

}  // namespace
}  // namespace tokenbroker
