#include "config/watched_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "config/periodic_check.h"
#include "tests/support/metric_value.h"
#include "tests/support/temp_folder.h"

namespace tokenbroker {
namespace {

using testing::HasSubstr;

constexpr char kSuccessful[] = "tokenbroker_pair_last_reload_successful";

// The contents of two files, neither of which may be empty.
using Pair = std::pair<std::string, std::string>;

class WatchedValueTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_.Write("a", "1");
    folder_.Write("b", "2");
    auto value = WatchedValue<Pair>::Start(
        "pair", [this](FileRecord& files) { return Load(files); }, ReadSmallFile, metrics_);
    ASSERT_TRUE(value.ok()) << value.status();
    value_ = *std::move(value);
  }

  absl::StatusOr<Pair> Load(FileRecord& files) {
    ++loads_;
    TB_ASSIGN_OR_RETURN(const Secret a, files.Read(folder_.Path("a"), 10));
    TB_ASSIGN_OR_RETURN(const Secret b, files.Read(folder_.Path("b"), 10));
    if (a.empty() || b.empty()) return absl::InvalidArgumentError("one is empty");
    return Pair(a.Expose(), b.Expose());
  }
  Pair Now() { return *value_->Current(); }
  std::string CheckAndLog() {
    testing::internal::CaptureStderr();
    value_->CheckNow();
    return testing::internal::GetCapturedStderr();
  }

  TempFolder folder_;
  Metrics metrics_;
  std::atomic<int> loads_ = 0;
  std::unique_ptr<WatchedValue<Pair>> value_;
};

TEST_F(WatchedValueTest, LoadsAtTheStartOrFails) {
  EXPECT_EQ(Now(), Pair("1", "2"));
  const auto load = [](FileRecord&) -> absl::StatusOr<int> { return absl::NotFoundError("no"); };
  EXPECT_EQ(WatchedValue<int>::Start("x", load, ReadSmallFile, metrics_).status(),
            absl::NotFoundError("no"));
}

TEST_F(WatchedValueTest, LoadsAgainWhenAFileChanges) {
  value_->CheckNow();
  EXPECT_EQ(loads_, 1) << "nothing has changed";
  folder_.Write("b", "3");
  const std::shared_ptr<const Pair> before = value_->Current();
  value_->CheckNow();
  EXPECT_EQ(Now(), Pair("1", "3"));
  EXPECT_EQ(*before, Pair("1", "2")) << "whoever holds the old one keeps it";
}

TEST_F(WatchedValueTest, KeepsTheOldValueWhileTheFilesAreBroken) {
  folder_.Write("a", "");
  EXPECT_THAT(CheckAndLog(), HasSubstr("\"event\":\"pair_reload_failed\""));
  EXPECT_EQ(Now(), Pair("1", "2"));
  EXPECT_EQ(MetricValue(metrics_, kSuccessful), "0");
  EXPECT_EQ(CheckAndLog(), "");
  EXPECT_EQ(loads_, 2) << "an unchanged file is not read again";
  folder_.Write("a", "4");
  value_->CheckNow();
  EXPECT_EQ(Now(), Pair("4", "2"));
  EXPECT_EQ(MetricValue(metrics_, kSuccessful), "1");
}

TEST_F(WatchedValueTest, ChangesOnAThreadWhileOthersRead) {
  std::jthread checker([this](std::stop_token stop) {
    CheckPeriodically(std::move(stop), absl::Milliseconds(1), [this] { value_->CheckNow(); });
  });
  folder_.Write("a.new", "5");
  std::filesystem::rename(folder_.Path("a.new"), folder_.Path("a"));
  while (Now() != Pair("5", "2")) std::this_thread::yield();
}

}  // namespace
}  // namespace tokenbroker
