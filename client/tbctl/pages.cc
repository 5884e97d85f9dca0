#include "client/tbctl/pages.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace tokenbroker::tbctl {
namespace {

constexpr std::streamsize kMaxPageBytes = 1 << 20;

constexpr char kStyle[] = R"(
:root { color-scheme: light dark; --paper: #f4f5f7; --card: #fff; --ink: #16181d; --soft: #555b66;
  --line: #dfe2e7; --done: #137a3f; --failed: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #0f1115; --card: #191c22; --ink: #eceef2; --soft: #a7adb9; --line: #2b303a;
    --done: #4cc38a; --failed: #ff8a80; }
}
* { box-sizing: border-box; }
body { align-items: center; background: var(--paper); color: var(--ink); display: flex;
  font: 1.0625rem/1.55 system-ui, sans-serif; justify-content: center; margin: 0;
  min-height: 100vh; padding: 1rem; }
main { background: var(--card); border: 1px solid var(--line); border-radius: 1rem;
  max-width: 34rem; overflow-wrap: anywhere; padding: 2.25rem 2rem; width: 100%; }
svg { display: block; height: 3rem; width: 3rem; }
.done svg { color: var(--done); }
.failed svg { color: var(--failed); }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 1rem 0 0.5rem; }
p { margin: 0; }
.now { border-top: 1px solid var(--line); color: var(--soft); margin-top: 1.25rem;
  padding-top: 1.25rem; }
)";
// Of kStyle: printf %s "$style" | openssl dgst -sha256 -binary | base64. A test compares them.
constexpr char kStyleHash[] = "sha256-89XXYFUB+Mwie6/lOKf+5OnPkrAE6CRn5VtRTnCkLLc=";

constexpr char kNothingElse[] = "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

constexpr char kTick[] = R"(<path d="M7 12.5l3.5 3.5L17 9"/>)";
constexpr char kCross[] = R"(<path d="M8.5 8.5l7 7m0-7l-7 7"/>)";

std::string EscapeHtml(const std::string& text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

}  // namespace

Page MakePage(PageKind kind, const std::string& title, const std::string& text,
              const std::string& what_now) {
  const bool done = kind == PageKind::kDone;
  std::string html = absl::StrCat(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
      EscapeHtml(title), "</title>\n<style>", kStyle, "</style>\n</head>\n<body>\n");
  absl::StrAppend(&html, "<main class=\"", done ? "done" : "failed",
                  "\">\n<svg viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"currentColor\" "
                  "stroke-width=\"2\" stroke-linecap=\"round\" stroke-linejoin=\"round\" "
                  "aria-hidden=\"true\"><circle cx=\"12\" cy=\"12\" r=\"10\"/>",
                  done ? kTick : kCross, "</svg>\n");
  absl::StrAppend(&html, "<h1>", EscapeHtml(title), "</h1>\n<p>", EscapeHtml(text), "</p>\n");
  if (!what_now.empty()) {
    absl::StrAppend(&html, "<p class=\"now\">", EscapeHtml(what_now), "</p>\n");
  }
  html += "</main>\n</body>\n</html>\n";
  return {std::move(html),
          absl::StrCat("default-src 'none'; style-src '", kStyleHash, "'", kNothingElse)};
}

absl::StatusOr<Page> ReadPage(const std::string& file) {
  const auto refuse = [&file](const auto&... why) {
    return absl::InvalidArgumentError(
        absl::StrCat("--page: the file '", absl::CEscape(file), "' ", why...));
  };
  std::ifstream in(file, std::ios::binary);
  if (!in) return refuse("cannot be read: ", std::generic_category().message(errno));
  std::string html(kMaxPageBytes + 1, '\0');
  in.read(html.data(), static_cast<std::streamsize>(html.size()));
  if (in.bad()) return refuse("cannot be read");
  html.resize(static_cast<size_t>(in.gcount()));
  if (html.empty()) return refuse("is empty");
  if (html.size() > kMaxPageBytes) return refuse("has more than 1 MiB");
  return Page{
      std::move(html),
      absl::StrCat("default-src 'none'; style-src 'unsafe-inline'; img-src data:", kNothingElse)};
}

}  // namespace tokenbroker::tbctl
