// What a whole login costs the broker, BuildLoginUri and ExchangeCode, against hits of the same
// broker. The user's browser and the provider are in this process.
#include <atomic>
#include <thread>

#include "tests/bench/bench_fleet.h"

namespace tokenbroker {
namespace {

constexpr int kCallers = 8;
constexpr int kLoginsEach = 40;
constexpr int kHits = 4000;

class LoginBench : public BenchFleet {
 protected:
  // Logs users in, several at once; times are of the two calls of a login.
  LoadResult LogInSome(Replica& broker) {
    std::vector<double> times(kCallers * kLoginsEach);
    std::atomic<size_t> next{0};
    const absl::Time start = absl::Now();
    std::vector<std::thread> callers;
    for (int i = 0; i < kCallers; ++i) {
      callers.emplace_back([&] {
        for (size_t n = next++; n < times.size(); n = next++) {
          times[n] = LogInOnce(broker, Subject(first_ + static_cast<int>(n)));
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
    const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
    first_ += static_cast<int>(times.size());
    std::sort(times.begin(), times.end());
    const auto at = [&times](size_t percent) { return times[times.size() * percent / 100]; };
    return {static_cast<double>(times.size()), seconds, at(50), at(99)};
  }

 private:
  double LogInOnce(Replica& broker, const std::string& subject) {
    provider().PutUser({subject, "account-" + subject});
    const absl::Time start = absl::Now();
    const auto built = broker.client().BuildLoginUri(subject);
    EXPECT_TRUE(built.ok()) << built.error.reason;
    const std::string callback = provider().Approve(built.response.login_uri(), subject).value();
    const auto exchanged = broker.client().ExchangeCallback(callback);
    EXPECT_TRUE(exchanged.ok()) << exchanged.error.reason;
    return absl::ToDoubleMicroseconds(absl::Now() - start);
  }

  int first_ = 0;
};

TEST_F(LoginBench, AgainstHits) {
  Replica& broker = AddMeasured(Transport::kPlaintext);
  LogIn(Subject(1'000'000));
  CallLoad hits(broker.address(), grpc::InsecureChannelCredentials(), {8, 1},
                Requests(1'000'000, 1'000'001), kAccessTokenBytes);
  LogInSome(broker);
  hits.RunCalls(kHits);
  const auto pairs = Pairs<ServedLoad>::Take(
      [&] { return Serve(broker.pid(), [&] { return LogInSome(broker); }); },
      [&] { return Serve(broker.pid(), [&] { return hits.RunCalls(kHits); }); });
  Report({"login/cpu_us",
          pairs.Ratio(&ServedLoad::cpu_us),
          {},
          {{"login", pairs.Ours(&ServedLoad::cpu_us)},
           {"hit", pairs.Baseline(&ServedLoad::cpu_us)},
           {"logins_per_second", pairs.Ours(&ServedLoad::per_second)},
           {"p50_us", pairs.Ours(&ServedLoad::p50_us)},
           {"p99_us", pairs.Ours(&ServedLoad::p99_us)}}});
}

}  // namespace
}  // namespace tokenbroker
