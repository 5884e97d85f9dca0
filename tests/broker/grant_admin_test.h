// An administrator's view of the grants of one broker.
#pragma once

#include <string>
#include <vector>

#include "broker/grant_admin.h"
#include "tests/broker/broker_test.h"

namespace tokenbroker {

class GrantAdminTest : public BrokerTest {
 protected:
  SteadyTime Soon() { return clock_.SteadyNow() + absl::Seconds(20); }
  void Store(const std::string& subject, const std::string& account = "alice") {
    Grant grant = NewGrant();
    grant.key.subject = subject;
    grant.account = {"", account};
    grant.refresh_token = Secret("refresh-of-" + subject);
    BrokerTest::Store(std::move(grant));
  }
  void Condemn() {
    endpoint_.AnswerRefresh(
        FailedAnswer(Delivery::kAnswered, ErrorClass::kGrantDead, "invalid_grant"));
    Advance(absl::Hours(2));
    Touch();
    ASSERT_EQ(Stored().state, GrantState::kReauthorizationRequired);
  }
  std::vector<std::string> Listed(ListGrantsQuery query) {
    std::vector<std::string> subjects;
    do {
      const absl::StatusOr<GrantPage> page = Run(admin_.ListGrants(query));
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      for (const GrantView& view : page->grants) subjects.push_back(view.grant.key.subject);
      query.page = page->next_page;
    } while (!query.page.empty());
    return subjects;
  }
  std::vector<std::string> RevokedTokens() const {
    std::vector<std::string> tokens;
    for (const RevocationRequest& request : endpoint_.revocations()) {
      tokens.emplace_back(request.token.Expose());
    }
    return tokens;
  }
  static Reason ReasonIn(const absl::Status& status) {
    const absl::optional<Refusal> refusal = RefusalOf(status);
    EXPECT_TRUE(refusal) << status;
    return refusal.value_or(Refusal()).reason;
  }

  GrantAdmin admin_{parts_, broker_};
};

}  // namespace tokenbroker
