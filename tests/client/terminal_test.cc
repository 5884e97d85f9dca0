#include "client/tbctl/terminal.h"

#include <sstream>

namespace tokenbroker::tbctl {
namespace {

TEST(TerminalTest, ATestRunsInNone) {
  setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(StandardTerminal().colours);
  unsetenv("NO_COLOR");
}

TEST(TerminalTest, ColoursOnlyWhereColoursAre) {
  EXPECT_EQ(Coloured({false, false}, Colour::kGood, "passed"), "passed");
  EXPECT_EQ(Coloured({true, false}, Colour::kGood, "passed"), "\033[32mpassed\033[0m");
}

TEST(TerminalTest, ProgressLeavesNothingBehind) {
  std::ostringstream err;
  {
    const Progress progress({false, true}, err, "counting");
    EXPECT_EQ(err.str(), "counting ...");
  }
  EXPECT_EQ(err.str(), "counting ...\r\033[K");
  std::ostringstream file;
  {
    const Progress progress({true, false}, file, "counting");
  }
  EXPECT_EQ(file.str(), "");
}

}  // namespace
}  // namespace tokenbroker::tbctl
