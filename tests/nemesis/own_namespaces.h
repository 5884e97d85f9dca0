// A run's own mounts and network, so that it can fill a disk and lose packets that are nobody
// else's.
#pragma once

namespace tokenbroker {

// From now on this process and its children have mounts of their own, and a network that is nothing
// but a loopback interface. Before any thread is started. False: not permitted (it takes root).
bool EnterOwnNamespaces();

}  // namespace tokenbroker
