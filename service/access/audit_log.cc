#include "access/audit_log.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/time/time.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "base/status_macros.h"
#include "config/secret_file.h"

namespace tokenbroker {
namespace {

// How long a sink that takes nothing is waited for at a time.
constexpr std::chrono::milliseconds kPatience(100);
// How long lines are waited for that can be written with the first.
constexpr std::chrono::milliseconds kGathering(5);
constexpr mode_t kMode = 0640;
// What a file takes in one write; a pipe that poll calls writable takes PIPE_BUF without blocking.
constexpr size_t kFileChunkBytes = 64 * 1024;

int OpenFile(const std::string& path) {
  return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kMode);
}

size_t ChunkBytes(int file) {
  struct stat what = {};
  return ::fstat(file, &what) == 0 && S_ISREG(what.st_mode) ? kFileChunkBytes : PIPE_BUF;
}

prometheus::Counter& Lines(Metrics& metrics, const char* result) {
  return metrics.Counter("tokenbroker_audit_lines_total",
                         "Lines of the audit trail: written, lost because the queue was full, or "
                         "never owed because the call was refused for want of room.",
                         {{"result", result}});
}

}  // namespace

absl::StatusOr<Secret> ReadHashKey(const AuditConfig& config) {
  if (config.subjects == AuditConfig::Subjects::kPlain) return Secret();
  FileRecord files(ReadSmallFile);
  absl::StatusOr<ClientSecret> key = ReadSecretFile(config.hash_key_file, files);
  if (!key.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("audit.hash_key_file: ", key.status().message()));
  }
  return std::move(key->secret);
}

absl::StatusOr<std::unique_ptr<AuditLog>> AuditLog::Open(const AuditConfig& config,
                                                         Metrics& metrics) {
  TB_ASSIGN_OR_RETURN(Secret hash_key, ReadHashKey(config));
  int file = STDOUT_FILENO;
  if (config.sink == AuditConfig::Sink::kFile) file = OpenFile(config.file);
  if (file < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("audit.file: the file '", absl::CEscape(config.file),
                     "' cannot be written: ", std::generic_category().message(errno)));
  }
  return std::unique_ptr<AuditLog>(new AuditLog(config, std::move(hash_key), file, metrics));
}

AuditLog::AuditLog(AuditConfig config, Secret hash_key, int file, Metrics& metrics)
    : config_(std::move(config)),
      hash_key_(std::move(hash_key)),
      written_(Lines(metrics, "written")),
      dropped_(Lines(metrics, "dropped")),
      refused_(Lines(metrics, "refused")),
      failing_(metrics.Gauge("tokenbroker_audit_failing",
                             "1 while the audit trail's sink takes no lines.")),
      file_(file),
      chunk_bytes_(ChunkBytes(file)),
      thread_([this] { Run(); }) {}

AuditLog::~AuditLog() {
  stops_ = true;
  Wake();
  thread_.join();
  if (config_.sink == AuditConfig::Sink::kFile) ::close(file_);
}

bool AuditLog::TakeSlot() {
  if (slots_.fetch_add(1, std::memory_order_relaxed) < config_.queue_lines) return true;
  slots_.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

bool AuditLog::Admit() {
  if (config_.when_full == AuditConfig::WhenFull::kDropLine || TakeSlot()) return true;
  refused_.Increment();
  return false;
}

void AuditLog::Record(absl::string_view line) {
  if (config_.when_full == AuditConfig::WhenFull::kDropLine && !TakeSlot()) {
    dropped_.Increment();
    return;
  }
  {
    MutexLock lock(mutex_);
    queue_.text.append(line.data(), line.size());
    queue_.sizes.push_back(line.size());
    if (queue_.sizes.size() > 1) return;
  }
  Wake();
}

void AuditLog::Reopen() {
  reopen_ = true;
  Wake();
}

void AuditLog::Wake() {
  events_.fetch_add(1);
  events_.notify_one();
}

void AuditLog::Run() {
  // Two buffers that change places: what the callers' threads allocate no other thread frees.
  Batch lines;
  for (;;) {
    const uint32_t seen = events_;
    const bool last = stops_;
    if (reopen_.exchange(false)) OpenAnew();
    lines.text.clear();
    lines.sizes.clear();
    {
      MutexLock lock(mutex_);
      std::swap(lines, queue_);
    }
    const bool lost = !WriteAll(lines);
    // Whoever calls no more, or a sink that takes no more: the shutdown does not wait for it.
    if (last && (lines.sizes.empty() || lost)) return;
    if (!lines.sizes.empty()) continue;
    events_.wait(seen);
    // Where there is one line others follow: woken for each, this thread would cost more than them.
    if (!stops_) std::this_thread::sleep_for(kGathering);
  }
}

bool AuditLog::WriteAll(const Batch& lines) {
  bool lost = false;
  absl::string_view left = lines.text;
  for (auto next = lines.sizes.begin(); next != lines.sizes.end();) {
    const auto first = next;
    size_t together = 0;
    do {
      together += *next++;
    } while (next != lines.sizes.end() && together + *next <= chunk_bytes_);
    const auto count = static_cast<size_t>(next - first);
    lost = lost || !Write(left.substr(0, together));
    left.remove_prefix(together);
    (lost ? dropped_ : written_).Increment(static_cast<double>(count));
    slots_.fetch_sub(count, std::memory_order_relaxed);
  }
  return !lost;
}

bool AuditLog::Write(absl::string_view text) {
  while (!text.empty()) {
    const size_t n = WriteSome(text);
    text.remove_prefix(n);
    failing_.Set(n == 0 ? 1 : 0);
    if (n > 0) continue;
    if (stops_) return false;
    if (reopen_.exchange(false)) OpenAnew();
  }
  return true;
}

// The thread must not hang in a write when the broker is to end.
size_t AuditLog::WriteSome(absl::string_view text) {
  pollfd sink = {file_, POLLOUT, 0};
  if (::poll(&sink, 1, static_cast<int>(kPatience.count())) <= 0) return 0;
  const ssize_t n = ::write(file_, text.data(), std::min(text.size(), chunk_bytes_));
  if (n > 0) return static_cast<size_t>(n);
  // A full disk answers at once.
  if (errno != EINTR) std::this_thread::sleep_for(kPatience);
  return 0;
}

void AuditLog::OpenAnew() {
  if (config_.sink != AuditConfig::Sink::kFile) return;
  const int file = OpenFile(config_.file);
  if (file < 0) {
    Log(LogLevel::kError, "audit_file_not_reopened",
        {{"path", config_.file}, {"error", std::generic_category().message(errno)}});
    return;
  }
  ::close(std::exchange(file_, file));
  chunk_bytes_ = ChunkBytes(file_);
}

}  // namespace tokenbroker
