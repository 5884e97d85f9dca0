// The audit trail's way to its sink: a bounded queue and one thread that writes.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/metrics.h"
#include "base/mutex.h"
#include "base/secret.h"
#include "config/audit_config.h"

namespace tokenbroker {

// The key by which subjects are hashed; an empty one where they are not. INVALID_ARGUMENT when its
// file cannot be read. For the start and for --check. Blocks.
absl::StatusOr<Secret> ReadHashKey(const AuditConfig& config);

// Any thread.
class AuditLog {
 public:
  // Opens the sink and starts the thread. INVALID_ARGUMENT when the file cannot be written or the
  // key of hashed subjects cannot be read. `metrics` outlives it.
  static absl::StatusOr<std::unique_ptr<AuditLog>> Open(const AuditConfig& config,
                                                        Metrics& metrics);
  // Writes what is in the queue, if the sink takes it now.
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  // Whether a call may be made: with WhenFull::kRefuseCall there is room for its line from now on,
  // and Record must follow. Else always.
  bool Admit();
  // Never waits for the sink. With WhenFull::kDropLine a line that finds no room is lost and
  // counted.
  void Record(absl::string_view line);

  // Empty where subjects are written as they are.
  const Secret& hash_key() const { return hash_key_; }

  // From the next line on the file of that name is written to, a new one if need be: for whoever
  // moved the old one away. Without effect on stdout.
  void Reopen();

 private:
  // One after the other, and how long each is.
  struct Batch {
    std::string text;
    std::vector<size_t> sizes;
  };

  AuditLog(AuditConfig config, Secret hash_key, int file, Metrics& metrics);

  bool TakeSlot();
  void Wake();
  void Run();
  // All of them, several at once; false when some were lost, as with Write.
  bool WriteAll(const Batch& lines);
  // Until all is written; false when nothing can be and the log ends.
  bool Write(absl::string_view text);
  // How many bytes of `text` were written; 0 after a while in which none could be.
  size_t WriteSome(absl::string_view text);
  void OpenAnew();

  const AuditConfig config_;
  const Secret hash_key_;
  prometheus::Counter& written_;
  prometheus::Counter& dropped_;
  prometheus::Counter& refused_;
  prometheus::Gauge& failing_;

  // Lines that were admitted or recorded and are not written yet.
  std::atomic<size_t> slots_{0};
  Mutex mutex_;
  Batch queue_ TB_GUARDED_BY(mutex_);
  std::atomic<bool> stops_{false};
  std::atomic<bool> reopen_{false};
  // Grows with whatever the thread should look at.
  std::atomic<uint32_t> events_{0};
  // The thread's own.
  int file_;
  size_t chunk_bytes_;
  std::thread thread_;
};

}  // namespace tokenbroker
