#include "access/audit_log.h"

#include <absl/strings/str_cat.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "tests/support/metric_value.h"
#include "tests/support/temp_folder.h"

namespace tokenbroker {
namespace {

using testing::HasSubstr;

class AuditLogTest : public testing::Test {
 protected:
  AuditLogTest() {
    config_.sink = AuditConfig::Sink::kFile;
    config_.file = folder_.Path("audit.jsonl");
  }
  std::unique_ptr<AuditLog> Open() {
    auto log = AuditLog::Open(config_, metrics_);
    EXPECT_TRUE(log.ok()) << log.status();
    return *std::move(log);
  }
  std::string Text(const std::string& name) {
    std::ifstream file(folder_.Path(name));
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  std::string Count(const std::string& result) {
    return MetricValue(metrics_,
                       absl::StrCat("tokenbroker_audit_lines_total{result=\"", result, "\"}"));
  }
  // A sink that takes nothing until somebody reads: what fits into the pipe is put there.
  void UseFullPipe() {
    config_.file = folder_.Path("pipe");
    ASSERT_EQ(::mkfifo(config_.file.c_str(), 0600), 0);
    reader_ = ::open(config_.file.c_str(), O_RDONLY | O_NONBLOCK);
    const int writer = ::open(config_.file.c_str(), O_WRONLY | O_NONBLOCK);
    const std::string filler(4096, '#');
    while (::write(writer, filler.data(), filler.size()) > 0) {
    }
    ::close(writer);
  }
  void ReadPipe() {
    char buffer[65536];
    while (::read(reader_, buffer, sizeof(buffer)) > 0) {
    }
  }

  TempFolder folder_;
  AuditConfig config_;
  Metrics metrics_;
  int reader_ = -1;
};

TEST_F(AuditLogTest, WritesEveryLineInOrderBeforeItEnds) {
  std::string expected;
  {
    const auto log = Open();
    for (int i = 0; i < 5000; ++i) {
      // Some are longer than what is written at once.
      const std::string line =
          absl::StrCat("line ", i, std::string(i % 1000 == 0 ? 100'000 : 0, 'x'), "\n");
      ASSERT_TRUE(log->Admit());
      log->Record(line);
      expected += line;
    }
  }
  EXPECT_EQ(Text("audit.jsonl"), expected);
  EXPECT_EQ(Count("written"), "5000");
}

TEST_F(AuditLogTest, AddsToWhatIsThere) {
  folder_.Write("audit.jsonl", "before\n");
  Open()->Record("after\n");
  EXPECT_EQ(Text("audit.jsonl"), "before\nafter\n");
}

TEST_F(AuditLogTest, SaysWhatIsWrongWithItsFiles) {
  config_.file = folder_.Path("missing/audit.jsonl");
  EXPECT_THAT(std::string(AuditLog::Open(config_, metrics_).status().message()),
              HasSubstr("audit.file: the file '"));
  config_.file = folder_.Path("audit.jsonl");
  config_.subjects = AuditConfig::Subjects::kHashed;
  config_.hash_key_file = folder_.Path("none");
  EXPECT_THAT(std::string(AuditLog::Open(config_, metrics_).status().message()),
              HasSubstr("audit.hash_key_file: "));
}

TEST_F(AuditLogTest, WritesToTheNewFileOnceItIsToldTo) {
  const auto log = Open();
  log->Record("one\n");
  while (Count("written") != "1") std::this_thread::yield();
  std::filesystem::rename(config_.file, folder_.Path("audit.1"));
  log->Record("two\n");
  while (Count("written") != "2") std::this_thread::yield();
  log->Reopen();
  while (!std::filesystem::exists(config_.file)) std::this_thread::yield();
  log->Record("three\n");
  while (Count("written") != "3") std::this_thread::yield();
  EXPECT_EQ(Text("audit.1"), "one\ntwo\n");
  EXPECT_EQ(Text("audit.jsonl"), "three\n");
}

TEST_F(AuditLogTest, DropsAndCountsWhatFindsNoRoom) {
  UseFullPipe();
  config_.queue_lines = 10;
  const auto log = Open();
  for (int i = 0; i < 15; ++i) {
    EXPECT_TRUE(log->Admit());
    log->Record("line\n");
  }
  EXPECT_EQ(Count("dropped"), "5");
  while (MetricValue(metrics_, "tokenbroker_audit_failing") != "1") std::this_thread::yield();
  ReadPipe();
  while (Count("written") != "10") std::this_thread::yield();
  EXPECT_EQ(MetricValue(metrics_, "tokenbroker_audit_failing"), "0");
}

TEST_F(AuditLogTest, RefusesCallsForWhoseLineThereIsNoRoomWhenToldTo) {
  UseFullPipe();
  config_.queue_lines = 10;
  config_.when_full = AuditConfig::WhenFull::kRefuseCall;
  const auto log = Open();
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(log->Admit()) << i;
    log->Record("line\n");
  }
  EXPECT_FALSE(log->Admit());
  EXPECT_EQ(Count("refused"), "1");
  ReadPipe();
  while (!log->Admit()) std::this_thread::yield();
  log->Record("line\n");
  while (Count("written") != "11") std::this_thread::yield();
  EXPECT_EQ(Count("dropped"), "0");
}

TEST_F(AuditLogTest, EndsThoughItsSinkTakesNothing) {
  UseFullPipe();
  {
    const auto log = Open();
    for (int i = 0; i < 1000; ++i) log->Record("line\n");
  }
  EXPECT_EQ(Count("dropped"), "1000");
}

TEST_F(AuditLogTest, TakesLinesFromManyThreads) {
  {
    const auto log = Open();
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&log] {
        for (int i = 0; i < 1000; ++i) log->Record("0123456789\n");
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  const std::string text = Text("audit.jsonl");
  EXPECT_EQ(text.size(), 4000u * 11u);
  for (size_t i = 0; i < text.size(); i += 11) ASSERT_EQ(text.substr(i, 11), "0123456789\n");
}

}  // namespace
}  // namespace tokenbroker
