#include "base/boxed.h"

#include <string>

namespace tokenbroker {
namespace {

TEST(BoxedTest, IsEmptyUntilItIsGivenSomething) {
  Boxed<std::string> box;
  EXPECT_FALSE(box.has_value());
  EXPECT_FALSE(box);
  box = std::string("a");
  ASSERT_TRUE(box);
  EXPECT_EQ(*box, "a");
  EXPECT_EQ(box->size(), 1u);
  box.emplace() = "b";
  EXPECT_EQ(*box, "b");
  box.reset();
  EXPECT_FALSE(box);
}

TEST(BoxedTest, AMoveTakesTheValueWithoutTouchingIt) {
  Boxed<std::string> box = std::string("a");
  const std::string* const value = &*box;
  Boxed<std::string> moved = std::move(box);
  EXPECT_EQ(&*moved, value);
  EXPECT_FALSE(box);  // NOLINT(bugprone-use-after-move): this is the promise.
  Boxed<std::string> assigned;
  assigned = std::move(moved);
  EXPECT_EQ(&*assigned, value);
}

TEST(BoxedTest, ACopyIsAnotherValue) {
  const Boxed<std::string> box = std::string("a");
  Boxed<std::string> copy = box;
  *copy = "b";
  EXPECT_EQ(*box, "a");
  copy = box;
  EXPECT_EQ(*copy, "a");
  EXPECT_NE(&*copy, &*box);
  copy = Boxed<std::string>();
  EXPECT_FALSE(copy);
  const Boxed<std::string> copied_nothing = copy;
  EXPECT_FALSE(copied_nothing);
}

TEST(BoxedTest, TheValueCanBeMovedOut) {
  Boxed<std::string> box = std::string(100, 'a');
  const std::string taken = *std::move(box);
  EXPECT_EQ(taken, std::string(100, 'a'));
}

}  // namespace
}  // namespace tokenbroker
