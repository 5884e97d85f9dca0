// A token keeper between a fake broker and a simulated clock.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>

#include "client/library/error_details.h"
#include "client/library/token_keeper.h"
#include "tests/client_library/fake_broker_link.h"
#include "tests/client_library/simulated_timers.h"
#include "tokenbroker/client/error.h"

namespace tokenbroker::client {

class KeeperTest : public ::testing::Test {
 protected:
  using Answer = absl::StatusOr<AccessTokenPtr>;

  KeeperTest() {
    options_.provider = "spotify";
    options_.subject = "user-42";
  }
  ~KeeperTest() override {
    if (keeper_ != nullptr) keeper_->Close();
  }

  void Start() {
    keeper_ = std::make_shared<TokenKeeper>(options_, link_, timers_);
    keeper_->Start();
  }

  // Good for an hour from now on, and to be replaced after 50 minutes.
  AccessTokenPtr MakeToken(int64_t generation, absl::Duration life = absl::Hours(1)) const {
    AccessToken::Facts facts;
    facts.type = "Bearer";
    facts.generation = generation;
    facts.expire_time = timers_->Now() + life;
    facts.refresh_time = timers_->Now() + life * 5 / 6;
    return std::make_shared<const AccessToken>("token-" + std::to_string(generation),
                                               std::move(facts));
  }

  // The stream says the token, and the keeper has it.
  void StartWith(int64_t generation) {
    Start();
    link_->NthWatch(1).Say(MakeToken(generation));
  }

  // Token() in a thread of its own, without end.
  std::future<Answer> Ask(absl::Time deadline = absl::InfiniteFuture()) {
    return std::async(std::launch::async,
                      [keeper = keeper_, deadline] { return keeper->Token(deadline); });
  }

  static std::string TextOf(const Answer& answer) {
    if (!answer.ok()) return answer.status().ToString();
    return std::string((*answer)->Expose().data(), (*answer)->Expose().size());
  }
  // Without waiting for the broker.
  std::string TokenNow() { return TextOf(keeper_->Token(timers_->Now())); }
  std::string ReasonNow() { return BrokerErrorIn(keeper_->Token(timers_->Now()).status()).reason; }

  TokenSourceOptions options_;
  const std::shared_ptr<FakeBrokerLink> link_ = std::make_shared<FakeBrokerLink>();
  const std::shared_ptr<SimulatedTimers> timers_ = std::make_shared<SimulatedTimers>();
  std::shared_ptr<TokenKeeper> keeper_;
};

}  // namespace tokenbroker::client
