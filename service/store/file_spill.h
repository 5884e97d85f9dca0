// The spill on this machine's disk.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <memory>
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

  // Writes that are on the disk now, with the keys that they are sealed with.
  size_t size() const { return kept_.size(); }

 private:
  Task<void> WatchFolder();
  void SetWritable(const absl::Status& status);
  void Kept(const Attempt& attempt, std::string name);

  Loop& loop_;
  Worker& worker_;
  const SpillFolder folder_;
  const Sealer& sealer_;
  // The file of each write that is on the disk.
  absl::flat_hash_map<Attempt, std::string> kept_;
  prometheus::Gauge& kept_gauge_;
  prometheus::Gauge& writable_gauge_;
  prometheus::Gauge& unreadable_gauge_;
  bool writable_ = true;
  bool stopped_ = false;
};

}  // namespace tokenbroker
