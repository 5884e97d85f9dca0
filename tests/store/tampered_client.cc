#include "tests/store/tampered_client.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "io/use_task.h"
#include "store/redis_keys.h"

namespace tokenbroker {
namespace {

constexpr char kMark[] = "test-mark ";

const std::map<std::string, StoreVerb>& VerbsByScript() {
  static const auto& verbs =
      *new std::map<std::string, StoreVerb>{{"load", StoreVerb::kLoad},
                                            {"begin_refresh", StoreVerb::kBeginRefresh},
                                            {"renew", StoreVerb::kRenew},
                                            {"commit", StoreVerb::kCommit},
                                            {"fail", StoreVerb::kFail},
                                            {"put_grant", StoreVerb::kPutGrant},
                                            {"peek_due", StoreVerb::kClaimDue},
                                            {"touch", StoreVerb::kTouch},
                                            {"list_members", StoreVerb::kList},
                                            {"get_provider", StoreVerb::kGetProviderState},
                                            {"set_provider", StoreVerb::kSetProviderState},
                                            {"create_login", StoreVerb::kCreateLogin},
                                            {"peek_login", StoreVerb::kPeekLogin},
                                            {"begin_exchange", StoreVerb::kBeginExchange},
                                            {"finish_exchange", StoreVerb::kFinishExchange}};
  return verbs;
}

}  // namespace

StoreFault TamperedClient::Take(const std::string& script) {
  const auto verb = VerbsByScript().find(script);
  if (verb == VerbsByScript().end()) return StoreFault();
  std::deque<StoreFault>& faults = faults_[verb->second];
  if (faults.empty()) return StoreFault();
  const StoreFault fault = faults.front();
  faults.pop_front();
  return fault;
}

Task<absl::StatusOr<RedisReply>> TamperedClient::Call(RedisCommand command) {
  ++under_way_;
  auto reply = co_await client_.Call(std::move(command));
  --under_way_;
  co_return reply;
}

Task<absl::StatusOr<RedisReply>> TamperedClient::Run(ScriptCall call) {
  const StoreFault fault = Take(call.script->name());
  const absl::Status lost = absl::UnavailableError("tampered with");
  const bool waits_first = fault.what != StoreFault::What::kExecutedLate &&
                           fault.what != StoreFault::What::kAnsweredLate;
  if (waits_first && fault.delay > absl::ZeroDuration()) {
    co_await loop_.Sleep(fault.delay);
    call.deadline = SteadyTime::InfiniteFuture();
  }
  switch (fault.what) {
    case StoreFault::What::kNone:
      co_return co_await Execute(std::move(call));
    case StoreFault::What::kAnsweredLate: {
      auto reply = co_await Execute(std::move(call));
      co_await loop_.Sleep(fault.delay);
      co_return reply;
    }
    case StoreFault::What::kLostAcknowledgement:
      co_await ExecuteAndForget(std::move(call));
      co_return lost;
    case StoreFault::What::kExecutedLate:
      loop_.CallAt(loop_.clock().SteadyNow() + fault.delay, [this, call = std::move(call)] {
        ScriptCall late = call;
        late.deadline = SteadyTime::InfiniteFuture();
        loop_.Spawn(ExecuteAndForget(std::move(late)));
      });
      [[fallthrough]];
    case StoreFault::What::kUnavailable:
      co_await boost::asio::post(loop_.context(), kUseTask);
      co_return lost;
  }
  co_return lost;
}

Task<absl::StatusOr<RedisReply>> TamperedClient::Execute(ScriptCall call) {
  ++under_way_;
  ++scripts_run_;
  const std::string& key = call.keys.front();
  const size_t open = key.find('{');
  const std::string tag =
      open == std::string::npos ? key : key.substr(open + 1, key.find('}') - open - 1);
  const std::string now = absl::StrCat(absl::ToUnixMillis(clock_()));
  // A full server keeps the time that it was told last.
  server_.Command({"SET", absl::StrCat("{", tag, "}:clock"), now});
  auto reply = co_await client_.Run(std::move(call));
  --under_way_;
  marked_ = false;
  co_return reply;
}

Task<void> TamperedClient::ExecuteAndForget(ScriptCall call) {
  const auto reply = co_await Execute(std::move(call));
  EXPECT_TRUE(reply.ok()) << reply.status();
}

Task<absl::Status> TamperedClient::AwaitReplicas(std::string barrier_key, int replicas,
                                                 SteadyTime deadline) {
  ++under_way_;
  const absl::Status status =
      co_await client_.AwaitReplicas(std::move(barrier_key), replicas, deadline);
  --under_way_;
  co_return status;
}

bool TamperedClient::WaitOutside() {
  const bool waits_for_messages =
      listener_ != nullptr && (!subscribed_ || !marked_ || heard_mark_ != published_mark_);
  if (under_way_ == 0 && !waits_for_messages) return false;
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  for (;;) {
    const bool idle = loop_.Poll() == 0;
    if (under_way_ == 0 && subscribed_ && !marked_) {
      marked_ = true;
      server_.Command(
          {"PUBLISH", std::string(kChangedChannel), absl::StrCat(kMark, ++published_mark_)});
    }
    const bool heard = listener_ == nullptr || (subscribed_ && heard_mark_ == published_mark_);
    if (under_way_ == 0 && heard) return true;
    const bool waits = under_way_ > 0 || (listener_ != nullptr && !subscribed_);
    if (idle && waits && pending_() == 0) return false;
    if (std::chrono::steady_clock::now() > patience) break;
    loop_.context().restart();
    loop_.context().run_one_for(std::chrono::milliseconds(100));
  }
  ADD_FAILURE() << "the server does not answer";
  std::abort();
}

void TamperedClient::Subscribe(std::string channel, ChannelListener* listener) {
  listener_ = listener;
  client_.Subscribe(std::move(channel), this);
  // What is published from the next call on is heard.
  while (!subscribed_) {
    loop_.context().restart();
    loop_.context().run_one_for(std::chrono::milliseconds(100));
  }
}

void TamperedClient::OnMessage(absl::string_view payload) {
  if (absl::ConsumePrefix(&payload, kMark)) {
    EXPECT_TRUE(absl::SimpleAtoi(payload, &heard_mark_));
    return;
  }
  if (!cut_ && !deaf_) listener_->OnMessage(payload);
}

void TamperedClient::OnSubscribed() {
  subscribed_ = true;
  listener_->OnSubscribed();
}

void TamperedClient::OnLost() {
  subscribed_ = false;
  listener_->OnLost();
}

void TamperedClient::Cut() {
  cut_ = true;
  loop_.Post([this] { listener_->OnLost(); });
}

void TamperedClient::Restore() {
  cut_ = false;
  loop_.Post([this] { listener_->OnSubscribed(); });
}

}  // namespace tokenbroker
