#include "tests/store/login_store_contract.h"

namespace tokenbroker {

Login LoginStoreContract::SampleLogin() {
  Login login;
  login.key = key_;
  login.caller = "spiffe://example.com/player";
  login.client_id = "client";
  login.redirect_uri = "https://app.example.com/callback";
  login.scopes = {"playlist-read-private"};
  login.code_verifier = Secret("verifier");
  login.nonce = Secret("nonce");
  login.issuer = "https://id.example.com";
  login.allow_account_change = true;
  login.caller_context = "context";
  login.created_at = Now();
  return login;
}

void LoginStoreContract::CreateLogin() {
  EXPECT_EQ(Do(logins().CreateLogin(state_, SampleLogin())).outcome,
            CreateLoginAnswer::Outcome::kStored);
}

BeginExchangeRequest LoginStoreContract::ExchangeOf(const Attempt& attempt) {
  BeginExchangeRequest request;
  request.state = state_;
  request.attempt = attempt;
  request.code_hash = "hash-of-code";
  request.caller = SampleLogin().caller;
  request.patience = absl::Seconds(30);
  request.not_after = Soon();
  return request;
}

FinishExchangeRequest LoginStoreContract::FinishOf(const BeginExchangeAnswer& begun,
                                                   const Attempt& attempt,
                                                   const std::string& refresh_token) {
  FinishExchangeRequest request = FinishWith(LoginOutcome::Kind::kGrant, attempt);
  request.seen_login_generation = begun.grant ? begun.grant->login_generation : 0;
  request.generation = std::max(NowMs(), begun.grant ? begun.grant->generation + 1 : 1);
  request.record = SampleGrant(refresh_token);
  return request;
}

FinishExchangeRequest LoginStoreContract::FinishWith(LoginOutcome::Kind kind,
                                                     const Attempt& attempt) {
  FinishExchangeRequest request;
  request.state = state_;
  request.attempt = attempt;
  request.outcome.kind = kind;
  return request;
}

namespace {

TEST_P(LoginStoreContract, ALoginIsGivenBackAsItWasCreated) {
  CreateLogin();
  const BeginExchangeAnswer answer = BeginExchange("a");
  EXPECT_EQ(answer.outcome, Exchange::kGo);
  EXPECT_EQ(answer.until, Now() + absl::Seconds(30));
  const Login sent = SampleLogin();
  const Login& login = *answer.login;
  EXPECT_EQ(login.key, sent.key);
  EXPECT_EQ(login.caller, sent.caller);
  EXPECT_EQ(login.client_id, sent.client_id);
  EXPECT_EQ(login.redirect_uri, sent.redirect_uri);
  EXPECT_EQ(login.scopes, sent.scopes);
  EXPECT_EQ(login.code_verifier.Expose(), "verifier");
  EXPECT_EQ(login.nonce.Expose(), "nonce");
  EXPECT_EQ(login.issuer, sent.issuer);
  EXPECT_TRUE(login.allow_account_change);
  EXPECT_EQ(login.caller_context, "context");
  EXPECT_EQ(login.created_at, sent.created_at);
  EXPECT_FALSE(answer.grant.has_value());
}

TEST_P(LoginStoreContract, AnUnknownStateIsNotFound) {
  CreateLogin();
  BeginExchangeRequest request = ExchangeOf("a");
  request.state = state_ + "x";
  EXPECT_EQ(Do(logins().BeginExchange(request)).outcome, Exchange::kNotFound);
  EXPECT_EQ(Do(logins().PeekLogin(request.state)).outcome, Exchange::kNotFound);
}

TEST_P(LoginStoreContract, ALoginLivesTenMinutes) {
  CreateLogin();
  Advance(kLoginLife - absl::Milliseconds(1));
  EXPECT_EQ(Do(logins().PeekLogin(state_)).outcome, Exchange::kGo);
  Advance(absl::Milliseconds(1));
  EXPECT_EQ(BeginExchange("a").outcome, Exchange::kNotFound);
}

TEST_P(LoginStoreContract, CreatingALoginAgainLeavesItWhereItIs) {
  CreateLogin();
  BeginExchange("a");
  CreateLogin();
  EXPECT_EQ(BeginExchange("b").outcome, Exchange::kBusy);
}

TEST_P(LoginStoreContract, APeekTouchesNothing) {
  CreateLogin();
  const BeginExchangeAnswer peek = Do(logins().PeekLogin(state_));
  EXPECT_EQ(peek.outcome, Exchange::kGo);
  EXPECT_EQ(peek.login->caller_context, "context");
  EXPECT_EQ(BeginExchange("a").outcome, Exchange::kGo);
  EXPECT_EQ(Do(logins().PeekLogin(state_)).outcome, Exchange::kGo);
  EXPECT_EQ(BeginExchange("b").outcome, Exchange::kBusy);
}

TEST_P(LoginStoreContract, AMissingStoreIsNeverAnUnknownState) {
  CreateLogin();
  store_->BeginNoStore();
  EXPECT_EQ(Do(logins().CreateLogin("s", SampleLogin())).outcome,
            CreateLoginAnswer::Outcome::kNoStore);
  EXPECT_EQ(Do(logins().PeekLogin(state_)).outcome, Exchange::kNoStore);
  EXPECT_EQ(BeginExchange("a").outcome, Exchange::kNoStore);
  EXPECT_EQ(Finish(FinishOf({}, "a", "rt-1")).outcome, Finished::kNoStore);
}

TEST_P(LoginStoreContract, AnExchangeAfterNotAfterIsExpiredAndConsumesNothing) {
  CreateLogin();
  BeginExchangeRequest request = ExchangeOf("a");
  request.not_after = clock_.SteadyNow() - absl::Milliseconds(1);
  EXPECT_EQ(Do(logins().BeginExchange(request)).outcome, Exchange::kExpired);
  EXPECT_EQ(BeginExchange("b").outcome, Exchange::kGo);
}

TEST_P(LoginStoreContract, AnotherCallerConsumesNothing) {
  CreateLogin();
  BeginExchangeRequest request = ExchangeOf("a");
  request.caller = "spiffe://example.com/thief";
  const BeginExchangeAnswer answer = Do(logins().BeginExchange(request));
  EXPECT_EQ(answer.outcome, Exchange::kWrongCaller);
  EXPECT_FALSE(answer.login.has_value());
  EXPECT_EQ(BeginExchange("b").outcome, Exchange::kGo);
}

TEST_P(LoginStoreContract, ASecondCallbackWaitsForTheFirst) {
  CreateLogin();
  const BeginExchangeAnswer first = BeginExchange("a");
  const BeginExchangeAnswer second = BeginExchange("b");
  EXPECT_EQ(second.outcome, Exchange::kBusy);
  EXPECT_EQ(second.until, first.until);
}

TEST_P(LoginStoreContract, RepeatingBeginExchangeWithTheSameAttemptSaysGoAgain) {
  CreateLogin();
  store_->Inject(StoreVerb::kBeginExchange, {StoreFault::What::kLostAcknowledgement});
  EXPECT_EQ(BeginExchange("a").outcome, Exchange::kUnavailable);
  const BeginExchangeAnswer again = BeginExchange("a");
  EXPECT_EQ(again.outcome, Exchange::kGo);
  EXPECT_EQ(again.login->code_verifier.Expose(), "verifier");
}

TEST_P(LoginStoreContract, AnotherCodeIsRefusedDuringAndAfterTheExchange) {
  CreateLogin();
  const BeginExchangeAnswer begun = BeginExchange("a");
  BeginExchangeRequest other = ExchangeOf("b");
  other.code_hash = "hash-of-another-code";
  EXPECT_EQ(Do(logins().BeginExchange(other)).outcome, Exchange::kOtherCode);
  Finish(FinishOf(begun, "a", "rt-1"));
  EXPECT_EQ(Do(logins().BeginExchange(other)).outcome, Exchange::kOtherCode);
}

TEST_P(LoginStoreContract, AnExchangeThatNeverEndedHasAnUnknownOutcome) {
  CreateLogin();
  BeginExchange("a");
  Advance(absl::Seconds(30));
  EXPECT_EQ(BeginExchange("b").outcome, Exchange::kOutcomeUnknown);
}

TEST_P(LoginStoreContract, FinishStoresTheGrantAndTheOutcomeInOneStep) {
  CreateLogin();
  const FinishExchangeRequest request = FinishOf(BeginExchange("a"), "a", "rt-1");
  const FinishExchangeAnswer answer = Finish(request);
  EXPECT_EQ(answer.outcome, Finished::kStored);
  EXPECT_EQ(answer.generation, request.generation);
  const Grant stored = Stored();
  EXPECT_EQ(stored.refresh_token.Expose(), "rt-1");
  EXPECT_EQ(stored.generation, request.generation);
  EXPECT_EQ(stored.login_generation, request.generation);
  EXPECT_EQ(stored.refresh_token_generation, request.generation);
  EXPECT_EQ(BeginExchange("b").outcome, Exchange::kDone);
}

TEST_P(LoginStoreContract, ARetryIsGivenTheSameOutcomeWithoutASecret) {
  CreateLogin();
  const int64_t generation = Finish(FinishOf(BeginExchange("a"), "a", "rt-1")).generation;
  for (const char* attempt : {"a", "b"}) {
    const BeginExchangeAnswer answer = BeginExchange(attempt);
    EXPECT_EQ(answer.outcome, Exchange::kDone);
    EXPECT_EQ(answer.login_outcome.kind, LoginOutcome::Kind::kGrant);
    EXPECT_EQ(answer.login_outcome.generation, generation);
    EXPECT_EQ(answer.login->key, key_);
    EXPECT_EQ(answer.login->caller_context, "context");
    EXPECT_TRUE(answer.login->code_verifier.empty());
    EXPECT_TRUE(answer.login->nonce.empty());
    EXPECT_FALSE(answer.grant.has_value());
  }
}

TEST_P(LoginStoreContract, RepeatingAFinishSaysAlready) {
  CreateLogin();
  const FinishExchangeRequest request = FinishOf(BeginExchange("a"), "a", "rt-1");
  store_->Inject(StoreVerb::kFinishExchange, {StoreFault::What::kLostAcknowledgement});
  EXPECT_EQ(Finish(request).outcome, Finished::kUnavailable);
  const FinishExchangeAnswer again = Finish(request);
  EXPECT_EQ(again.outcome, Finished::kAlready);
  EXPECT_EQ(again.generation, request.generation);
  EXPECT_EQ(Stored().generation, request.generation);
}

TEST_P(LoginStoreContract, AFinishThatComesLateIsStoredAllTheSame) {
  CreateLogin();
  const BeginExchangeAnswer begun = BeginExchange("a");
  Advance(absl::Minutes(1));
  ASSERT_EQ(BeginExchange("b").outcome, Exchange::kOutcomeUnknown);
  EXPECT_EQ(Finish(FinishOf(begun, "a", "rt-1")).outcome, Finished::kStored);
  EXPECT_EQ(BeginExchange("b").outcome, Exchange::kDone);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-1");
}

TEST_P(LoginStoreContract, AFinishAfterTheLoginsEndStillStoresTheGrant) {
  CreateLogin();
  const BeginExchangeAnswer begun = BeginExchange("a");
  Advance(kLoginLife + absl::Minutes(1));
  const FinishExchangeRequest request = FinishOf(begun, "a", "rt-1");
  EXPECT_EQ(Finish(request).outcome, Finished::kStored);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-1");
  EXPECT_EQ(Finish(request).outcome, Finished::kAlready);
}

TEST_P(LoginStoreContract, BeginExchangeShowsThePresentGrant) {
  const Grant grant = LogIn();
  CreateLogin();
  const BeginExchangeAnswer answer = BeginExchange("a");
  EXPECT_EQ(answer.grant->generation, grant.generation);
  EXPECT_EQ(answer.grant->account, grant.account);
}

TEST_P(LoginStoreContract, BeginExchangeShowsATombstoneBecauseItsGenerationCounts) {
  const Grant grant = LogIn();
  const int64_t deleted = PutOf(PutKind::kDelete, "delete", 0, grant).generation;
  CreateLogin();
  const BeginExchangeAnswer begun = BeginExchange("a");
  EXPECT_EQ(begun.grant->state, GrantState::kDeleted);
  EXPECT_EQ(begun.grant->generation, deleted);
  EXPECT_EQ(Finish(FinishOf(begun, "a", "rt-2")).outcome, Finished::kStored);
  EXPECT_EQ(Stored().state, GrantState::kActive);
}

TEST_P(LoginStoreContract, AnotherLoginInBetweenMustBeLookedAtAgain) {
  CreateLogin();
  const BeginExchangeAnswer begun = BeginExchange("a");
  const Grant other = LogIn("rt-of-the-other");
  FinishExchangeRequest request = FinishOf(begun, "a", "rt-1");
  const FinishExchangeAnswer reload = Finish(request);
  EXPECT_EQ(reload.outcome, Finished::kReload);
  EXPECT_EQ(reload.grant->login_generation, other.login_generation);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-of-the-other");
  request.seen_login_generation = reload.grant->login_generation;
  request.generation = reload.grant->generation + 1;
  EXPECT_EQ(Finish(request).outcome, Finished::kStored);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-1");
}

TEST_P(LoginStoreContract, ARefreshInBetweenOnlyRenumbersALogin) {
  const Grant grant = LogIn();
  CreateLogin();
  const BeginExchangeAnswer begun = BeginExchange("x");
  Advance(absl::Seconds(1));
  FinishExchangeRequest request = FinishOf(begun, "x", "rt-of-the-login");
  const int64_t committed = Commit(Go(grant.generation, "a"), "a", "rt-2").generation;
  const FinishExchangeAnswer refused = Finish(request);
  EXPECT_EQ(refused.outcome, Finished::kRenumber);
  EXPECT_EQ(refused.generation, committed);
  request.generation = refused.generation + 1;
  EXPECT_EQ(Finish(request).outcome, Finished::kStored);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-of-the-login");
}

TEST_P(LoginStoreContract, AnInheritedTokenThatWasReplacedMustBeLookedAtAgain) {
  const Grant grant = LogIn();
  CreateLogin();
  FinishExchangeRequest request = FinishOf(BeginExchange("x"), "x", "");
  request.expected = grant.refresh_token_generation;
  const int64_t committed = Commit(Go(grant.generation, "a"), "a", "rt-2").generation;
  request.generation = committed + 1;
  const FinishExchangeAnswer reload = Finish(request);
  EXPECT_EQ(reload.outcome, Finished::kReload);
  EXPECT_EQ(reload.grant->refresh_token_generation, committed);
  request.expected = committed;
  EXPECT_EQ(Finish(request).outcome, Finished::kStored);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-2");
}

TEST_P(LoginStoreContract, AnExchangeThatInheritsWaitsForAStoreThatSettles) {
  const Grant grant = LogIn();
  CreateLogin();
  FinishExchangeRequest request = FinishOf(BeginExchange("x"), "x", "");
  request.expected = grant.refresh_token_generation;
  store_->BeginSettling();
  EXPECT_EQ(Finish(request).outcome, Finished::kSettling);
  EXPECT_EQ(Stored().generation, grant.generation);
  EXPECT_EQ(BeginExchange("y").outcome, Exchange::kBusy) << "the login has not ended";
  store_->EndSettling();
  EXPECT_EQ(Finish(request).outcome, Finished::kStored);
  EXPECT_EQ(Stored().refresh_token.Expose(), "rt-1");
}

TEST_P(LoginStoreContract, WhereAReplayIsHarmlessAnExchangeThatInheritsDoesNotWait) {
  const Grant grant = LogIn();
  CreateLogin();
  FinishExchangeRequest request = FinishOf(BeginExchange("x"), "x", "");
  request.expected = grant.refresh_token_generation;
  request.replay = Replay::kHarmless;
  store_->BeginSettling();
  EXPECT_EQ(Finish(request).outcome, Finished::kStored);
}

TEST_P(LoginStoreContract, AnExchangeThatInheritsKeepsTheOrphanOfItsToken) {
  const Grant grant = LogIn();
  const BeginRefreshAnswer begun = Go(grant.generation, "a");
  CreateLogin();
  FinishExchangeRequest request = FinishOf(BeginExchange("x"), "x", "");
  request.expected = grant.refresh_token_generation;
  request.generation = begun.next + 1;
  EXPECT_EQ(Finish(request).outcome, Finished::kStored);
  EXPECT_EQ(Begin(request.generation, "b").outcome, Begun::kBusy);
  LetTheLeaseExpire();
  EXPECT_EQ(Begin(request.generation, "b").outcome, Begun::kUnknown);
}

TEST_P(LoginStoreContract, AnExchangeThatWasNotSentMayBeTriedAgain) {
  CreateLogin();
  BeginExchange("a");
  EXPECT_EQ(Finish(FinishWith(LoginOutcome::Kind::kNotSent, "a")).outcome, Finished::kStored);
  EXPECT_EQ(BeginExchange("a").outcome, Exchange::kExpired);
  BeginExchangeRequest other = ExchangeOf("b");
  other.code_hash = "hash-of-another-code";
  EXPECT_EQ(Do(logins().BeginExchange(other)).outcome, Exchange::kGo);
}

TEST_P(LoginStoreContract, ARepeatedNotSentDisturbsNobody) {
  CreateLogin();
  BeginExchange("a");
  Finish(FinishWith(LoginOutcome::Kind::kNotSent, "a"));
  BeginExchange("b");
  EXPECT_EQ(Finish(FinishWith(LoginOutcome::Kind::kNotSent, "a")).outcome, Finished::kAlready);
  EXPECT_EQ(BeginExchange("c").outcome, Exchange::kBusy);
}

TEST_P(LoginStoreContract, ARefusalIsFinalAndChangesNoGrant) {
  const Grant grant = LogIn();
  CreateLogin();
  BeginExchange("a");
  FinishExchangeRequest request = FinishWith(LoginOutcome::Kind::kRefused, "a");
  request.outcome.refusal.reason = Reason::kCodeRejected;
  request.outcome.refusal.provider_error = "invalid_grant";
  EXPECT_EQ(Finish(request).outcome, Finished::kStored);
  const BeginExchangeAnswer again = BeginExchange("b");
  EXPECT_EQ(again.outcome, Exchange::kDone);
  EXPECT_EQ(again.login_outcome.kind, LoginOutcome::Kind::kRefused);
  EXPECT_EQ(again.login_outcome.refusal, request.outcome.refusal);
  EXPECT_EQ(Stored().generation, grant.generation);
  EXPECT_EQ(Finish(request).outcome, Finished::kAlready);
}

TEST_P(LoginStoreContract, FinishTellsTheChange) {
  ChangeRecorder recorder;
  grants().Subscribe(&recorder);
  CreateLogin();
  const int64_t generation = Finish(FinishOf(BeginExchange("a"), "a", "rt-1")).generation;
  Settle();
  ASSERT_EQ(recorder.changes.size(), 1u);
  EXPECT_EQ(recorder.changes[0].kind, ChangeKind::kLogin);
  EXPECT_EQ(recorder.changes[0].generation, generation);
}

}  // namespace
}  // namespace tokenbroker
