// token-broker: the service.
#include <iostream>

#include "access/audit_log.h"
#include "config/load_config.h"
#include "config/redis_store_rules.h"
#include "config/tls_files.h"
#include "main/application.h"
#include "main/arguments.h"
#include "main/process.h"
#include "main/stores.h"
#include "oauth/presets.h"

namespace tokenbroker {
namespace {

ExitCode Fail(const absl::Status& status, ExitCode code) {
  std::cerr << status.message() << std::endl;
  return code;
}

ExitCode Check(const std::string& path) {
  const auto loaded = LoadConfig(path, ProcessEnvironment(), BuiltInPresets());
  if (!loaded.ok()) return Fail(loaded.status(), ExitCode::kConfiguration);
  if (loaded->store.kind == StoreKind::kRedis) {
    const absl::Status files = CheckRedisFiles(loaded->store.redis);
    if (!files.ok()) return Fail(files, ExitCode::kConfiguration);
  }
  if (loaded->server.tls) {
    FileRecord files(ReadSmallFile);
    const absl::Status tls = ReadTlsFiles(*loaded->server.tls, files).status();
    if (!tls.ok()) return Fail(tls, ExitCode::kConfiguration);
  }
  const absl::Status hash_key = ReadHashKey(loaded->server.audit).status();
  if (!hash_key.ok()) return Fail(hash_key, ExitCode::kConfiguration);
  std::cout << path << ": ok" << std::endl;
  return ExitCode::kDone;
}

ExitCode Run(const std::string& path) {
  KeepStandardDescriptors();
  ForbidCoreDumps();
  KeepOutOfSwap();
  DoNotLookForDeadlocks();
  KeepAllocatorCachesSmall();
  LogLibrariesAsJson();
  auto metrics = std::make_unique<Metrics>();
  ConfigOptions options;
  options.path = path;
  options.presets = BuiltInPresets();
  auto config = ConfigWatcher::Start(std::move(options), *metrics);
  if (!config.ok()) return Fail(config.status(), ExitCode::kConfiguration);
  Loop loop(Clock::Real());
  auto stores = Stores::Make(loop, *metrics, (*config)->Current()->store);
  if (!stores.ok()) return Fail(stores.status(), ExitCode::kConfiguration);

  Application application(loop, std::move(metrics), *std::move(config), *std::move(stores));
  if (const absl::Status started = application.Start(); !started.ok()) {
    return Fail(started,
                absl::IsInvalidArgument(started) ? ExitCode::kConfiguration : ExitCode::kFailed);
  }
  const absl::Status ended = application.RunUntilEnd();
  return ended.ok() ? ExitCode::kDone : Fail(ended, ExitCode::kFailed);
}

}  // namespace
}  // namespace tokenbroker

int main(int argc, char** argv) {
  using namespace tokenbroker;
  const ParsedArguments parsed = ParseArguments(argc, argv, std::cout, std::cerr);
  if (!parsed.arguments) return static_cast<int>(parsed.exit_code);
  const std::string& path = parsed.arguments->config_path;
  return static_cast<int>(parsed.arguments->check ? Check(path) : Run(path));
}
