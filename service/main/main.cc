// token-broker: the service.
#include <iostream>

#include "config/load_config.h"
#include "config/redis_store_rules.h"
#include "main/application.h"
#include "main/arguments.h"
#include "main/process.h"
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
  std::cout << path << ": ok" << std::endl;
  return ExitCode::kDone;
}

ExitCode Run(const std::string& path) {
  ForbidCoreDumps();
  LogLibrariesAsJson();
  auto metrics = std::make_unique<Metrics>();
  ConfigOptions options;
  options.path = path;
  options.presets = BuiltInPresets();
  auto config = ConfigWatcher::Start(std::move(options), *metrics);
  if (!config.ok()) return Fail(config.status(), ExitCode::kConfiguration);
  if ((*config)->Current()->store.kind == StoreKind::kRedis) {
    return Fail(absl::UnimplementedError("store.redis: this build can check the store in Redis and "
                                         "not use it yet; write store: { memory: {} }"),
                ExitCode::kFailed);
  }

  Application application(std::move(metrics), *std::move(config));
  if (const absl::Status started = application.Start(); !started.ok()) {
    return Fail(started, ExitCode::kFailed);
  }
  application.RunUntilSignal();
  return ExitCode::kDone;
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
