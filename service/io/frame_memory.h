// Where coroutines' frames live: blocks that each thread keeps for the next frame of the same size.
// There are many at once and they are large, more than an allocator's per-thread cache holds.
#pragma once

#include <cstddef>

namespace tokenbroker {

// Any thread; a block may be given back on another thread than it was taken on.
void* TakeFrame(size_t size);
void GiveFrameBack(void* frame, size_t size) noexcept;

// The base of a promise whose frame lives there.
struct PooledFrame {
  static void* operator new(size_t size) { return TakeFrame(size); }
  static void operator delete(void* frame, size_t size) noexcept { GiveFrameBack(frame, size); }
};

}  // namespace tokenbroker
