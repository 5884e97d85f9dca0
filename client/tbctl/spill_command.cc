#include "client/tbctl/spill_command.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/types/optional.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "client/tbctl/output.h"
#include "client/tbctl/store_session.h"
#include "store/spill_folder.h"

namespace tokenbroker::tbctl {
namespace {

// One line of the table.
struct Row {
  std::string attempt;
  std::string kind;
  std::string age;
  std::string key_id;
  std::string grant;
  int64_t age_seconds = 0;
  absl::optional<GrantKey> key = absl::nullopt;
};

std::string GrantText(const GrantKey& key) {
  return absl::StrCat(key.provider, " / ", key.subject, " (tenant ", key.tenant, ")");
}

Row RowOf(const SpillFile& file, const SpilledWrite& write, absl::Time now) {
  Row row;
  row.attempt = absl::BytesToHexString(AttemptOf(write));
  row.age = absl::FormatDuration(absl::Trunc(now - file.kept_at, absl::Seconds(1)));
  row.age_seconds = absl::ToInt64Seconds(now - file.kept_at);
  row.key_id = KeyIdOf(file);
  if (const auto* commit = std::get_if<CommitRequest>(&write)) {
    row.kind = "refresh";
    row.key = commit->record.key;
    row.grant = GrantText(*row.key);
    return row;
  }
  const auto& exchange = std::get<FinishExchangeRequest>(write);
  row.kind = "login";
  if (exchange.record) row.key = exchange.record->key;
  row.grant = exchange.record ? GrantText(exchange.record->key) : "none: the login was refused";
  return row;
}

void PrintJson(const std::vector<Row>& rows, std::ostream& out) {
  for (const Row& row : rows) {
    boost::json::object object = {{"attempt", row.attempt},
                                  {"kind", row.kind},
                                  {"age_seconds", row.age_seconds},
                                  {"key_id", row.key_id}};
    // Null: a login that was refused.
    object["grant"] = nullptr;
    if (row.key) {
      object["grant"] = {{"tenant", row.key->tenant},
                         {"provider", row.key->provider},
                         {"subject", row.key->subject}};
    }
    out << JsonLine(object);
  }
}

void Print(const std::vector<Row>& rows, std::ostream& out) {
  size_t attempt = 7, age = 3, key = 3;
  for (const Row& row : rows) {
    attempt = std::max(attempt, row.attempt.size());
    age = std::max(age, row.age.size());
    key = std::max(key, row.key_id.size());
  }
  const auto print = [&](const Row& row) {
    out << absl::StrFormat("%-*s  %-7s  %-*s  %-*s  %s\n", static_cast<int>(attempt), row.attempt,
                           row.kind, static_cast<int>(age), row.age, static_cast<int>(key),
                           row.key_id, row.grant);
  };
  print({"ATTEMPT", "KIND", "AGE", "KEY", "GRANT"});
  for (const Row& row : rows) print(row);
}

}  // namespace

ExitCode ListSpill(const Arguments& arguments, const StoreSurroundings& surroundings,
                   absl::Time now) {
  const absl::StatusOr<Snapshot> config = ReadBrokerConfig(arguments.config_file);
  if (!config.ok()) return FailStore(config.status(), surroundings.err);
  absl::StatusOr<Keyring> keyring = ReadBrokerKeyring(*config);
  if (!keyring.ok()) return FailStore(keyring.status(), surroundings.err);
  const absl::StatusOr<std::vector<SpillFile>> files = ReadSpillFiles(arguments.spill_dir);
  if (!files.ok()) {
    return FailStore(absl::InvalidArgumentError(files.status().message()), surroundings.err);
  }
  const FixedKeyring keys(*std::move(keyring));
  const Sealer sealer(keys);
  std::vector<Row> rows;
  ExitCode code = ExitCode::kDone;
  for (const SpillFile& file : *files) {
    const absl::StatusOr<SpilledWrite> write = FromSpillFile(file, sealer);
    if (write.ok()) {
      rows.push_back(RowOf(file, *write, now));
      continue;
    }
    surroundings.err << "tbctl: " << file.name << " cannot be opened: " << write.status().message()
                     << "\n";
    code = ExitCode::kOperatorMustAct;
  }
  if (arguments.json) {
    PrintJson(rows, surroundings.out);
    return code;
  }
  if (!rows.empty()) Print(rows, surroundings.out);
  if (files->empty()) surroundings.out << "nothing waits in " << arguments.spill_dir << "\n";
  return code;
}

}  // namespace tokenbroker::tbctl
