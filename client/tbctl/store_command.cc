#include "client/tbctl/store_command.h"

#include <absl/strings/str_cat.h>

#include <boost/json/array.hpp>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "client/tbctl/output.h"
#include "client/tbctl/store_session.h"
#include "config/redis_uri.h"
#include "store/due_index.h"
#include "store/store_admin.h"

namespace tokenbroker::tbctl {
namespace {

using Command = Arguments::Command;

struct Report {
  StoreInfo info;
  std::vector<ServerFinding> findings;
};

Task<absl::StatusOr<StoreInfo>> Work(StoreAdmin* admin, Arguments arguments) {
  switch (arguments.command) {
    case Command::kInitStore:
      co_return co_await admin->Init(arguments.shards);
    case Command::kUpgradeStore:
      co_return co_await admin->Upgrade(kStoreSchema, arguments.min_writer);
    default:
      co_return co_await admin->Info();
  }
}

Task<absl::StatusOr<Report>> WorkAndLook(StoreSession* session, StoreAdmin* admin,
                                         Arguments arguments) {
  const absl::Status reached = co_await session->Reach();
  TB_CO_RETURN_IF_ERROR(reached);
  absl::StatusOr<StoreInfo> info = co_await Work(admin, std::move(arguments));
  TB_CO_RETURN_IF_ERROR(info.status());
  const int replicas = session->config().store.redis.min_replica_acks;
  std::vector<ServerFinding> findings = co_await admin->CheckServers(replicas);
  co_return Report{*std::move(info), std::move(findings)};
}

// Between two steps of the scan: brokers use Redis meanwhile.
constexpr absl::Duration kPause = absl::Milliseconds(2);

Task<absl::StatusOr<MendedIndex>> MendAll(StoreSession* session, StoreLink* link) {
  const absl::Status reached = co_await session->Reach();
  TB_CO_RETURN_IF_ERROR(reached);
  StoreAdmin admin(*link);
  const absl::StatusOr<StoreInfo> info = co_await admin.Info();
  TB_CO_RETURN_IF_ERROR(info.status());
  const std::string missing = co_await link->Learn();
  if (!missing.empty()) co_return absl::UnavailableError("redis does not answer");
  DueIndex index(*link);
  co_return co_await index.MendAll(kPause);
}

ExitCode Print(const MendedIndex& mended, const Arguments& arguments, std::ostream& out) {
  if (arguments.json) {
    out << JsonLine(boost::json::object{{"grants", mended.grants}, {"added", mended.added}});
  } else {
    out << "of " << mended.grants << " grants " << mended.added << " had no entry in the index"
        << (mended.added > 0 ? ", and have one now\n" : "\n");
  }
  return ExitCode::kDone;
}

boost::json::object AsJson(const Report& report, const std::string& where) {
  const StoreInfo& info = report.info;
  boost::json::object grants;
  for (const auto& [provider, count] : info.grants) grants[provider] = count;
  boost::json::array findings;
  for (const ServerFinding& finding : report.findings) {
    const bool fatal = finding.severity == ServerFinding::Severity::kFatal;
    findings.push_back(boost::json::object{{"fatal", fatal}, {"text", finding.text}});
  }
  return {{"store_id", info.store_id},   {"redis", where},
          {"shards", info.shards},       {"missing_shards", info.missing_shards},
          {"schema", info.schema},       {"min_writer", info.min_writer},
          {"grants", std::move(grants)}, {"findings", std::move(findings)}};
}

void PrintText(const StoreInfo& info, const std::string& where, std::ostream& out) {
  out << "store " << info.store_id << " in " << where << "\n"
      << "  shards: " << info.shards << "\n"
      << "  schema: " << info.schema << " (this tbctl writes " << kStoreSchema << ")\n"
      << "  oldest broker that may write: " << info.min_writer << "\n";
  for (const auto& [provider, count] : info.grants) {
    out << "  grants of " << provider << ": " << count << ", revoked and deleted ones included\n";
  }
  if (info.grants.empty()) out << "  grants: none yet\n";
}

// What there is in Redis where a broker refuses everything, or would not start.
ExitCode Print(const Report& report, const std::string& where, const Arguments& arguments,
               const StoreSurroundings& surroundings) {
  const StoreInfo& info = report.info;
  if (arguments.json) {
    surroundings.out << JsonLine(AsJson(report, where));
  } else {
    PrintText(info, where, surroundings.out);
  }
  ExitCode code = ExitCode::kDone;
  if (info.min_writer > kStoreSchema) {
    surroundings.err
        << "tbctl: brokers of this version do not start on it; it wants one that writes "
        << "schema " << info.min_writer << " or later\n";
    code = ExitCode::kOperatorMustAct;
  }
  if (info.missing_shards > 0) {
    surroundings.err << "tbctl: " << info.missing_shards
                     << " shards have no meta and refuse everything; `tbctl store init` mends it\n";
    code = ExitCode::kOperatorMustAct;
  }
  for (const ServerFinding& finding : report.findings) {
    const bool fatal = finding.severity == ServerFinding::Severity::kFatal;
    surroundings.err << "tbctl: " << (fatal ? "" : "warning: ") << finding.text
                     << (fatal ? "; no broker starts on it" : "") << "\n";
    if (fatal) code = ExitCode::kOperatorMustAct;
  }
  return code;
}

}  // namespace

ExitCode StoreCommand(const Arguments& arguments, const StoreSurroundings& surroundings) {
  absl::StatusOr<Snapshot> config = ReadBrokerConfig(arguments.config_file);
  if (!config.ok()) return FailStore(config.status(), surroundings.err);
  StoreSession session(*std::move(config), surroundings.patience);
  StoreLink link(session.loop(), session.client(), session.metrics(), {});
  if (arguments.command == Command::kMendStore) {
    const auto mended = session.Run(MendAll(&session, &link));
    if (!mended.ok()) return FailStore(mended.status(), surroundings.err);
    return Print(*mended, arguments, surroundings.out);
  }
  StoreAdmin admin(link);
  const auto report = session.Run(WorkAndLook(&session, &admin, arguments));
  if (!report.ok()) return FailStore(report.status(), surroundings.err);
  return Print(*report, RedisUriText(session.config().store.redis.uri), arguments, surroundings);
}

}  // namespace tokenbroker::tbctl
