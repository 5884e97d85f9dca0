#include "store/file_spill.h"

#include <set>
#include <utility>

#include "base/log.h"

namespace tokenbroker {
namespace {

constexpr absl::Duration kProbePause = absl::Seconds(5);

}  // namespace

FileSpill::FileSpill(Loop& loop, Worker& worker, Metrics& metrics, SpillFolder folder,
                     const Sealer& sealer)
    : loop_(loop),
      worker_(worker),
      folder_(std::move(folder)),
      sealer_(sealer),
      kept_gauge_(metrics.Gauge("tokenbroker_spilled_writes",
                                "Writes that wait on disk because the store does not take them.")),
      writable_gauge_(metrics.Gauge("tokenbroker_spill_writable",
                                    "1 while the spill folder can be written to; while it cannot, "
                                    "rotating refresh tokens are not presented.")),
      unreadable_gauge_(metrics.Gauge("tokenbroker_spill_unreadable_files",
                                      "Files of the spill folder that could not be opened when "
                                      "they were last looked at.")) {
  writable_gauge_.Set(1);
}

void FileSpill::Start() { loop_.Spawn(WatchFolder()); }

Task<void> FileSpill::WatchFolder() {
  while (!stopped_) {
    co_await loop_.Sleep(kProbePause);
    const absl::Status probed =
        co_await worker_.Run<absl::Status>([this] { return folder_.Probe(); });
    SetWritable(probed);
  }
}

void FileSpill::SetWritable(const absl::Status& status) {
  if (status.ok() != writable_) {
    Log(status.ok() ? LogLevel::kInfo : LogLevel::kError,
        status.ok() ? "spill_writable" : "spill_not_writable",
        {{"error", status.ok() ? absl::string_view() : status.message()}});
  }
  writable_ = status.ok();
  writable_gauge_.Set(writable_ ? 1 : 0);
}

void FileSpill::Kept(const Attempt& attempt, const SpillFile& file) {
  kept_[attempt] = {file.name, KeyIdOf(file)};
  KeysChanged();
}

void FileSpill::OnKeysChange(std::function<void(std::vector<std::string>)> listener) {
  keys_listener_ = std::move(listener);
}

void FileSpill::KeysChanged() const {
  kept_gauge_.Set(static_cast<double>(kept_.size()));
  if (keys_listener_ == nullptr) return;
  std::set<std::string> keys(unreadable_keys_.begin(), unreadable_keys_.end());
  for (const auto& [attempt, file] : kept_) keys.insert(file.key_id);
  keys_listener_({keys.begin(), keys.end()});
}

Task<absl::Status> FileSpill::Keep(SpilledWrite write) {
  const Attempt attempt = AttemptOf(write);
  absl::StatusOr<SpillFile> file = ToSpillFile(write, sealer_, loop_.clock().TimeNow());
  if (!file.ok()) co_return file.status();
  const SpillFile kept{file->name, file->bytes};
  const absl::Status written = co_await worker_.Run<absl::Status>(
      [this, file = *std::move(file)] { return folder_.Write(file); });
  SetWritable(written);
  if (written.ok()) Kept(attempt, kept);
  co_return written;
}

Task<void> FileSpill::Drop(Attempt attempt) {
  const auto kept = kept_.find(attempt);
  if (kept == kept_.end()) co_return;
  const std::string name = kept->second.name;
  kept_.erase(kept);
  const absl::Status removed =
      co_await worker_.Run<absl::Status>([this, name] { return folder_.Remove(name); });
  KeysChanged();
  // The next start finds it, and the store answers ALREADY.
  if (!removed.ok()) Log(LogLevel::kWarning, "spill_not_removed", {{"error", removed.message()}});
}

Task<std::vector<SpilledWrite>> FileSpill::Recover() {
  using Files = absl::StatusOr<std::vector<SpillFile>>;
  std::vector<SpilledWrite> writes;
  const Files files = co_await worker_.Run<Files>([this] { return folder_.ReadAll(); });
  if (!files.ok()) {
    Log(LogLevel::kError, "spill_not_readable", {{"error", files.status().message()}});
    co_return writes;
  }
  unreadable_keys_.clear();
  for (const SpillFile& file : *files) {
    absl::StatusOr<SpilledWrite> write = FromSpillFile(file, sealer_);
    if (!write.ok()) {
      unreadable_keys_.push_back(KeyIdOf(file));
      Log(LogLevel::kError, "spilled_write_not_readable",
          {{"file", file.name}, {"error", write.status().message()}});
      continue;
    }
    Kept(AttemptOf(*write), file);
    writes.push_back(*std::move(write));
  }
  unreadable_gauge_.Set(static_cast<double>(unreadable_keys_.size()));
  KeysChanged();
  co_return writes;
}

}  // namespace tokenbroker
