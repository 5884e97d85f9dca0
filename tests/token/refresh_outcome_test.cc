#include "token/refresh_outcome.h"

namespace tokenbroker {
namespace {

TEST(RefreshOutcomeTest, NamesEveryErrorClass) {
  const std::vector<std::pair<ErrorClass, const char*>> names = {
      {ErrorClass::kNone, "none"},
      {ErrorClass::kGrantDead, "grant_dead"},
      {ErrorClass::kOurConfiguration, "our_configuration"},
      {ErrorClass::kProviderTrouble, "provider_trouble"},
      {ErrorClass::kQuota, "quota"},
      {ErrorClass::kRotationUnknown, "rotation_unknown"},
      {ErrorClass::kCodeRefused, "code_refused"},
      {ErrorClass::kCallerMistake, "caller_mistake"}};
  for (const auto& [error_class, name] : names) EXPECT_EQ(ErrorClassName(error_class), name);
}

}  // namespace
}  // namespace tokenbroker
