#include "base/secret.h"

#include <cstring>
#include <new>
#include <sstream>

namespace tokenbroker {
namespace {

TEST(SecretTest, PrintsAsRedacted) {
  std::ostringstream out;
  out << Secret("hunter2") << Secret();
  EXPECT_EQ(out.str(), "[redacted][redacted]");
  EXPECT_EQ(::testing::PrintToString(Secret("hunter2")), "[redacted]");
}

TEST(SecretTest, GivesItsTextToExpose) {
  const Secret secret(std::string("a\0b", 3));
  EXPECT_EQ(secret.Expose(), absl::string_view("a\0b", 3));
  EXPECT_FALSE(secret.empty());
  EXPECT_TRUE(Secret().empty());
}

TEST(SecretTest, EqualsByText) {
  EXPECT_TRUE(Secret("abc") == Secret("abc"));
  EXPECT_TRUE(Secret() == Secret(""));
  for (const char* other : {"abd", "Abc", "ab", "abcd", ""}) {
    EXPECT_FALSE(Secret("abc") == Secret(other)) << other;
  }
  EXPECT_FALSE(Secret(std::string("a\0b", 3)) == Secret(std::string("a\0c", 3)));
}

TEST(SecretTest, CopiesAndMovesLikeAValue) {
  Secret a("a secret that is longer than a small string");
  Secret copy = a;
  EXPECT_TRUE(copy == a);
  const Secret& emptied = copy;
  Secret moved = std::move(copy);
  EXPECT_TRUE(moved == a);
  EXPECT_TRUE(emptied.empty());
  Secret assigned("x");
  assigned = a;
  EXPECT_TRUE(assigned == a);
  assigned = Secret("short");
  EXPECT_EQ(assigned.Expose(), "short");
  Secret& same = assigned;
  assigned = same;
  EXPECT_EQ(assigned.Expose(), "short");
  assigned = std::move(same);
  EXPECT_EQ(assigned.Expose(), "short");
}

// A secret in storage of ours, so that its bytes can be looked at when it has gone.
class SecretStorage {
 public:
  explicit SecretStorage(const char* text) : secret_(new(bytes_) Secret(std::string(text))) {}
  Secret& secret() { return *secret_; }
  void Destroy() { secret_->~Secret(); }
  bool Holds(absl::string_view text) const {
    return memmem(bytes_, sizeof bytes_, text.data(), text.size()) != nullptr;
  }

 private:
  alignas(Secret) unsigned char bytes_[sizeof(Secret)] = {};
  Secret* secret_;
};

TEST(SecretTest, WipesAShortTextInsideTheObject) {
  SecretStorage storage("hunter2");
  EXPECT_TRUE(storage.Holds("hunter2"));
  storage.Destroy();
  EXPECT_FALSE(storage.Holds("hunter2"));
}

TEST(SecretTest, WipesWhatItIsMovedFrom) {
  SecretStorage storage("hunter2");
  const Secret to = std::move(storage.secret());
  EXPECT_FALSE(storage.Holds("hunter2"));
  EXPECT_EQ(to.Expose(), "hunter2");
  storage.Destroy();
}

// Its memory is the old text's of the one that is assigned to.
TEST(SecretTest, WipesAShortTextThatIsMovedIntoTheMemoryOfALongOne) {
  SecretStorage storage("hunter2");
  Secret to("hunter2-and-then-a-good-deal-more");
  to = std::move(storage.secret());
  EXPECT_FALSE(storage.Holds("hunter2"));
  EXPECT_EQ(to.Expose(), "hunter2");
  storage.Destroy();
}

TEST(SecretTest, WipesALongTextOutsideTheObject) {
  Secret secret("hunter2-and-then-a-good-deal-more");
  const char* text = secret.Expose().data();
  secret = Secret();
  // libstdc++ keeps the memory of a string that became empty, so it may still be read.
  EXPECT_EQ(std::string(text, 33), std::string(33, '\0'));
}

}  // namespace
}  // namespace tokenbroker
