#include "tests/provider_simulator/simulator.h"

#include <utility>

#include "absl/types/optional.h"
#include "tests/provider_simulator/control_api.h"
#include "tests/provider_simulator/http_server.h"

namespace provider_simulator {

struct Simulator::Impl {
  SimulatedProvider provider;
  SimulatedProvider second;
  absl::optional<ControlApi> control;
  std::string address;
  std::string second_address;
  std::string control_address;
  HttpServer server;  // last: its thread ends before what it serves

  absl::Status ServeProvider(const std::string& listen, SimulatedProvider& served,
                             std::string& bound_address) {
    auto bound = server.Bind(listen);
    if (!bound.ok()) return bound.status();
    bound_address = *std::move(bound);
    served.set_issuer("http://" + bound_address);
    server.Serve(bound_address,
                 [&served](const HttpRequest& request) { return served.Handle(request); });
    return absl::OkStatus();
  }

  absl::Status ServeControl(const std::string& listen) {
    auto bound = server.Bind(listen);
    if (!bound.ok()) return bound.status();
    control_address = *std::move(bound);
    std::map<std::string, SimulatedProvider*> providers = {{"provider", &provider}};
    if (!second_address.empty()) providers["provider2"] = &second;
    control.emplace(std::move(providers));
    server.Serve(control_address,
                 [this](const HttpRequest& request) { return control->Handle(request); });
    return absl::OkStatus();
  }
};

absl::StatusOr<std::unique_ptr<Simulator>> Simulator::Start(SimulatorOptions options) {
  auto impl = std::make_unique<Impl>();
  absl::Status status = impl->ServeProvider(options.listen, impl->provider, impl->address);
  if (!status.ok()) return status;
  if (!options.second_listen.empty()) {
    status = impl->ServeProvider(options.second_listen, impl->second, impl->second_address);
    if (!status.ok()) return status;
  }
  if (!options.control_listen.empty()) {
    status = impl->ServeControl(options.control_listen);
    if (!status.ok()) return status;
  }
  impl->server.Start();
  return std::unique_ptr<Simulator>(new Simulator(std::move(impl)));
}

Simulator::Simulator(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Simulator::~Simulator() = default;

SimulatedProvider& Simulator::provider() { return impl_->provider; }
SimulatedProvider& Simulator::second_provider() { return impl_->second; }
const std::string& Simulator::address() const { return impl_->address; }
const std::string& Simulator::second_address() const { return impl_->second_address; }
const std::string& Simulator::control_address() const { return impl_->control_address; }

}  // namespace provider_simulator
