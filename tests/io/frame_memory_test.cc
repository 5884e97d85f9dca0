#include "io/frame_memory.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

namespace tokenbroker {
namespace {

TEST(FrameMemoryTest, BlocksOfAllSizesAreApartAndAligned) {
  std::vector<size_t> sizes;
  std::vector<unsigned char*> blocks;
  for (size_t size = 1; size < 6000; size += 97) {
    sizes.push_back(size);
    blocks.push_back(static_cast<unsigned char*>(TakeFrame(size)));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(blocks.back()) % alignof(std::max_align_t), 0u);
    std::memset(blocks.back(), static_cast<int>(blocks.size()), size);
  }
  for (size_t i = 0; i < blocks.size(); ++i) {
    EXPECT_EQ(blocks[i][0], static_cast<unsigned char>(i + 1));
    EXPECT_EQ(blocks[i][sizes[i] - 1], static_cast<unsigned char>(i + 1));
    GiveFrameBack(blocks[i], sizes[i]);
  }
}

// More than a thread keeps, among them.
TEST(FrameMemoryTest, ManyBlocksComeAndGo) {
  constexpr size_t kSize = 1500;
  for (int round = 0; round < 3; ++round) {
    std::set<void*> blocks;
    for (int i = 0; i < 1000; ++i) blocks.insert(TakeFrame(kSize));
    EXPECT_EQ(blocks.size(), 1000u);
    for (void* block : blocks) GiveFrameBack(block, kSize);
  }
}

TEST(FrameMemoryTest, ABlockMayBeGivenBackOnAnotherThread) {
  void* const block = TakeFrame(200);
  std::thread([block] {
    GiveFrameBack(block, 200);
    GiveFrameBack(TakeFrame(200), 200);
  }).join();
  GiveFrameBack(TakeFrame(200), 200);
}

}  // namespace
}  // namespace tokenbroker
