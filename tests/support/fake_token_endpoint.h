// A provider's token endpoint that answers as the test says, when the test says, and remembers what
// it was sent. Loop thread only.
#pragma once

#include <absl/strings/str_cat.h>

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/event.h"
#include "io/loop.h"
#include "oauth/token_endpoint.h"

namespace tokenbroker {

// A successful answer; empty `refresh_token` for one that brings none.
inline TokenAnswer TokensAnswer(std::string access_token, std::string refresh_token,
                                absl::optional<absl::Duration> expires_in = absl::Hours(1)) {
  TokenResponse tokens;
  tokens.access_token = Secret(std::move(access_token));
  tokens.refresh_token = Secret(std::move(refresh_token));
  tokens.token_type = "Bearer";
  tokens.expires_in = expires_in;
  TokenAnswer answer;
  answer.delivery = Delivery::kAnswered;
  answer.tokens = std::move(tokens);
  return answer;
}

inline TokenAnswer FailedAnswer(Delivery delivery, ErrorClass error_class, std::string error) {
  TokenAnswer answer;
  answer.delivery = delivery;
  answer.error_class = error_class;
  answer.error = std::move(error);
  return answer;
}

inline TokenAnswer NotSentAnswer() {
  return FailedAnswer(Delivery::kNotSent, ErrorClass::kProviderTrouble, "connection");
}

inline TokenAnswer LostAnswer() {
  return FailedAnswer(Delivery::kLostAnswer, ErrorClass::kProviderTrouble, "timeout");
}

// What is not scripted is answered with success: "access-N" and "refresh-N" that live an hour, N
// counting the requests.
class FakeTokenEndpoint : public TokenEndpoint {
 public:
  explicit FakeTokenEndpoint(Loop& loop) : loop_(loop) {}

  // The next answers, in this order; sent_at is set when they are given.
  void AnswerRefresh(TokenAnswer answer) { refresh_answers_.push_back(std::move(answer)); }
  void AnswerExchange(TokenAnswer answer) { exchange_answers_.push_back(std::move(answer)); }
  void AnswerAccount(absl::StatusOr<Account> account) { account_ = std::move(account); }
  void AnswerRevoke(absl::Status status) { revoke_answer_ = std::move(status); }

  // How long every answer travels from now on.
  void SetLatency(absl::Duration latency) { latency_ = latency; }
  // Requests arrive and are acted upon, but nobody hears an answer before Release().
  void Hold() { gate_ = std::make_shared<Event>(loop_); }
  void Release() {
    if (gate_ != nullptr) gate_->Notify();
    gate_ = nullptr;
  }

  const std::vector<RefreshTokenRequest>& refreshes() const { return refreshes_; }
  const std::vector<CodeExchangeRequest>& exchanges() const { return exchanges_; }
  const std::vector<RevocationRequest>& revocations() const { return revocations_; }
  int account_requests() const { return account_requests_; }

  Task<TokenAnswer> Refresh(RefreshTokenRequest request) override {
    refreshes_.push_back(std::move(request));
    TokenAnswer answer = Next(&refresh_answers_);
    co_await Travel();
    co_return answer;
  }

  Task<TokenAnswer> ExchangeCode(CodeExchangeRequest request) override {
    exchanges_.push_back(std::move(request));
    TokenAnswer answer = Next(&exchange_answers_);
    co_await Travel();
    co_return answer;
  }

  Task<absl::Status> Revoke(RevocationRequest request) override {
    revocations_.push_back(std::move(request));
    const absl::Status answer = revoke_answer_;
    co_await Travel();
    co_return answer;
  }

  Task<absl::StatusOr<Account>> FetchAccount(std::shared_ptr<const ResolvedProvider> /*provider*/,
                                             Secret /*access_token*/) override {
    ++account_requests_;
    const absl::StatusOr<Account> answer = account_;
    co_await Travel();
    co_return answer;
  }

 private:
  TokenAnswer Next(std::deque<TokenAnswer>* script) {
    const size_t n = refreshes_.size() + exchanges_.size();
    TokenAnswer answer = TokensAnswer(absl::StrCat("access-", n), absl::StrCat("refresh-", n));
    if (!script->empty()) {
      answer = std::move(script->front());
      script->pop_front();
    }
    answer.sent_at = loop_.clock().SteadyNow();
    return answer;
  }

  Task<void> Travel() {
    co_await loop_.Sleep(latency_);
    const std::shared_ptr<Event> gate = gate_;
    if (gate != nullptr) {
      co_await gate->Wait();
    }
  }

  Loop& loop_;
  std::deque<TokenAnswer> refresh_answers_;
  std::deque<TokenAnswer> exchange_answers_;
  absl::StatusOr<Account> account_ = absl::UnavailableError("no account is scripted");
  absl::Status revoke_answer_ = absl::OkStatus();
  absl::Duration latency_ = absl::ZeroDuration();
  std::shared_ptr<Event> gate_;
  std::vector<RefreshTokenRequest> refreshes_;
  std::vector<CodeExchangeRequest> exchanges_;
  std::vector<RevocationRequest> revocations_;
  int account_requests_ = 0;
};

}  // namespace tokenbroker
