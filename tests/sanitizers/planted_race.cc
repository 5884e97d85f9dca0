// A data race on purpose: shows that ThreadSanitizer would see one in our tests. Built in the tsan
// tree only.
#include <cstdio>
#include <thread>

namespace {

int racy_counter = 0;

void Count() {
  for (int i = 0; i < 1000; ++i) ++racy_counter;
}

}  // namespace

int main() {
  std::thread other(Count);
  Count();
  other.join();
  std::printf("counted to %d\n", racy_counter);
  return 0;
}
