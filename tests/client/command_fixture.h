// Commands of tbctl, as typed, against a broker that a test makes up.
#pragma once

#include <gmock/gmock.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "client/tbctl/commands.h"

namespace tokenbroker::tbctl {

class CommandFixture : public ::testing::Test {
 protected:
  // No call goes on into the end of what it is served by.
  void TearDown() override {
    if (server_ != nullptr) server_->Shutdown();
  }

  // Serves what the test registers.
  void Serve(std::vector<grpc::Service*> services) {
    grpc::ServerBuilder builder;
    for (grpc::Service* service : services) builder.RegisterService(service);
    server_ = builder.BuildAndStart();
    const auto channel = server_->InProcessChannel({});
    broker_ = v1::TokenBrokerService::NewStub(channel);
    grants_ = v1::GrantAdminService::NewStub(channel);
    providers_ = v1::ProviderService::NewStub(channel);
    operations_ = v1::OperationsService::NewStub(channel);
    health_ = grpc::health::v1::Health::NewStub(channel);
  }

  using Command = ExitCode (*)(const Arguments&, const Surroundings&);
  // As typed behind `tbctl --tenant music`.
  ExitCode Type(Command command, std::vector<const char*> words) {
    words.insert(words.begin(), {"tbctl", "--tenant", "music"});
    out_.str("");
    err_.str("");
    const Parsed parsed = ParseArguments(static_cast<int>(words.size()), words.data(), out_, err_);
    if (!parsed.arguments) return parsed.exit_code;
    return command(*parsed.arguments,
                   Surroundings{*broker_, *grants_, out_, err_, nullptr, providers_.get(),
                                operations_.get(), health_.get(), terminal_});
  }

  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::TokenBrokerService::Stub> broker_;
  std::unique_ptr<v1::GrantAdminService::Stub> grants_;
  std::unique_ptr<v1::ProviderService::Stub> providers_;
  std::unique_ptr<v1::OperationsService::Stub> operations_;
  std::unique_ptr<grpc::health::v1::Health::Stub> health_;
  Terminal terminal_;
  std::ostringstream out_;
  std::ostringstream err_;
};

}  // namespace tokenbroker::tbctl
