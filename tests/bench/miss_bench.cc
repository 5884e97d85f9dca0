// What it costs to answer from Redis, as when another replica has refreshed: against a hit of the
// same broker, against a gRPC server that does nothing but a GET for each call, and against a bare
// pipelined GET through our own client.
#include "tests/bench/bench_fleet.h"
#include "tests/bench/bench_store.h"
#include "tests/bench/echo_process.h"

namespace tokenbroker {
namespace {

constexpr LoadShape kShape = {8, 32};
constexpr int kCalls = 2000;
constexpr char kGetKey[] = "bench:get";
// Of a whole record.
constexpr size_t kRecordBytes = 1100;

struct Cost {
  double cpu_us = 0;
  double per_second = 0;
};

class MissBench : public BenchFleet {
 protected:
  void CheckSource(const CallLoad& load, v1::GetFreshTokenResponse::Source source) {
    v1::GetFreshTokenResponse answer;
    ASSERT_TRUE(answer.ParseFromString(load.LastAnswer()));
    ASSERT_EQ(answer.source(), source);
  }
};

TEST_F(MissBench, AgainstAHitAndABareGet) {
  Replica& broker = AddMeasured(Transport::kPlaintext);
  BenchStore store(redis(), keyring_file());
  // Each is missed once: by the warm-up, and by three series of pairs.
  const int grants = kCalls * (1 + 3 * kPairs);
  std::vector<Grant> made;
  for (int i = 0; i < grants; ++i) {
    made.push_back(BenchStore::MakeGrant(Subject(i), AccessToken(), {}));
  }
  // The broker makes the store when it starts.
  LogIn("user-first");
  store.Put(std::move(made));
  redis().Command({"SET", kGetKey, std::string(kRecordBytes, 'r')});

  const auto credentials = grpc::InsecureChannelCredentials();
  CallLoad misses(broker.address(), credentials, kShape, Requests(0, grants), kAccessTokenBytes);
  CallLoad hits(broker.address(), credentials, kShape, Requests(0, kCalls), kAccessTokenBytes);
  const auto miss = [&] {
    EmptyAuditTrail();
    return Serve(broker.pid(), [&] { return misses.RunCalls(kCalls); });
  };
  const auto hit = [&] { return Serve(broker.pid(), [&] { return hits.RunCalls(kCalls); }); };
  miss();
  hit();
  const auto to_hit = Pairs<ServedLoad>::Take(miss, hit);
  CheckSource(misses, v1::GetFreshTokenResponse::SOURCE_STORE);
  CheckSource(hits, v1::GetFreshTokenResponse::SOURCE_CACHE);
  Report({"miss/8x32/cpu_us",
          to_hit.Ratio(&ServedLoad::cpu_us),
          AtMost(2),
          {{"miss", to_hit.Ours(&ServedLoad::cpu_us)},
           {"hit", to_hit.Baseline(&ServedLoad::cpu_us)},
           {"miss_per_second", to_hit.Ours(&ServedLoad::per_second)},
           {"miss_p50_us", to_hit.Ours(&ServedLoad::p50_us)},
           {"miss_p99_us", to_hit.Ours(&ServedLoad::p99_us)}}});

  EchoProcess bare(folder(), misses.LastAnswer(), {"get", redis().unix_path(), kGetKey});
  CallLoad bare_misses(bare.address(), credentials, kShape, Requests(0, kCalls), kAccessTokenBytes);
  const auto bare_miss = [&] {
    return Serve(bare.pid(), [&] { return bare_misses.RunCalls(kCalls); });
  };
  bare_miss();
  const auto to_bare = Pairs<ServedLoad>::Take(miss, bare_miss);
  Report({"miss/8x32/cpu_us_against_bare",
          to_bare.Ratio(&ServedLoad::cpu_us),
          {},
          {{"miss", to_bare.Ours(&ServedLoad::cpu_us)},
           {"bare_miss", to_bare.Baseline(&ServedLoad::cpu_us)}}});

  const auto get = [&] {
    const double before = store.CpuSeconds();
    store.GetMany(kGetKey, kCalls, kShape.calls());
    return Cost{(store.CpuSeconds() - before) / kCalls * 1e6, 0};
  };
  get();
  const auto to_get = Pairs<Cost>::Take([&] { return Cost{miss().cpu_us, 0}; }, get);
  Report({"miss/8x32/cpu_us_against_get",
          to_get.Ratio(&Cost::cpu_us),
          {},
          {{"miss", to_get.Ours(&Cost::cpu_us)}, {"get", to_get.Baseline(&Cost::cpu_us)}}});
}

}  // namespace
}  // namespace tokenbroker
