// The JSON control API under /control/, as README.md documents it. Any thread. Does not own the
// providers, which must outlive it.

#ifndef TESTS_PROVIDER_SIMULATOR_CONTROL_API_H_
#define TESTS_PROVIDER_SIMULATOR_CONTROL_API_H_

#include <map>
#include <string>

#include "tests/provider_simulator/http_message.h"
#include "tests/provider_simulator/simulated_provider.h"

namespace provider_simulator {

class ControlApi {
 public:
  // By the name that `?provider=NAME` gives; REQUIRES: "provider", the default, is there.
  explicit ControlApi(std::map<std::string, SimulatedProvider*> providers);

  HttpReply Handle(const HttpRequest& request) const;

 private:
  const std::map<std::string, SimulatedProvider*> providers_;
};

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_CONTROL_API_H_
