#include "base/status_macros.h"

#include <memory>

namespace tokenbroker {
namespace {

absl::Status Checked(absl::Status status, int* reached) {
  TB_RETURN_IF_ERROR(status);
  ++*reached;
  return absl::OkStatus();
}

absl::StatusOr<int> Doubled(absl::StatusOr<std::unique_ptr<int>> in) {
  TB_ASSIGN_OR_RETURN(const std::unique_ptr<int> value, std::move(in));
  return *value * 2;
}

TEST(StatusMacrosTest, ReturnsAnErrorAndGoesOnAfterSuccess) {
  int reached = 0;
  EXPECT_EQ(Checked(absl::NotFoundError("x"), &reached), absl::NotFoundError("x"));
  EXPECT_EQ(reached, 0);
  EXPECT_TRUE(Checked(absl::OkStatus(), &reached).ok());
  EXPECT_EQ(reached, 1);
}

TEST(StatusMacrosTest, AssignsAMoveOnlyValueOrReturnsTheError) {
  EXPECT_EQ(*Doubled(std::make_unique<int>(21)), 42);
  EXPECT_EQ(Doubled(absl::DataLossError("x")).status(), absl::DataLossError("x"));
}

}  // namespace
}  // namespace tokenbroker
