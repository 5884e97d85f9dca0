#include "tokenbroker/client/token_sources.h"

#include <thread>

#include "tests/client_library/fake_broker.h"
#include "tokenbroker/client/channel.h"

namespace tokenbroker::client {
namespace {

class TokenSourcesTest : public ::testing::Test {
 protected:
  TokenSources& Sources() {
    if (sources_ == nullptr) {
      ChannelOptions options;
      options.target = broker_.address();
      sources_ = std::make_unique<TokenSources>(*CreateChannel(options), options_);
    }
    return *sources_;
  }

  FakeBroker broker_;
  TokenSourcesOptions options_;
  std::unique_ptr<TokenSources> sources_;
};

TEST_F(TokenSourcesTest, GivesTheSameSourceForTheSameGrant) {
  const auto source = Sources().Get("spotify", "user-42");
  EXPECT_EQ(Sources().Get("spotify", "user-42"), source);
  EXPECT_NE(Sources().Get("spotify", "user-43"), source);
  EXPECT_NE(Sources().Get("other", "user-42"), source);
  EXPECT_EQ(Sources().size(), 3u);
}

TEST_F(TokenSourcesTest, KeepsNoMoreThanItsBoundAndForgetsTheLeastRecentlyAskedFor) {
  options_.max_sources = 2;
  const std::weak_ptr<TokenSource> first = Sources().Get("spotify", "1");
  const std::weak_ptr<TokenSource> second = Sources().Get("spotify", "2");
  Sources().Get("spotify", "1");
  Sources().Get("spotify", "3");
  EXPECT_EQ(Sources().size(), 2u);
  EXPECT_FALSE(first.expired());
  EXPECT_TRUE(second.expired());
}

TEST_F(TokenSourcesTest, WhoHoldsASourceThatWasForgottenMayUseItOn) {
  options_.max_sources = 1;
  broker_.SetAnswer(grpc::Status::OK, FakeBroker::Token(1));
  const auto held = Sources().Get("spotify", "1");
  Sources().Get("spotify", "2");
  EXPECT_TRUE(held->Token().ok());
}

TEST_F(TokenSourcesTest, OpensNoMoreStreamsThanItsBound) {
  options_.max_streams = 2;
  options_.max_sources = 3;
  broker_.SetAnswer(grpc::Status::OK, FakeBroker::Token(1));
  for (const char* subject : {"1", "2", "3"}) {
    EXPECT_TRUE(Sources().Get("spotify", subject)->Token().ok());
  }
  // The first goes, and so its stream is free for this one.
  EXPECT_TRUE(Sources().Get("spotify", "4")->Token().ok());
  std::vector<std::string> watched;
  for (size_t n = 1; n <= 3; ++n) watched.push_back(broker_.NthWatch(n).subject());
  EXPECT_THAT(watched, testing::UnorderedElementsAre("1", "2", "4"));
}

TEST_F(TokenSourcesTest, ServesManyThreads) {
  options_.max_sources = 5;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t, &sources = Sources()] {
      for (int i = 0; i < 50; ++i) sources.Get("spotify", std::to_string((i * (t + 1)) % 8));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Sources().size(), 5u);
}

}  // namespace
}  // namespace tokenbroker::client
