// A bounded cache of token sources, for a service of many users.
//
//   TokenSources sources(channel, {});
//   const auto token = sources.Get("spotify", subject)->Token();
#pragma once

#include <grpcpp/channel.h>

#include <cstddef>
#include <memory>
#include <string>

#include "tokenbroker/client/token_source.h"
#include "tokenbroker/client/token_source_options.h"

namespace tokenbroker::client {

struct TokenSourcesOptions {
  // Of every source; provider and subject are Get()'s, tenant and the rest these.
  TokenSourceOptions source;
  // At most this many sources are kept; at least 1.
  size_t max_sources = 10'000;
  // At most this many have a stream; the others ask (Upkeep::kAsking). The broker takes 1,000
  // streams of one caller at a replica, so processes of one service share that.
  size_t max_streams = 500;
};

// Any thread.
class TokenSources {
 public:
  TokenSources(std::shared_ptr<grpc::Channel> channel, TokenSourcesOptions options);
  TokenSources(const TokenSources&) = delete;
  TokenSources& operator=(const TokenSources&) = delete;
  ~TokenSources();

  // The source of this grant, made when there is none; never null. Beyond max_sources the one that
  // was asked for the longest ago goes: whoever holds it may use it on. Does not wait for the
  // broker.
  std::shared_ptr<TokenSource> Get(const std::string& provider, const std::string& subject);

  // How many sources are kept.
  size_t size() const;

 private:
  class Kept;
  const std::unique_ptr<Kept> kept_;
};

}  // namespace tokenbroker::client
