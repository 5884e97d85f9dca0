#include "client/tbctl/spill_replay.h"

#include <absl/strings/str_cat.h>

#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "broker/spill_recovery.h"
#include "cache/token_cache.h"
#include "client/tbctl/output.h"
#include "client/tbctl/store_session.h"
#include "http/curl_client.h"
#include "io/worker.h"
#include "oauth/discovering_resolver.h"
#include "oauth/http_token_endpoint.h"
#include "store/file_spill.h"
#include "store/redis_store.h"
#include "store/store_admin.h"

namespace tokenbroker::tbctl {
namespace {

// Of the surroundings' patience: how long the store may decide about nothing.
constexpr int kStandstill = 5;
constexpr absl::Duration kLook = absl::Milliseconds(20);
constexpr absl::Duration kRevocation = absl::Seconds(10);
constexpr size_t kCachedTokens = 1024;
constexpr uint64_t kSeed = 1;

RedisStoreOptions OptionsOf(const Snapshot& config) {
  RedisStoreOptions options;
  options.min_replica_acks = config.store.redis.min_replica_acks;
  options.replica = "tbctl";
  return options;
}

struct Outcome {
  // Files that could be opened, and those of them that still wait.
  size_t found = 0;
  size_t left = 0;
};

// The parts of a broker that recover a spill: no listener, no cache that anybody asks.
class Replay {
 public:
  Replay(StoreSession& session, Keyring keyring, SpillFolder folder)
      : session_(session),
        keyring_(std::move(keyring)),
        sealer_(keyring_),
        store_(session.loop(), session.client(), keyring_, session.metrics(),
               OptionsOf(session.config())),
        worker_(session.loop()),
        spill_(session.loop(), worker_, session.metrics(), std::move(folder), sealer_),
        config_(session.config()),
        http_(session.loop()),
        resolver_(session.loop(), http_, config_, kSeed),
        endpoint_(http_, session.loop().clock()),
        cache_(kCachedTokens),
        jitter_(kSeed),
        parts_(session.loop(), session.metrics(), config_, store_, spill_, resolver_, endpoint_,
               cache_, jitter_) {}

  absl::StatusOr<Outcome> Run() {
    return session_.Run(Work(), [this] { worker_.Stop(); });
  }

 private:
  Task<absl::StatusOr<Outcome>> Work() {
    const absl::Status reached = co_await session_.Reach();
    TB_CO_RETURN_IF_ERROR(reached);
    StoreAdmin admin(store_.parts().link);
    const absl::Status fit = co_await admin.MayStart();
    TB_CO_RETURN_IF_ERROR(fit);
    co_await RecoverSpill(&parts_, &store_);
    Outcome outcome;
    outcome.found = spill_.size();
    co_await UntilStandstill();
    outcome.left = spill_.size();
    const SteadyTime revoked_by = session_.loop().clock().SteadyNow() + kRevocation;
    co_await parts_.in_flight.WaitUntilNone(revoked_by);
    // Behind every removal that was begun.
    co_await worker_.Run<bool>([] { return true; });
    co_return outcome;
  }

  Task<void> UntilStandstill() {
    const Clock& clock = session_.loop().clock();
    size_t left = spill_.size();
    SteadyTime decided = clock.SteadyNow();
    while (left > 0 && clock.SteadyNow() < decided + kStandstill * session_.patience()) {
      co_await session_.loop().Sleep(kLook);
      if (spill_.size() < left) decided = clock.SteadyNow();
      left = spill_.size();
    }
  }

  StoreSession& session_;
  const FixedKeyring keyring_;
  const Sealer sealer_;
  RedisStore store_;
  Worker worker_;
  FileSpill spill_;
  FixedConfig config_;
  CurlClient http_;
  DiscoveringResolver resolver_;
  HttpTokenEndpoint endpoint_;
  TokenCache cache_;
  Jitter jitter_;
  BrokerParts parts_;
};

// What stands in the way of opening each file that is left; empty when nothing does.
std::vector<std::string> Unreadable(const std::vector<SpillFile>& files, const Sealer& sealer) {
  std::vector<std::string> lines;
  for (const SpillFile& file : files) {
    const absl::Status status = FromSpillFile(file, sealer).status();
    if (!status.ok()) {
      lines.push_back(absl::StrCat(file.name, " cannot be opened: ", status.message()));
    }
  }
  return lines;
}

ExitCode Print(const Outcome& outcome, const std::vector<std::string>& unreadable,
               const Arguments& arguments, const StoreSurroundings& surroundings) {
  surroundings.out << (arguments.json
                           ? JsonLine(boost::json::object{{"found", outcome.found},
                                                          {"left", outcome.left},
                                                          {"unreadable", unreadable.size()}})
                           : absl::StrCat("the store has decided about ",
                                          outcome.found - outcome.left, " of ", outcome.found,
                                          " writes in ", arguments.spill_dir, "\n"));
  for (const std::string& line : unreadable) surroundings.err << "tbctl: " << line << "\n";
  if (outcome.left > 0) {
    surroundings.err << "tbctl: " << outcome.left
                     << " writes are left: the store does not say; run it again\n";
    return ExitCode::kTryLater;
  }
  return unreadable.empty() ? ExitCode::kDone : ExitCode::kOperatorMustAct;
}

}  // namespace

ExitCode ReplaySpill(const Arguments& arguments, const StoreSurroundings& surroundings) {
  absl::StatusOr<Snapshot> config = ReadBrokerConfig(arguments.config_file);
  if (!config.ok()) return FailStore(config.status(), surroundings.err);
  const absl::StatusOr<Keyring> keyring = ReadBrokerKeyring(*config);
  if (!keyring.ok()) return FailStore(keyring.status(), surroundings.err);
  // Of a folder that is none nothing is made.
  absl::StatusOr<std::vector<SpillFile>> files = ReadSpillFiles(arguments.spill_dir);
  if (!files.ok()) {
    return FailStore(absl::InvalidArgumentError(files.status().message()), surroundings.err);
  }
  absl::StatusOr<SpillFolder> folder = SpillFolder::Open(arguments.spill_dir);
  if (!folder.ok()) {
    const std::string why = absl::StrCat(folder.status().message(),
                                         "; a broker stores what is in its own when it runs");
    return FailStore(absl::FailedPreconditionError(why), surroundings.err);
  }
  const FixedKeyring keys(*keyring);
  const std::vector<std::string> unreadable = Unreadable(*files, Sealer(keys));
  StoreSession session(*std::move(config), surroundings.patience);
  Replay replay(session, *keyring, *std::move(folder));
  const absl::StatusOr<Outcome> outcome = replay.Run();
  if (!outcome.ok()) return FailStore(outcome.status(), surroundings.err);
  return Print(*outcome, unreadable, arguments, surroundings);
}

}  // namespace tokenbroker::tbctl
