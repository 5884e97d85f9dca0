// Providers and operations that answer what a test tells them to, and remember what they were
// asked.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "broker/operations_service.h"
#include "broker/provider_service.h"

namespace tokenbroker {

class FakeProviderService : public ProviderService {
 public:
  Task<absl::StatusOr<ProviderPage>> ListProviders(ListProvidersQuery query) override {
    listed.push_back(std::move(query));
    co_return page;
  }
  Task<absl::StatusOr<std::vector<ProviderCheck>>> CheckProvider(std::string provider,
                                                                 SteadyTime) override {
    checked.push_back(std::move(provider));
    co_return checks;
  }

  absl::StatusOr<ProviderPage> page = ProviderPage();
  absl::StatusOr<std::vector<ProviderCheck>> checks = std::vector<ProviderCheck>();
  std::vector<ListProvidersQuery> listed;
  std::vector<std::string> checked;
};

class FakeOperationsService : public OperationsService {
 public:
  Task<absl::StatusOr<ReplicaStatus>> GetStatus() override { co_return status; }
  LogLevel ChangeLogLevel(LogLevel level) override {
    return std::exchange(status.log_level, level);
  }

  ReplicaStatus status;
};

}  // namespace tokenbroker
