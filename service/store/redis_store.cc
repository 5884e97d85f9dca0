#include "store/redis_store.h"

#include <absl/strings/escaping.h>

#include <algorithm>

#include "crypto/random.h"
#include "store/answer_words.h"
#include "store/grant_walk.h"
#include "store/key_usage.h"

namespace tokenbroker {
namespace {

std::string NameOf(const std::string& replica) {
  return replica.empty() ? absl::BytesToHexString(RandomBytes(8)) : replica;
}

}  // namespace

RedisStore::RedisStore(Loop& loop, RedisClient& client, const KeyringSource& keyring,
                       Metrics& metrics, RedisStoreOptions options)
    : link_(loop, client, metrics, std::move(options.link)),
      sealer_(keyring, loop.clock()),
      memory_(link_),
      replicas_(link_, options.min_replica_acks, options.replica_timeout),
      parts_{link_, sealer_, memory_, replicas_},
      refreshes_(parts_),
      puts_(parts_),
      logins_(parts_, puts_),
      due_(parts_),
      listing_(parts_),
      providers_(parts_),
      feed_(link_, NameOf(options.replica)),
      keyring_(keyring) {}

void RedisStore::Start() { link_.loop().Spawn(memory_.Run()); }

Task<LoadAnswer> RedisStore::Load(GrantKey key) { return refreshes_.Load(std::move(key)); }

Task<BeginRefreshAnswer> RedisStore::BeginRefresh(BeginRefreshRequest request) {
  return refreshes_.Begin(std::move(request));
}

Task<RenewAnswer> RedisStore::Renew(RenewRequest request) {
  return refreshes_.Renew(std::move(request));
}

Task<CommitAnswer> RedisStore::Commit(CommitRequest request) {
  return refreshes_.Commit(std::move(request));
}

Task<FailAnswer> RedisStore::Fail(FailRequest request) {
  return refreshes_.Fail(std::move(request));
}

Task<PutGrantAnswer> RedisStore::PutGrant(PutGrantRequest request) {
  return puts_.Put(std::move(request));
}

Task<ClaimAnswer> RedisStore::ClaimDue(std::string provider, int limit, absl::Duration push) {
  return due_.Claim(std::move(provider), limit, push);
}

Task<bool> RedisStore::Touch(std::vector<std::pair<GrantKey, absl::Time>> uses) {
  return due_.Touch(std::move(uses));
}

Task<ListAnswer> RedisStore::List(GrantFilter filter, int page_size, std::string page) {
  return listing_.List(std::move(filter), page_size, std::move(page));
}

Task<KeyUsageAnswer> RedisStore::CountKeyUsage() {
  const std::string missing = co_await link_.Learn();
  if (!missing.empty()) co_return AnswerWithoutStore<KeyUsageAnswer>(missing);
  GrantWalk walk(parts_, absl::ZeroDuration());
  const absl::StatusOr<WalkResult> walked = co_await walk.Run(GrantWalk::What::kCount);
  KeyUsageAnswer answer;
  if (!walked.ok()) co_return answer;
  answer.outcome = KeyUsageAnswer::Outcome::kOk;
  const Clock& clock = link_.loop().clock();
  answer.keys = JudgeKeys(*keyring_.Current(), walked->by_key,
                          feed_.fleet().SpillKeys(clock.SteadyNow()), clock.TimeNow());
  co_return answer;
}

Task<ProviderStateAnswer> RedisStore::GetProviderState(std::string provider) {
  return providers_.Get(std::move(provider));
}

Task<ProviderStateAnswer> RedisStore::SetProviderState(std::string provider,
                                                       ProviderChange change) {
  return providers_.Set(std::move(provider), std::move(change));
}

int RedisStore::LiveReplicas() {
  return std::max(1, feed_.fleet().Live(link_.loop().clock().SteadyNow()));
}

void RedisStore::Subscribe(ChangeListener* listener) { feed_.Start(listener); }

std::string RedisStore::StatePrefix(const GrantKey& key) { return logins_.StatePrefix(key); }

Task<CreateLoginAnswer> RedisStore::CreateLogin(std::string state, Login login) {
  return logins_.Create(std::move(state), std::move(login));
}

Task<BeginExchangeAnswer> RedisStore::PeekLogin(std::string state) {
  return logins_.Peek(std::move(state));
}

Task<BeginExchangeAnswer> RedisStore::BeginExchange(BeginExchangeRequest request) {
  return logins_.Begin(std::move(request));
}

Task<FinishExchangeAnswer> RedisStore::FinishExchange(FinishExchangeRequest request) {
  return logins_.Finish(std::move(request));
}

}  // namespace tokenbroker
