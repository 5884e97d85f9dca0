// What a hit costs the real broker, everything switched on, against a bare gRPC callback server
// that answers the same bytes: by h2load, and by our own generator.
#include <absl/strings/str_cat.h>

#include <fstream>
#include <iostream>

#include "tests/bench/bench_fleet.h"
#include "tests/bench/echo_process.h"
#include "tests/bench/h2load.h"

namespace tokenbroker {
namespace {

constexpr int kGrants = 64;
constexpr std::chrono::milliseconds kTurn(400);
// The shapes of issue and design: connections, and calls under way on each.
constexpr LoadShape kShapes[] = {{1, 1}, {1, 32}, {8, 32}, {50, 20}};

class HitBench : public BenchFleet {
 protected:
  // A broker with grants, and an echo of its answer beside it.
  void Start(Transport transport) {
    transport_ = transport;
    broker_ = &AddMeasured(transport);
    for (int i = 0; i < kGrants; ++i) LogIn(Subject(i));
    // Answers differ by a byte or two; h2load asks for the first grant.
    CallLoad once(broker_->address(), CallerCredentials(transport), {1, 1}, Requests(0, 1),
                  kAccessTokenBytes);
    once.RunCalls(1);
    answer_ = once.LastAnswer();
    echo_ = std::make_unique<EchoProcess>(folder(), answer_, EchoTls());
  }

  void MeasureAll(bool with_h2load) {
    for (const LoadShape shape : kShapes) {
      if (with_h2load) {
        H2load ours(broker_->address(), shape, Requests(0, 1)[0], answer_.size());
        H2load echo(echo_->address(), shape, Requests(0, 1)[0], answer_.size());
        const double rate = 2000 / echo.RunCalls(2000).seconds;
        const auto calls =
            static_cast<int64_t>(rate * absl::ToDoubleSeconds(absl::FromChrono(kTurn)));
        Measure(
            "h2load", shape, [&] { return ours.RunCalls(calls); },
            [&] { return echo.RunCalls(calls); });
      }
      CallLoad ours(broker_->address(), CallerCredentials(transport_), shape, Requests(0, kGrants),
                    kAccessTokenBytes);
      CallLoad echo(echo_->address(), CallerCredentials(transport_), shape, Requests(0, kGrants),
                    kAccessTokenBytes);
      Measure(
          "grpc", shape, [&] { return ours.RunFor(kTurn); }, [&] { return echo.RunFor(kTurn); });
    }
  }

 private:
  std::vector<std::string> EchoTls() {
    if (transport_ == Transport::kPlaintext) return {};
    const TestAuthority::Files files = authority().Issue("IP:127.0.0.1");
    return {files.certificate, files.key, authority().ca_file()};
  }

  template <typename Ours, typename Echo>
  void Measure(const std::string& generator, LoadShape shape, Ours ours, Echo echo) {
    ours();
    echo();
    const auto pairs = Pairs<ServedLoad>::Take(
        [&] {
          EmptyAuditTrail();
          return Serve(broker_->pid(), ours);
        },
        [&] { return Serve(echo_->pid(), echo); });
    const std::string name =
        absl::StrCat("hit/", transport_ == Transport::kPlaintext ? "plaintext" : "mtls", "/",
                     shape.Name(), "/", generator, "/");
    const bool is_busy = shape.connections > 1;
    const bool counts_rate = is_busy && transport_ == Transport::kPlaintext;
    const auto line = [&](const char* what, double ServedLoad::* field, Target target) {
      Report({name + what,
              pairs.Ratio(field),
              target,
              {{"broker", pairs.Ours(field)}, {"echo", pairs.Baseline(field)}}});
    };
    line("cpu_us", &ServedLoad::cpu_us, is_busy ? AtMost(1.15) : Target());
    line("per_second", &ServedLoad::per_second, counts_rate ? AtLeast(0.9) : Target());
    line("p50_us", &ServedLoad::p50_us, shape.calls() == 1 ? AtMost(1.10) : Target());
    line("p99_us", &ServedLoad::p99_us, Target());
  }

  Transport transport_ = Transport::kPlaintext;
  Replica* broker_ = nullptr;
  std::string answer_;
  std::unique_ptr<EchoProcess> echo_;
};

TEST_F(HitBench, InPlaintext) {
  Start(Transport::kPlaintext);
  MeasureAll(true);
}

TEST_F(HitBench, OverMutualTls) {
  Start(Transport::kMutualTls);
  MeasureAll(false);
}

}  // namespace
}  // namespace tokenbroker
