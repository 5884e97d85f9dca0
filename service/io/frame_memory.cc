#include "io/frame_memory.h"

#include <array>
#include <new>

namespace tokenbroker {
namespace {

constexpr size_t kStep = 64;
// Larger frames are rare.
constexpr size_t kLargest = 4096;
// Of each size: as many as the waiters of a busy second, and not what a herd of callers leaves
// behind.
constexpr size_t kMostKept = 512;

// A sanitizer is to see each frame come and go.
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kKeeps = false;
#else
constexpr bool kKeeps = true;
#endif

struct Block {
  Block* next;
};

// Blocks of one size.
class Kept {
 public:
  void* Take() {
    Block* const block = first_;
    if (block == nullptr) return nullptr;
    first_ = block->next;
    --count_;
    return block;
  }
  bool Keep(void* memory) {
    if (count_ == kMostKept) return false;
    first_ = new (memory) Block{first_};
    ++count_;
    return true;
  }

 private:
  Block* first_ = nullptr;
  size_t count_ = 0;
};

size_t SizeClass(size_t size) { return (size + kStep - 1) / kStep; }

struct ThreadsBlocks {
  ~ThreadsBlocks() {
    for (Kept& kept : by_class) {
      while (void* block = kept.Take()) ::operator delete(block);
    }
  }
  std::array<Kept, kLargest / kStep + 1> by_class;
};
thread_local ThreadsBlocks blocks;

}  // namespace

void* TakeFrame(size_t size) {
  if (!kKeeps || size > kLargest) return ::operator new(size);
  const size_t size_class = SizeClass(size);
  void* const kept = blocks.by_class[size_class].Take();
  return kept != nullptr ? kept : ::operator new(size_class * kStep);
}

void GiveFrameBack(void* frame, size_t size) noexcept {
  if (kKeeps && size <= kLargest && blocks.by_class[SizeClass(size)].Keep(frame)) return;
  ::operator delete(frame);
}

}  // namespace tokenbroker
