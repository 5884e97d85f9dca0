#include "client/tbctl/keyring_command.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <string>
#include <vector>

#include "client/tbctl/output.h"
#include "config/keyring_file.h"
#include "crypto/keyring_changes.h"
#include "crypto/keyring_text.h"

namespace tokenbroker::tbctl {
namespace {

ExitCode Fail(const absl::Status& status, const KeyringSurroundings& surroundings) {
  surroundings.err << "tbctl: " << status.message() << "\n";
  if (absl::IsUnavailable(status)) return ExitCode::kTryLater;
  const bool usage = absl::IsNotFound(status) || absl::IsInvalidArgument(status);
  return usage ? ExitCode::kUsage : ExitCode::kFailed;
}

absl::StatusOr<Keyring> Read(const std::string& path, std::ostream& err) {
  FileRecord files(ReadSmallFile);
  const absl::StatusOr<Keyring> keyring = ReadKeyringFile(path, files);
  if (const std::string loose = DescribeLooseMode(path); keyring.ok() && !loose.empty()) {
    err << "tbctl: warning: " << loose << "\n";
  }
  return keyring;
}

std::string Role(const Keyring& keyring, const SealingKey& key, absl::Time now) {
  if (key.id == keyring.WriteKey(now).id) return "seals";
  if (key.write_from > now) return "opens, seals from its time on";
  if (CheckRetirable(keyring, key.id, now).ok()) return "opens, may be retired";
  return absl::StrCat("opens, may be retired after ",
                      FormatKeyTime(WritesUntil(keyring, key) + kRetireDelay));
}

boost::json::object KeyAsJson(const Keyring& keyring, const SealingKey& key, absl::Time now) {
  return {{"id", key.id},
          {"create_time", FormatKeyTime(key.created)},
          {"write_from_time", FormatKeyTime(key.write_from)},
          {"seals", key.id == keyring.WriteKey(now).id},
          {"retirable", CheckRetirable(keyring, key.id, now).ok()}};
}

ExitCode New(const Arguments& arguments, const KeyringSurroundings& surroundings) {
  const Keyring keyring = NewKeyring(surroundings.now);
  const absl::Status written = WriteKeyringFile(arguments.keyring_file, keyring, Existing::kRefuse);
  if (!written.ok()) return Fail(written, surroundings);
  if (arguments.json) {
    surroundings.out << JsonLine(KeyAsJson(keyring, keyring.keys()[0], surroundings.now));
    return ExitCode::kDone;
  }
  surroundings.out << "made " << arguments.keyring_file << " with the key " << keyring.keys()[0].id
                   << "\n"
                   << "keep a copy in a safe place: without it nobody can read the grants\n";
  return ExitCode::kDone;
}

ExitCode AddOne(const Arguments& arguments, const KeyringSurroundings& surroundings) {
  const absl::StatusOr<Keyring> before = Read(arguments.keyring_file, surroundings.err);
  if (!before.ok()) return Fail(before.status(), surroundings);
  const absl::Duration lead = arguments.lead.value_or(kWriteLead);
  const Keyring after = AddKey(*before, surroundings.now, lead);
  const absl::Status written = WriteKeyringFile(arguments.keyring_file, after, Existing::kReplace);
  if (!written.ok()) return Fail(written, surroundings);
  const auto added =
      std::find_if(after.keys().begin(), after.keys().end(),
                   [&before](const SealingKey& key) { return before->Find(key.id) == nullptr; });
  if (arguments.json) {
    surroundings.out << JsonLine(KeyAsJson(after, *added, surroundings.now));
  } else {
    surroundings.out << "added the key " << added->id << ": opens at once, seals from "
                     << FormatKeyTime(added->write_from) << " on\n"
                     << "bring the file to every replica before that\n";
  }
  if (lead < kWriteLead) {
    surroundings.err << "tbctl: warning: a replica that has no new file by then cannot read what "
                        "the others seal\n";
  }
  return ExitCode::kDone;
}

ExitCode List(const Arguments& arguments, const KeyringSurroundings& surroundings) {
  const absl::StatusOr<Keyring> keyring = Read(arguments.keyring_file, surroundings.err);
  if (!keyring.ok()) return Fail(keyring.status(), surroundings);
  if (arguments.json) {
    for (const SealingKey& key : keyring->keys()) {
      surroundings.out << JsonLine(KeyAsJson(*keyring, key, surroundings.now));
    }
    return ExitCode::kDone;
  }
  size_t width = 2;
  for (const SealingKey& key : keyring->keys()) width = std::max(width, key.id.size());
  const auto print = [&surroundings, width](absl::string_view id, absl::string_view created,
                                            absl::string_view write_from, absl::string_view role) {
    surroundings.out << absl::StrFormat("%-*s  %-20s  %-20s  %s\n", static_cast<int>(width), id,
                                        created, write_from, role);
  };
  print("ID", "CREATED", "WRITE FROM", "ROLE");
  for (const SealingKey& key : keyring->keys()) {
    print(key.id, FormatKeyTime(key.created), FormatKeyTime(key.write_from),
          Role(*keyring, key, surroundings.now));
  }
  return ExitCode::kDone;
}

// OK when the store says that nothing needs the key, or when it is not known and that is to be
// ignored.
absl::Status CheckUnused(const Arguments& arguments, const KeyringSurroundings& surroundings) {
  const absl::StatusOr<KeyUsage> usage =
      arguments.config_file.empty()
          ? absl::InvalidArgumentError("no --config says which store to ask")
          : surroundings.usage(arguments.config_file, arguments.key_id);
  if (!usage.ok()) {
    const std::string unknown =
        absl::StrCat("it is not known whether anything is sealed with the key ", arguments.key_id,
                     ": ", usage.status().message());
    if (!arguments.force) {
      return absl::Status(usage.status().code(),
                          absl::StrCat(unknown, "; --force retires it all the same"));
    }
    surroundings.err << "tbctl: warning: " << unknown << "\n";
    return absl::OkStatus();
  }
  std::vector<std::string> needed_by;
  if (usage->grants > 0) needed_by.push_back(absl::StrCat(usage->grants, " grants"));
  if (usage->spilled) needed_by.push_back("a token that waits in some broker's spill folder");
  if (usage->seals) needed_by.push_back("logins, as the configuration's keyring seals with it");
  if (needed_by.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "the key ", arguments.key_id, " is still needed by ", absl::StrJoin(needed_by, " and by "),
      "; the brokers seal them anew by and by, try again later"));
}

ExitCode Retire(const Arguments& arguments, const KeyringSurroundings& surroundings) {
  const absl::StatusOr<Keyring> before = Read(arguments.keyring_file, surroundings.err);
  if (!before.ok()) return Fail(before.status(), surroundings);
  const absl::StatusOr<Keyring> after = RetireKey(*before, arguments.key_id, surroundings.now);
  if (!after.ok()) return Fail(after.status(), surroundings);
  const absl::Status unused = CheckUnused(arguments, surroundings);
  if (!unused.ok()) return Fail(unused, surroundings);
  const absl::Status written = WriteKeyringFile(arguments.keyring_file, *after, Existing::kReplace);
  if (!written.ok()) return Fail(written, surroundings);
  surroundings.out << (arguments.json ? JsonLine(boost::json::object{{"retired", arguments.key_id}})
                                      : absl::StrCat("retired the key ", arguments.key_id, "\n"));
  return ExitCode::kDone;
}

}  // namespace

ExitCode KeyringCommand(const Arguments& arguments, const KeyringSurroundings& surroundings) {
  switch (arguments.command) {
    case Arguments::Command::kNewKeyring:
      return New(arguments, surroundings);
    case Arguments::Command::kAddKey:
      return AddOne(arguments, surroundings);
    case Arguments::Command::kRetireKey:
      return Retire(arguments, surroundings);
    default:
      return List(arguments, surroundings);
  }
}

}  // namespace tokenbroker::tbctl
