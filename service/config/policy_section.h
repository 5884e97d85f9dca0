// From the key policy_file to the policy in force. Any thread; blocks on the file.
#pragma once

#include <tokenbroker/config/v1/config.pb.h>

#include <string>

#include "config/config_errors.h"
#include "config/environment.h"
#include "config/file_reader.h"
#include "config/snapshot.h"

namespace tokenbroker {

// Sets the snapshot's policy, whose `server` is set already. Adds to `errors` the file's own, and
// that there is none although the network reaches the listener. A relative path counts from
// `folder`, which is empty or ends in '/'.
void TakePolicy(const config::v1::Config& config, const std::string& folder,
                const Environment& environment, FileRecord& files, Snapshot& snapshot,
                ConfigErrors& errors);

}  // namespace tokenbroker
