#include "tokenbroker/client/token_sources.h"

#include <algorithm>
#include <list>
#include <map>
#include <mutex>
#include <utility>

namespace tokenbroker::client {

class TokenSources::Kept {
 public:
  using Key = std::pair<std::string, std::string>;

  Kept(std::shared_ptr<grpc::Channel> channel, TokenSourcesOptions options)
      : channel_(std::move(channel)), options_(std::move(options)) {
    options_.max_sources = std::max<size_t>(options_.max_sources, 1);
  }

  std::shared_ptr<TokenSource> Get(Key key) {
    // Goes after the lock has: what a source's end costs is nobody else's wait.
    std::shared_ptr<TokenSource> evicted;
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = places_.find(key);
    if (found != places_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return entries_.front().source;
    }
    if (entries_.size() >= options_.max_sources) evicted = TakeOldest();
    entries_.push_front(Make(std::move(key)));
    places_[entries_.front().key] = entries_.begin();
    return entries_.front().source;
  }

  size_t size() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return entries_.size();
  }

 private:
  struct Entry {
    Key key;
    Upkeep upkeep;
    std::shared_ptr<TokenSource> source;
  };

  Entry Make(Key key) {
    TokenSourceOptions source = options_.source;
    source.provider = key.first;
    source.subject = key.second;
    if (streams_ >= options_.max_streams) source.upkeep = Upkeep::kAsking;
    const Upkeep upkeep = source.upkeep;
    if (upkeep == Upkeep::kStream) ++streams_;
    return {std::move(key), upkeep, std::make_shared<TokenSource>(channel_, std::move(source))};
  }

  std::shared_ptr<TokenSource> TakeOldest() {
    Entry& oldest = entries_.back();
    std::shared_ptr<TokenSource> source = std::move(oldest.source);
    if (oldest.upkeep == Upkeep::kStream) --streams_;
    places_.erase(oldest.key);
    entries_.pop_back();
    return source;
  }

  const std::shared_ptr<grpc::Channel> channel_;
  TokenSourcesOptions options_;
  // Protects what follows.
  mutable std::mutex mutex_;
  // The latest asked for in front, and where each is.
  std::list<Entry> entries_;
  std::map<Key, std::list<Entry>::iterator> places_;
  size_t streams_ = 0;
};

TokenSources::TokenSources(std::shared_ptr<grpc::Channel> channel, TokenSourcesOptions options)
    : kept_(std::make_unique<Kept>(std::move(channel), std::move(options))) {}

TokenSources::~TokenSources() = default;

std::shared_ptr<TokenSource> TokenSources::Get(const std::string& provider,
                                               const std::string& subject) {
  return kept_->Get({provider, subject});
}

size_t TokenSources::size() const { return kept_->size(); }

}  // namespace tokenbroker::client
