#include "client/tbctl/pages.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

#include "crypto/digest.h"
#include "tests/support/temp_folder.h"

namespace tokenbroker::tbctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(PagesTest, EscapesWhatItIsTold) {
  const Page page = MakePage(PageKind::kFailed, "<b>", "a & \"b\"", "it's <script>");
  EXPECT_THAT(page.html, HasSubstr("<title>&lt;b&gt;</title>"));
  EXPECT_THAT(page.html, HasSubstr("<h1>&lt;b&gt;</h1>\n<p>a &amp; &quot;b&quot;</p>"));
  EXPECT_THAT(page.html, HasSubstr("<p class=\"now\">it&#39;s &lt;script&gt;</p>"));
}

TEST(PagesTest, AllowsItsOwnStyleAndNothingElse) {
  const Page page = MakePage(PageKind::kDone, "t", "x", "");
  const size_t begin = page.html.find("<style>") + 7;
  const std::string style = page.html.substr(begin, page.html.find("</style>") - begin);
  EXPECT_EQ(
      page.content_security_policy,
      absl::StrCat("default-src 'none'; style-src 'sha256-", absl::Base64Escape(Sha256(style)),
                   "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"));
  EXPECT_THAT(page.html, Not(HasSubstr("class=\"now\"")));
}

TEST(PagesTest, ReadsAPageOfTheUsersOwn) {
  const TempFolder folder;
  const auto page = ReadPage(folder.Write("page.html", "<p>mine</p>"));
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->html, "<p>mine</p>");
  EXPECT_THAT(page->content_security_policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page->content_security_policy, Not(HasSubstr("script-src")));
}

TEST(PagesTest, RefusesAFileThatIsNoPage) {
  const TempFolder folder;
  for (const std::string& file :
       {folder.Write("empty", ""), folder.Write("large", std::string((1 << 20) + 1, 'x')),
        folder.Path("."), std::string("/nowhere/page.html")}) {
    const auto page = ReadPage(file);
    EXPECT_EQ(page.status().code(), absl::StatusCode::kInvalidArgument) << file;
    EXPECT_THAT(std::string(page.status().message()), HasSubstr("--page: the file '" + file));
  }
}

}  // namespace
}  // namespace tokenbroker::tbctl
