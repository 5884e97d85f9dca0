#include "config/config_errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tokenbroker {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

TEST(ConfigErrorsTest, IsOkWithoutErrors) { EXPECT_TRUE(ConfigErrors("f").ToStatus().ok()); }

TEST(ConfigErrorsTest, ShowsFileLineColumnPathAndText) {
  ConfigErrors errors("a.yaml");
  errors.Add("server.listen", Position{3, 7}, "is wrong; mend it");
  EXPECT_EQ(errors.ToStatus().message(), "a.yaml:3:7: server.listen: is wrong; mend it");
}

TEST(ConfigErrorsTest, LeavesOutWhatIsUnknown) {
  ConfigErrors errors("a.yaml");
  errors.Add("", "does not exist");
  EXPECT_EQ(errors.ToStatus().message(), "a.yaml: does not exist");
}

TEST(ConfigErrorsTest, SortsByPlaceInTheFile) {
  ConfigErrors errors("f");
  errors.Add("c", Position{2, 9}, "z");
  errors.Add("b", Position{2, 1}, "y");
  errors.Add("a", Position{1, 5}, "x");
  EXPECT_EQ(errors.ToStatus().message(), "f:1:5: a: x\nf:2:1: b: y\nf:2:9: c: z");
}

TEST(ConfigErrorsTest, PlacesAMissingFieldAtItsNearestKnownParent) {
  ConfigErrors errors("f");
  errors.SetPosition("providers.p", Position{4, 3});
  errors.Add("providers.p.client_id", "is missing");
  errors.Add("providers.p.redirect_uris[0]", "is wrong");
  EXPECT_EQ(errors.ToStatus().message(),
            "f:4:3: providers.p.client_id: is missing\n"
            "f:4:3: providers.p.redirect_uris[0]: is wrong");
}

TEST(ConfigErrorsTest, SaysOnlyTheFirstThingAboutAField) {
  ConfigErrors errors("f");
  errors.Add("a", Position{1, 1}, "is not a number");
  errors.Add("a", "is missing");
  EXPECT_EQ(errors.ToStatus().message(), "f:1:1: a: is not a number");
}

TEST(ConfigErrorsTest, ShowsTwentyAndCountsTheRest) {
  ConfigErrors errors("f");
  for (int i = 1; i <= 23; ++i) errors.Add("a", Position{i, 1}, "x");
  const std::string text(errors.ToStatus().message());
  EXPECT_THAT(text, HasSubstr("f:20:1: a: x"));
  EXPECT_THAT(text, EndsWith("\nf: and 3 more"));
}

TEST(ConfigErrorsTest, MakesForeignTextPrintableAndShort) {
  EXPECT_EQ(Printable("a\nb"), "a\\nb");
  EXPECT_EQ(Printable(std::string(100, 'x')), std::string(64, 'x') + "...");
}

}  // namespace
}  // namespace tokenbroker
