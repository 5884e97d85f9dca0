// provider-simulator: the simulator as a program. Prints its addresses as JSON lines on stderr and
// runs until SIGTERM or SIGINT, then exits with 0.

#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "tests/provider_simulator/simulator.h"

namespace {

constexpr char kTeaching[] = R"(
An OAuth 2.0 / OpenID authorization server that misbehaves on request, for tests and demos.

  provider-simulator --listen 127.0.0.1:9200 --control 127.0.0.1:9201

  curl http://127.0.0.1:9200/.well-known/openid-configuration
  curl http://127.0.0.1:9201/control/settings
  # log alice in without a page, with tokens that live two seconds:
  curl -X PATCH http://127.0.0.1:9201/control/settings \
       -d '{"auto_approve_user":"alice","access_token_lifetime":2}'
  # the next two token requests get a 503:
  curl http://127.0.0.1:9201/control/faults -d '{"endpoint":"token","status":503,"times":2}'
  curl http://127.0.0.1:9201/control/counters

It starts with the client "client" (secret "secret") and the users "alice" and "bob".
Everything that can be set is in tests/provider_simulator/README.md.)";

void PrintListening(const char* name, const std::string& address) {
  if (address.empty()) return;
  std::fprintf(stderr, "{\"event\":\"listening\",\"name\":\"%s\",\"address\":\"%s\"}\n", name,
               address.c_str());
}

}  // namespace

// CLI11 throws at options that are declared wrong: that ends it.
int main(int argc, char** argv) {  // NOLINT(bugprone-exception-escape)
  provider_simulator::SimulatorOptions options;
  options.listen = "127.0.0.1:9200";
  options.control_listen = "127.0.0.1:9201";
  CLI::App app("A simulated OAuth 2.0 / OpenID provider.", "provider-simulator");
  app.footer(kTeaching);
  app.add_option("--listen", options.listen, "HOST:PORT of the provider; port 0 takes a free one")
      ->capture_default_str();
  app.add_option("--control", options.control_listen, "HOST:PORT of the JSON control API")
      ->capture_default_str();
  app.add_option("--second-listen", options.second_listen,
                 "HOST:PORT of a second issuer, steered with ?provider=provider2");
  CLI11_PARSE(app, argc, argv);

  // Blocked before any thread starts, so that sigwait below is the only one to receive them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const auto simulator = provider_simulator::Simulator::Start(options);
  if (!simulator.ok()) {
    std::fprintf(stderr, "provider-simulator: %s\n", simulator.status().ToString().c_str());
    return 1;
  }
  PrintListening("provider", (*simulator)->address());
  PrintListening("provider2", (*simulator)->second_address());
  PrintListening("control", (*simulator)->control_address());
  int received = 0;
  sigwait(&signals, &received);
  return 0;
}
