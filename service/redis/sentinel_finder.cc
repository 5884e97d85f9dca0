#include "redis/sentinel_finder.h"

#include <absl/strings/numbers.h>

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "redis/inquiry.h"
#include "redis/say.h"

namespace tokenbroker {
namespace {

// How long others may take once one has answered.
constexpr absl::Duration kGrace = absl::Milliseconds(100);
// Bounds what sentinels can make us ask.
constexpr size_t kMostLearned = 32;

absl::StatusOr<RedisEndpoint> ToEndpoint(absl::string_view host, absl::string_view port) {
  int number = 0;
  if (host.empty() || !absl::SimpleAtoi(port, &number) || number < 1 || number > 65535) {
    return absl::UnavailableError("a sentinel's answer names no endpoint");
  }
  RedisEndpoint endpoint;
  endpoint.host = std::string(host);
  endpoint.port = static_cast<uint16_t>(number);
  return endpoint;
}

// A flat list of names and values; empty when `name` is not among them.
absl::string_view Field(const RedisReply& fields, absl::string_view name) {
  for (size_t i = 0; i + 1 < fields.items.size(); i += 2) {
    if (fields.items[i].text == name) return fields.items[i + 1].text;
  }
  return absl::string_view();
}

int64_t EpochOf(const RedisReply& fields) {
  int64_t epoch = 0;
  const bool known = absl::SimpleAtoi(Field(fields, "config-epoch"), &epoch);
  return known && epoch > 0 ? epoch : 0;
}

}  // namespace

class SentinelFinder::Round : public Inquiry {
 public:
  Round(Loop& loop, ConnectOptions connect, SteadyTime deadline, std::string primary)
      : Inquiry(loop, std::move(connect), deadline), primary_(std::move(primary)) {}

  absl::StatusOr<RedisEndpoint> best() const {
    if (epoch_ < 0) return trouble();
    return best_;
  }
  const std::vector<RedisEndpoint>& others() const { return others_; }

 private:
  Task<absl::Status> Ask(std::shared_ptr<RedisSession> session, RedisEndpoint) override {
    // Knows of a promotion earlier than MASTER, which in turn says how new that knowledge is.
    const auto address = co_await SaySentinel(session, "GET-MASTER-ADDR-BY-NAME");
    TB_CO_RETURN_IF_ERROR(address.status());
    if (address->items.size() != 2) {
      co_return absl::UnavailableError("a sentinel does not know the primary's name");
    }
    TB_CO_ASSIGN_OR_RETURN(auto endpoint,
                           ToEndpoint(address->items[0].text, address->items[1].text));
    const auto fields = co_await SaySentinel(session, "MASTER");
    TB_CO_RETURN_IF_ERROR(fields.status());
    const auto others = co_await SaySentinel(session, "SENTINELS");
    Hear(std::move(endpoint), EpochOf(*fields));
    TB_CO_RETURN_IF_ERROR(others.status());
    for (const RedisReply& other : others->items) {
      const auto known = ToEndpoint(Field(other, "ip"), Field(other, "port"));
      if (known.ok()) others_.push_back(*known);
    }
    co_return absl::OkStatus();
  }

  Task<absl::StatusOr<RedisReply>> SaySentinel(std::shared_ptr<RedisSession> session,
                                               std::string what) {
    std::vector<std::string> words = {"SENTINEL", what, primary_};
    co_return co_await Say(std::move(session), std::move(words), deadline());
  }

  void Hear(RedisEndpoint endpoint, int64_t epoch) {
    FinishSoon(kGrace);
    if (epoch <= epoch_) return;
    epoch_ = epoch;
    best_ = std::move(endpoint);
  }

  const std::string primary_;
  // Of the best answer so far; below zero: none.
  int64_t epoch_ = -1;
  RedisEndpoint best_;
  std::vector<RedisEndpoint> others_;
};

SentinelFinder::SentinelFinder(Loop& loop, const RedisOptions& options)
    : loop_(loop),
      primary_(options.sentinel_primary),
      connect_(ConnectOptions::ForSentinels(options)),
      given_(options.endpoints) {}

Task<absl::StatusOr<RedisEndpoint>> SentinelFinder::Find(SteadyTime deadline) {
  const auto round = std::make_shared<Round>(loop_, connect_, deadline, primary_);
  std::vector<RedisEndpoint> sentinels = Sentinels();
  co_await Inquiry::Run(round, std::move(sentinels));
  if (!round->others().empty()) Learn(round->others());
  co_return round->best();
}

std::vector<RedisEndpoint> SentinelFinder::Sentinels() const {
  std::vector<RedisEndpoint> sentinels = given_;
  sentinels.insert(sentinels.end(), learned_.begin(), learned_.end());
  return sentinels;
}

void SentinelFinder::Learn(const std::vector<RedisEndpoint>& sentinels) {
  learned_.clear();
  for (const RedisEndpoint& sentinel : sentinels) {
    const bool known = std::find(given_.begin(), given_.end(), sentinel) != given_.end() ||
                       std::find(learned_.begin(), learned_.end(), sentinel) != learned_.end();
    if (!known && learned_.size() < kMostLearned) learned_.push_back(sentinel);
  }
}

}  // namespace tokenbroker
