// The provider simulator in a test's own process: an OAuth 2.0 / OpenID authorization server on
// loopback, on a thread of its own. Shares no code with service/, so that a bug of ours cannot hide
// in both. Any thread.
//
//   auto simulator = provider_simulator::Simulator::Start().value();
//   simulator->provider().Configure([](auto& s) { s.auto_approve_user = "alice"; });
//   ... point the broker at simulator->provider().issuer() ...
//
// Everything that can be steered is on SimulatedProvider; the JSON control API (README.md) is the
// same operations for other processes.

#ifndef TESTS_PROVIDER_SIMULATOR_SIMULATOR_H_
#define TESTS_PROVIDER_SIMULATOR_SIMULATOR_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tests/provider_simulator/simulated_provider.h"

namespace provider_simulator {

// Addresses are "host:port" with a numeric host; port 0 takes a free one.
struct SimulatorOptions {
  std::string listen = "127.0.0.1:0";
  std::string control_listen;  // empty: no control API
  std::string second_listen;   // empty: no second issuer
};

class Simulator {
 public:
  // INVALID_ARGUMENT for an address that is none, UNAVAILABLE when it cannot be listened on.
  static absl::StatusOr<std::unique_ptr<Simulator>> Start(SimulatorOptions options = {});

  // Stops listening, cuts every connection (hung ones too) and joins the thread.
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  SimulatedProvider& provider();
  SimulatedProvider& second_provider();  // REQUIRES: second_listen was given

  // Where it really listens, e.g. "127.0.0.1:41234"; empty for what was not asked for.
  const std::string& address() const;
  const std::string& second_address() const;
  const std::string& control_address() const;

 private:
  struct Impl;
  explicit Simulator(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_SIMULATOR_H_
