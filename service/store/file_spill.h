// The spill on this machine's disk.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <functional>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "io/worker.h"
#include "store/spill.h"
#include "store/spill_folder.h"

namespace tokenbroker {

// Loop thread only; the disk is waited for on the worker's thread. Must outlive its calls: stop the
// worker before.
class FileSpill : public Spill {
 public:
  // All must outlive it. `folder` is used on the worker's thread only.
  FileSpill(Loop& loop, Worker& worker, Metrics& metrics, SpillFolder folder, const Sealer& sealer);

  // Looks every few seconds whether the folder can be written to, until Stop.
  void Start();
  void Stop() { stopped_ = true; }

  Task<absl::Status> Keep(SpilledWrite write) override;
  Task<void> Drop(Attempt attempt) override;
  Task<std::vector<SpilledWrite>> Recover() override;
  bool Writable() const override { return writable_; }

  // How many writes are on the disk now.
  size_t size() const { return kept_.size(); }
  // The ids of the keys that what lies in the folder is sealed with: they must not be retired.
  // Called with them whenever they change.
  void OnKeysChange(std::function<void(std::vector<std::string>)> listener);

 private:
  Task<void> WatchFolder();
  void SetWritable(const absl::Status& status);
  void Kept(const Attempt& attempt, const SpillFile& file);
  void KeysChanged() const;

  Loop& loop_;
  Worker& worker_;
  const SpillFolder folder_;
  const Sealer& sealer_;
  struct KeptFile {
    std::string name;
    std::string key_id;
  };
  // The file of each write that is on the disk.
  absl::flat_hash_map<Attempt, KeptFile> kept_;
  // Of the files that could not be opened.
  std::vector<std::string> unreadable_keys_;
  std::function<void(std::vector<std::string>)> keys_listener_;
  prometheus::Gauge& kept_gauge_;
  prometheus::Gauge& writable_gauge_;
  prometheus::Gauge& unreadable_gauge_;
  bool writable_ = true;
  bool stopped_ = false;
};

}  // namespace tokenbroker
