#include "tests/store/contract_fixture.h"

#include <algorithm>

namespace tokenbroker {

StoreContract::StoreContract() : store_(GetParam().make(loop_, clock_)) {}

bool StoreContract::WaitForATimer() {
  const absl::optional<SteadyTime> next = loop_.NextTimer();
  if (!next) return false;
  Advance(std::max(*next - clock_.SteadyNow(), absl::ZeroDuration()));
  return true;
}

Grant StoreContract::SampleGrant(const std::string& refresh_token) {
  Grant grant;
  grant.key = key_;
  grant.access_token = Secret("at-of-" + refresh_token);
  grant.token_type = "Bearer";
  grant.refresh_token = Secret(refresh_token);
  grant.client_id = "client";
  grant.account = {"https://id.example.com", "alice"};
  grant.attributes = {{"instance_url", "https://eu1.example.com"}};
  grant.scopes = {"playlist-read-private"};
  grant.issued_at = Now();
  grant.expires_at = Now() + absl::Hours(1);
  grant.refresh_at = Now() + absl::Minutes(50);
  grant.authorized_at = Now();
  grant.owner = "spiffe://example.com/player";
  return grant;
}

Grant StoreContract::Refreshed(Grant grant, const std::string& refresh_token) {
  grant.access_token = Secret("at-of-" + refresh_token);
  grant.refresh_token = Secret(refresh_token);
  grant.issued_at = grant.issued_at + absl::Hours(1);
  grant.expires_at = grant.issued_at + absl::Hours(1);
  grant.refresh_at = grant.issued_at + absl::Minutes(50);
  return grant;
}

Grant StoreContract::LogIn(const std::string& refresh_token) {
  Grant grant = SampleGrant(refresh_token);
  int64_t generation = NowMs();
  for (;;) {
    const PutGrantAnswer put = PutOf(PutKind::kLogin, "login-" + refresh_token, generation, grant);
    if (put.outcome != Put::kRenumber) break;
    generation = put.generation + 1;
  }
  return Stored();
}

Grant StoreContract::Stored() {
  const LoadAnswer answer = Load();
  EXPECT_EQ(answer.outcome, LoadAnswer::Outcome::kFound);
  return answer.grant ? *answer.grant : Grant();
}

BeginRefreshAnswer StoreContract::Begin(int64_t known, const Attempt& attempt, Despite despite,
                                        Demand demand) {
  BeginRefreshRequest request;
  request.key = key_;
  request.known_generation = known;
  request.attempt = attempt;
  request.not_after = Soon();
  request.despite = std::move(despite);
  request.demand = demand;
  return Do(grants().BeginRefresh(std::move(request)));
}

BeginRefreshAnswer StoreContract::Go(int64_t known, const Attempt& attempt, Despite despite) {
  BeginRefreshAnswer answer = Begin(known, attempt, std::move(despite));
  EXPECT_EQ(answer.outcome, Begun::kGo);
  return answer;
}

RenewAnswer StoreContract::Renew(const BeginRefreshAnswer& begun, const Attempt& attempt) {
  RenewRequest request;
  request.key = key_;
  request.attempt = attempt;
  request.parent = begun.grant->refresh_token_generation;
  request.next = begun.next;
  request.intent_at = begun.intent_at;
  request.begun_at = begun.begun_at;
  request.not_after = Soon();
  return Do(grants().Renew(std::move(request)));
}

CommitRequest StoreContract::CommitOf(const BeginRefreshAnswer& begun, const Attempt& attempt,
                                      const std::string& refresh_token) {
  CommitRequest request;
  request.attempt = attempt;
  request.parent = begun.grant->refresh_token_generation;
  request.next = begun.next;
  request.rotated =
      begun.grant->refresh_token.Expose() == refresh_token ? Rotated::kNo : Rotated::kYes;
  request.record = Refreshed(*begun.grant, refresh_token);
  return request;
}

CommitAnswer StoreContract::Commit(const BeginRefreshAnswer& begun, const Attempt& attempt,
                                   const std::string& refresh_token, Demand demand) {
  CommitRequest request = CommitOf(begun, attempt, refresh_token);
  request.demand = demand;
  return Do(grants().Commit(std::move(request)));
}

FailAnswer StoreContract::Fail(const BeginRefreshAnswer& begun, const Attempt& attempt,
                               Delivery delivery, ErrorClass error_class, absl::Time until) {
  FailRequest request;
  request.key = key_;
  request.attempt = attempt;
  request.parent = begun.grant->refresh_token_generation;
  request.outcome = delivery;
  request.error_class = error_class;
  if (error_class == ErrorClass::kGrantDead) {
    request.cause = StateReason::kProviderSaysDead;
    request.last_error = "invalid_grant";
  }
  request.until = until;
  return Do(grants().Fail(std::move(request)));
}

PutGrantAnswer StoreContract::PutOf(PutKind kind, const Attempt& attempt, int64_t generation,
                                    Grant record, int64_t expected) {
  PutGrantRequest request;
  request.kind = kind;
  request.attempt = attempt;
  request.generation = generation;
  request.expected = expected;
  request.not_after = Soon();
  request.record = std::move(record);
  return Do(grants().PutGrant(std::move(request)));
}

std::vector<GrantKey> StoreContract::Claim(int limit) {
  const ClaimAnswer answer = Do(grants().ClaimDue(key_.provider, limit, kClaimPush));
  EXPECT_EQ(answer.outcome, ClaimAnswer::Outcome::kOk);
  std::vector<GrantKey> keys;
  for (const DueGrant& due : answer.due) keys.push_back(due.key);
  return keys;
}

}  // namespace tokenbroker
