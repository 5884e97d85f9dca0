#include "tests/simulation/store_link.h"

#include <algorithm>

namespace tokenbroker::simulation {
namespace {

// After this a call that was not answered has failed.
constexpr absl::Duration kCallTimeout = absl::Seconds(1);

using Fate = Network::Fate;

}  // namespace

StoreLink::~StoreLink() = default;

template <typename Answer>
struct StoreLink::Reply {
  explicit Reply(Loop& loop) : done(loop) {}
  Event done;
  Answer answer{};
};

// `execute` runs at the store, with nothing of the process: it may be gone by then.
template <typename Answer, typename Execute>
Task<Answer> StoreLink::Call(absl::string_view name, Execute execute) {
  const auto reply = std::make_shared<Reply<Answer>>(loop_);
  const SteadyTime sent = network_.Now();
  const Fate fate = network_.FateOfStoreCall(self_.replica, name);
  Scheduler& scheduler = network_.scheduler();
  const std::weak_ptr<Reply<Answer>> waiting = reply;
  const auto answered = [network = &network_, self = self_, waiting](Answer answer, SteadyTime at) {
    network->Tell(self, at, [waiting, answer = std::move(answer)]() mutable {
      const std::shared_ptr<Reply<Answer>> waits = waiting.lock();
      if (waits == nullptr || waits->done.notified()) return;
      waits->answer = std::move(answer);
      waits->done.Notify();
    });
  };
  if (fate.kind != Fate::Kind::kLostThere) {
    const bool in_order = fate.kind != Fate::Kind::kLate && fate.kind != Fate::Kind::kOvertaken;
    const SteadyTime arrives =
        in_order ? network_.ArrivalAtStore(self_.replica, fate.there) : sent + fate.there;
    scheduler.At(arrives, [network = &network_, server = &server_, self = self_, fate, answered,
                           execute = std::move(execute)]() mutable {
      if (server->away()) return;
      Answer answer = execute(*server, self);
      if (fate.kind == Fate::Kind::kOvertaken) {
        return answered(std::move(answer), network->Now() + fate.back);
      }
      if (fate.kind != Fate::Kind::kArrives) return;
      answered(std::move(answer), network->ArrivalFromStore(self.replica, fate.back));
    });
  }
  // Without an answer it is the default one, which says that the outcome is unknown.
  co_await reply->done.WaitUntil(sent + kCallTimeout);
  if constexpr (requires { reply->answer.time; }) reply->answer.time.steady = sent;
  co_return std::move(reply->answer);
}

Task<LoadAnswer> StoreLink::Load(GrantKey key) {
  return Call<LoadAnswer>("load", [key = std::move(key)](StoreServer& server, const Process& by) {
    return server.Load(by, key);
  });
}

Task<BeginRefreshAnswer> StoreLink::BeginRefresh(BeginRefreshRequest request) {
  return Call<BeginRefreshAnswer>(
      "begin", [request = std::move(request)](StoreServer& server, const Process& by) {
        return server.BeginRefresh(by, request);
      });
}

Task<RenewAnswer> StoreLink::Renew(RenewRequest request) {
  return Call<RenewAnswer>("renew",
                           [request = std::move(request)](StoreServer& server, const Process& by) {
                             return server.Renew(by, request);
                           });
}

Task<CommitAnswer> StoreLink::Commit(CommitRequest request) {
  return Call<CommitAnswer>("commit",
                            [request = std::move(request)](StoreServer& server, const Process& by) {
                              return server.Commit(by, request);
                            });
}

Task<FailAnswer> StoreLink::Fail(FailRequest request) {
  return Call<FailAnswer>("fail",
                          [request = std::move(request)](StoreServer& server, const Process& by) {
                            return server.Fail(by, request);
                          });
}

Task<PutGrantAnswer> StoreLink::PutGrant(PutGrantRequest request) {
  return Call<PutGrantAnswer>(
      "put", [request = std::move(request)](StoreServer& server, const Process& by) {
        return server.PutGrant(by, request);
      });
}

Task<ClaimAnswer> StoreLink::ClaimDue(std::string provider, int limit, absl::Duration push) {
  return Call<ClaimAnswer>(
      "claim", [provider = std::move(provider), limit, push](StoreServer& server, const Process&) {
        return server.Execute(server.store().ClaimDue(provider, limit, push));
      });
}

Task<bool> StoreLink::Touch(std::vector<std::pair<GrantKey, absl::Time>> uses) {
  return Call<bool>("other", [uses = std::move(uses)](StoreServer& server, const Process&) {
    return server.Execute(server.store().Touch(uses));
  });
}

Task<ListAnswer> StoreLink::List(GrantFilter filter, int page_size, std::string page) {
  return Call<ListAnswer>("other", [filter = std::move(filter), page_size, page = std::move(page)](
                                       StoreServer& server, const Process&) {
    return server.Execute(server.store().List(filter, page_size, page));
  });
}

Task<KeyUsageAnswer> StoreLink::CountKeyUsage() {
  return Call<KeyUsageAnswer>("other", [](StoreServer& server, const Process&) {
    return server.Execute(server.store().CountKeyUsage());
  });
}

Task<ProviderStateAnswer> StoreLink::GetProviderState(std::string provider) {
  return Call<ProviderStateAnswer>(
      "other", [provider = std::move(provider)](StoreServer& server, const Process&) {
        return server.Execute(server.store().GetProviderState(provider));
      });
}

Task<ProviderStateAnswer> StoreLink::SetProviderState(std::string provider, ProviderChange change) {
  return Call<ProviderStateAnswer>(
      "other", [provider = std::move(provider), change = std::move(change)](StoreServer& server,
                                                                            const Process&) {
        return server.Execute(server.store().SetProviderState(provider, change));
      });
}

void StoreLink::Subscribe(ChangeListener* listener) { network_.Subscribe(self_, listener); }

Task<CreateLoginAnswer> StoreLink::CreateLogin(std::string state, Login login) {
  return Call<CreateLoginAnswer>(
      "create_login",
      [state = std::move(state), login = std::move(login)](StoreServer& server, const Process&) {
        return server.Execute(server.store().CreateLogin(state, login));
      });
}

Task<BeginExchangeAnswer> StoreLink::PeekLogin(std::string state) {
  return Call<BeginExchangeAnswer>("other",
                                   [state = std::move(state)](StoreServer& server, const Process&) {
                                     return server.Execute(server.store().PeekLogin(state));
                                   });
}

Task<BeginExchangeAnswer> StoreLink::BeginExchange(BeginExchangeRequest request) {
  return Call<BeginExchangeAnswer>(
      "begin_exchange", [request = std::move(request)](StoreServer& server, const Process& by) {
        return server.BeginExchange(by, request);
      });
}

Task<FinishExchangeAnswer> StoreLink::FinishExchange(FinishExchangeRequest request) {
  server_.NoteBrought(self_, request);
  return Call<FinishExchangeAnswer>(
      "finish_exchange", [request = std::move(request)](StoreServer& server, const Process& by) {
        return server.FinishExchange(by, request);
      });
}

}  // namespace tokenbroker::simulation
