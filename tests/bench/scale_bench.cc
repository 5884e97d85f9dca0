// How costs grow with the number of grants, from ten thousand to a million: of a claim of ten
// thousand due ones, of a hit, and of the memory for each, here and in Redis.
#include <absl/strings/str_cat.h>
#include <gperftools/malloc_extension.h>

#include <array>
#include <optional>
#include <random>

#include "store/redis_keys.h"
#include "tests/bench/bench_fleet.h"
#include "tests/bench/bench_store.h"
#include "tests/bench/hit_rig.h"

namespace tokenbroker {
namespace {

constexpr std::array<int, 3> kSizes = {10'000, 100'000, 1'000'000};
constexpr int kDue = 10'000;
constexpr int kCopiesAtOnce = 10'000;
constexpr int kHits = 100'000;

// Copies of the record ARGV[1] with due entries at ARGV[4], named from ARGV[2] to before ARGV[3].
constexpr char kCopies[] =
    "local record = redis.call('HGETALL', ARGV[1])\n"
    "for i = tonumber(ARGV[2]), tonumber(ARGV[3]) - 1 do\n"
    "  local shard, member = i % 64, string.format('default:sim:user-%07d.%s', i, ARGV[5])\n"
    "  redis.call('HSET', 'tb:{' .. shard .. '}:grant:' .. member, unpack(record))\n"
    "  redis.call('ZADD', 'tb:{' .. shard .. '}:due:sim', ARGV[4], member)\n"
    "end\n"
    "return 'OK'";

// A Redis with so many grants, of which kDue are due.
class FullStore {
 public:
  FullStore(int grants, const std::string& keyring_file)
      : server_({"--hash-max-listpack-value", "4096"}), store_(server_, keyring_file) {
    store_.Init();
    const Grant grant = BenchStore::MakeGrant("user-first." + std::string(41, 'x'),
                                              std::string(kAccessTokenBytes, 'a'), {});
    store_.Put({grant});
    const std::string key = GrantRedisKey(ShardOf(grant.key, kDefaultShards), grant.key);
    const int64_t before = Bytes();
    for (int i = 0; i < grants; i += kCopiesAtOnce) {
      EXPECT_EQ(server_.Command({"EVAL", kCopies, "0", key, absl::StrCat(i),
                                 absl::StrCat(i + kCopiesAtOnce), i < kDue ? "1" : "1e15",
                                 std::string(40, 'x')}),
                "OK");
    }
    bytes_per_grant_ = static_cast<double>(Bytes() - before) / grants;
    const std::string info = server_.Command({"INFO", "server"});
    pid_ = std::stoi(info.substr(info.find("process_id:") + 11));
  }

  double bytes_per_grant() const { return bytes_per_grant_; }

  // Milliseconds of CPU, ours and Redis', for a claim of all that is due. They are due again
  // afterwards.
  double ClaimMilliseconds() {
    const double before = CpuSecondsOf(pid_) + store_.CpuSeconds();
    const ClaimAnswer claim =
        store_.Run(store_.store().ClaimDue("sim", kDue, absl::ZeroDuration()));
    EXPECT_EQ(claim.due.size(), size_t{kDue});
    return (CpuSecondsOf(pid_) + store_.CpuSeconds() - before) * 1e3;
  }

 private:
  int64_t Bytes() {
    const std::string info = server_.Command({"INFO", "memory"});
    return std::stoll(info.substr(info.find("used_memory:") + 12));
  }

  RedisServer server_;
  BenchStore store_;
  double bytes_per_grant_ = 0;
  pid_t pid_ = 0;
};

struct Cost {
  double claim_ms = 0;
  double hit_ns = 0;
};

class ScaleBench : public FleetTest {};

TEST_F(ScaleBench, OfAClaim) {
  std::array<std::optional<FullStore>, kSizes.size()> stores;
  for (size_t i = 0; i < kSizes.size(); ++i) stores[i].emplace(kSizes[i], keyring_file());
  for (auto& store : stores) store->ClaimMilliseconds();
  Report({"scale/1000000/redis_bytes_per_grant", stores.back()->bytes_per_grant(), AtMost(1600)});
  for (size_t i = 1; i < kSizes.size(); ++i) {
    const auto pairs = Pairs<Cost>::Take([&] { return Cost{stores[i]->ClaimMilliseconds()}; },
                                         [&] { return Cost{stores[0]->ClaimMilliseconds()}; });
    Report({absl::StrCat("scale/", kSizes[i], "/claim_of_10000_against_10000"),
            pairs.Ratio(&Cost::claim_ms),
            AtMost(3),
            {{"cpu_ms", pairs.Ours(&Cost::claim_ms)},
             {"cpu_ms_of_10000", pairs.Baseline(&Cost::claim_ms)}}});
  }
}

// With what the allocator rounds each piece up to.
size_t BytesInUse() {
  size_t bytes = 0;
  if (!MallocExtension::instance()->GetNumericProperty("generic.current_allocated_bytes", &bytes)) {
    std::abort();
  }
  return bytes;
}

std::string Subject(int i) {
  std::string subject = absl::StrCat("user-", i, ".");
  subject.resize(49, 'x');
  return subject;
}

// A cache with so many tokens.
class FullCache {
 public:
  explicit FullCache(int grants) : rig_(static_cast<size_t>(grants) * 2, "/dev/null") {
    const size_t before = BytesInUse();
    for (int i = 0; i < grants; ++i) rig_.Put(Subject(i));
    bytes_per_grant_ = static_cast<double>(BytesInUse() - before) / grants;
    std::uniform_int_distribution<int> any(0, grants - 1);
    std::mt19937 random(1);
    for (int i = 0; i < 1000; ++i) requests_.push_back(HitRig::RequestFor(Subject(any(random))));
  }

  double bytes_per_grant() const { return bytes_per_grant_; }
  double HitNanoseconds() {
    const double before = ThreadCpuSecondsOf(pthread_self());
    for (size_t i = 0; i < kHits; ++i) rig_.Hit(requests_[i % requests_.size()]);
    return (ThreadCpuSecondsOf(pthread_self()) - before) / kHits * 1e9;
  }

 private:
  HitRig rig_;
  std::vector<grpc::ByteBuffer> requests_;
  double bytes_per_grant_ = 0;
};

TEST_F(ScaleBench, OfAHit) {
  std::array<std::optional<FullCache>, kSizes.size()> caches;
  for (size_t i = 0; i < kSizes.size(); ++i) caches[i].emplace(kSizes[i]);
  for (auto& cache : caches) cache->HitNanoseconds();
  for (size_t i = 0; i < kSizes.size(); ++i) {
    Report({absl::StrCat("scale/", kSizes[i], "/bytes_per_cached_grant"),
            caches[i]->bytes_per_grant(), AtMost(800)});
  }
  for (size_t i = 1; i < kSizes.size(); ++i) {
    const auto pairs = Pairs<Cost>::Take([&] { return Cost{0, caches[i]->HitNanoseconds()}; },
                                         [&] { return Cost{0, caches[0]->HitNanoseconds()}; });
    Report({absl::StrCat("scale/", kSizes[i], "/hit_against_10000"),
            pairs.Ratio(&Cost::hit_ns),
            {},
            {{"cpu_ns", pairs.Ours(&Cost::hit_ns)},
             {"cpu_ns_of_10000", pairs.Baseline(&Cost::hit_ns)}}});
  }
}

}  // namespace
}  // namespace tokenbroker
