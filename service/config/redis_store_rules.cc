#include "config/redis_store_rules.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/string_view.h>
#include <sys/stat.h>

#include <utility>
#include <vector>

#include "config/config_path.h"
#include "config/file_reader.h"
#include "config/keyring_file.h"
#include "config/redis_uri.h"
#include "config/secret_file.h"

namespace tokenbroker {
namespace {

namespace pb = config::v1;

constexpr size_t kMaxPemBytes = 4 * 1024 * 1024;

std::string At(absl::string_view key) { return absl::StrCat("store.redis.", key); }

// One pass over the section; each method reads some of its keys.
class RedisStoreBuilder {
 public:
  RedisStoreBuilder(const pb::RedisStore& redis, const std::string& folder, ConfigErrors& errors)
      : in_(redis), folder_(folder), errors_(errors) {}

  RedisStoreConfig Build() {
    ReadUri();
    out_.keyring_file = Path(in_.has_keyring_file(), in_.keyring_file(), "keyring_file");
    out_.spill_dir = Path(in_.has_spill_dir(), in_.spill_dir(), "spill_dir");
    if (!in_.has_keyring_file()) {
      Refuse("keyring_file",
             "is missing; make one with `tbctl keyring new FILE` and name it: grants are sealed");
    }
    if (!in_.has_spill_dir()) {
      Refuse("spill_dir",
             "is missing; name a folder on a disk, where tokens wait while Redis takes no writes");
    }
    out_.password_file = Path(in_.has_password_file(), in_.password_file(), "password_file");
    out_.sentinel_user = in_.sentinel_user();
    out_.sentinel_password_file = Path(in_.has_sentinel_password_file(),
                                       in_.sentinel_password_file(), "sentinel_password_file");
    out_.ca_file = Path(in_.has_ca_file(), in_.ca_file(), "ca_file");
    out_.certificate_file =
        Path(in_.has_certificate_file(), in_.certificate_file(), "certificate_file");
    out_.key_file = Path(in_.has_key_file(), in_.key_file(), "key_file");
    if (in_.has_certificate_file() != in_.has_key_file()) {
      Refuse(in_.has_key_file() ? "certificate_file" : "key_file",
             "is missing; certificate_file and key_file go together");
    }
    out_.create = in_.create();
    out_.min_replica_acks = in_.min_replica_acks();
    if (out_.min_replica_acks < 0) {
      Refuse("min_replica_acks", "is negative; write 1, or 0 for a lone Redis");
    }
    return std::move(out_);
  }

 private:
  void Refuse(absl::string_view key, absl::string_view text) { errors_.Add(At(key), text); }

  std::string Path(bool given, const std::string& path, absl::string_view key) {
    if (given && path.empty()) Refuse(key, "is empty; name a file, or leave the key out");
    return ResolvePath(folder_, path);
  }

  void ReadUri() {
    if (!in_.has_uri()) return Refuse("uri", "is missing; write redis://host:6379/0");
    absl::StatusOr<RedisUri> uri = ParseRedisUri(in_.uri());
    if (!uri.ok()) return Refuse("uri", uri.status().message());
    out_.uri = *std::move(uri);
    CheckAgainstUri();
  }

  void CheckAgainstUri() {
    if (!out_.uri.user.empty() && !in_.has_password_file()) {
      Refuse("password_file",
             "is missing, and the uri names a user; name the file of the user's password");
    }
    CheckSentinels();
    if (out_.uri.transport == RedisTransport::kTls) return;
    for (const auto& [given, key] : {std::pair(in_.has_ca_file(), "ca_file"),
                                     std::pair(in_.has_certificate_file(), "certificate_file"),
                                     std::pair(in_.has_key_file(), "key_file")}) {
      if (given) Refuse(key, "is given, but the uri has no TLS; write rediss in it");
    }
  }

  // Their own user and password.
  void CheckSentinels() {
    if (out_.uri.mode == RedisMode::kSentinel) {
      if (in_.has_sentinel_user() && in_.sentinel_user().empty()) {
        Refuse("sentinel_user", "is empty; name a user, or leave the key out");
      }
      if (in_.has_sentinel_user() && !in_.has_sentinel_password_file()) {
        Refuse("sentinel_password_file",
               "is missing, and sentinel_user is given; name the file of the user's password");
      }
      return;
    }
    for (const auto& [given, key] :
         {std::pair(in_.has_sentinel_user(), "sentinel_user"),
          std::pair(in_.has_sentinel_password_file(), "sentinel_password_file")}) {
      if (!given) continue;
      Refuse(key,
             "is given, but the uri has no sentinels; write redis+sentinel in it, or leave the key "
             "out");
    }
  }

  const pb::RedisStore& in_;
  const std::string& folder_;
  ConfigErrors& errors_;
  RedisStoreConfig out_;
};

absl::Status CheckPem(const std::string& path) {
  const absl::Status status = ReadSmallFile(path, kMaxPemBytes).status();
  if (status.ok()) return status;
  return absl::InvalidArgumentError(absl::StrCat("the file '", absl::CEscape(path), "' ",
                                                 status.message(), "; name a readable PEM file"));
}

absl::Status CheckFolder(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("'", absl::CEscape(path), "' is no folder; make it, for the broker alone"));
}

}  // namespace

RedisStoreConfig BuildRedisStore(const pb::RedisStore& redis, const std::string& folder,
                                 ConfigErrors& errors) {
  return RedisStoreBuilder(redis, folder, errors).Build();
}

absl::Status CheckRedisFiles(const RedisStoreConfig& redis) {
  FileRecord files(ReadSmallFile);
  std::vector<std::string> lines;
  const auto check = [&lines](absl::string_view key, const absl::Status& status) {
    if (!status.ok()) lines.push_back(absl::StrCat(At(key), ": ", status.message()));
  };
  check("keyring_file", ReadKeyringFile(redis.keyring_file, files).status());
  check("spill_dir", CheckFolder(redis.spill_dir));
  if (!redis.password_file.empty()) {
    check("password_file", ReadSecretFile(redis.password_file, files).status());
  }
  if (!redis.sentinel_password_file.empty()) {
    check("sentinel_password_file", ReadSecretFile(redis.sentinel_password_file, files).status());
  }
  for (const auto& [key, path] :
       {std::pair("ca_file", redis.ca_file), std::pair("certificate_file", redis.certificate_file),
        std::pair("key_file", redis.key_file)}) {
    if (!path.empty()) check(key, CheckPem(path));
  }
  return lines.empty() ? absl::OkStatus() : absl::InvalidArgumentError(absl::StrJoin(lines, "\n"));
}

}  // namespace tokenbroker
