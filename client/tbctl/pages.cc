#include "client/tbctl/pages.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>

namespace tokenbroker::tbctl {

std::string EscapeHtml(const std::string& text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

std::string Page(const std::string& title, const std::string& text) {
  return absl::StrCat(R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>)",
                      EscapeHtml(title), R"(</title>
<style>
body { font: 1.1rem/1.5 system-ui, sans-serif; margin: 20vh auto 0; max-width: 32rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; }
@media (prefers-color-scheme: dark) { body { background: #111; color: #eee; } }
</style>
</head>
<body>
<h1>)",
                      EscapeHtml(title), "</h1>\n<p>", EscapeHtml(text),
                      "</p>\n</body>\n</html>\n");
}

}  // namespace tokenbroker::tbctl
