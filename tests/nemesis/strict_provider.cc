#include "tests/nemesis/strict_provider.h"

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace tokenbroker {
namespace {

using provider_simulator::TokenHistory;
using provider_simulator::TokenRequestSeen;

std::string InSource(const std::string& path) { return absl::StrCat(SOURCE_FOLDER, "/", path); }

absl::Time TimeIn(const std::string& line, const std::string& field) {
  int64_t ms = 0;
  EXPECT_TRUE(absl::SimpleAtoi(LogFieldOf(line, field), &ms)) << line;
  return absl::FromUnixMillis(ms);
}

}  // namespace

StrictProvider::StrictProvider(absl::Duration token_life)
    : secret_file_(folder_.Path("secret")),
      process_({"/usr/bin/setpriv", "--pdeathsig", "KILL", InSource("scripts/node"),
                InSource("tests/nemesis/strict_provider.mjs"),
                absl::StrCat(absl::ToInt64Seconds(token_life)), secret_file_}) {
  const std::string line = process_.WaitForLine("\"event\":\"client\"");
  EXPECT_NE(line, "") << process_.Output();
  issuer_ = LogFieldOf(line, "issuer");
  redirect_uri_ = LogFieldOf(line, "redirect_uri");
}

std::string StrictProvider::Yaml(const std::string& request_timeout,
                                 const std::string& margin) const {
  return absl::StrCat(
      "  oidc:\n    issuer: ", issuer_,
      "\n    client_id: broker\n    client_secret_file: ", secret_file_,
      "\n    client_authentication: client_secret_basic\n    redirect_uris: [ \"", redirect_uri_,
      "\" ]\n    scopes: [ openid, offline_access ]\n"
      "    authorization_params: { prompt: consent }\n    request_timeout: ",
      request_timeout, "\n    refresh: { rotation: single_use, margin: ", margin, " }\n");
}

std::string StrictProvider::Approve(const std::string& login_uri, const std::string& account) {
  ChildProcess browser(
      {InSource("scripts/node"), InSource("tests/e2e/login.mjs"), login_uri, account});
  EXPECT_EQ(browser.Wait(), 0) << browser.Output();
  return std::string(absl::StripTrailingAsciiWhitespace(browser.Output()));
}

TokenHistory StrictProvider::history() const {
  TokenHistory history;
  const std::string output = process_.Output();
  for (const auto& piece : absl::StrSplit(output, '\n')) {
    const std::string line(piece);
    if (LogFieldOf(line, "event") != "token_request") continue;
    TokenRequestSeen seen;
    seen.begun = TimeIn(line, "begun");
    seen.ended = TimeIn(line, "ended");
    seen.presented = LogFieldOf(line, "presented");
    seen.account_id = LogFieldOf(line, "account");
    seen.access_token = LogFieldOf(line, "access_token");
    seen.refresh_token = LogFieldOf(line, "refresh_token");
    seen.accepted = !seen.access_token.empty();
    history.push_back(std::move(seen));
  }
  std::sort(history.begin(), history.end(),
            [](const auto& one, const auto& other) { return one.begun < other.begun; });
  return history;
}

std::set<std::string> StrictProvider::revoked() const {
  std::set<std::string> accounts;
  const std::string output = process_.Output();
  for (const auto& piece : absl::StrSplit(output, '\n')) {
    const std::string line(piece);
    if (LogFieldOf(line, "event") == "revoked") accounts.insert(LogFieldOf(line, "account"));
  }
  return accounts;
}

}  // namespace tokenbroker
