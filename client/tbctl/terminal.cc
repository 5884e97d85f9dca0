#include "client/tbctl/terminal.h"

#include <absl/strings/str_cat.h>
#include <unistd.h>

#include <cstdlib>

namespace tokenbroker::tbctl {
namespace {

// https://no-color.org: any value but an empty one.
bool ColourIsUnwanted() {
  const char* value = std::getenv("NO_COLOR");
  return value != nullptr && *value != '\0';
}

bool IsDumb() {
  const char* term = std::getenv("TERM");
  return term == nullptr || absl::string_view(term) == "dumb";
}

absl::string_view CodeOf(Colour colour) {
  switch (colour) {
    case Colour::kGood:
      return "32";
    case Colour::kBad:
      return "1;31";
    case Colour::kFaint:
      return "2";
  }
  return "0";
}

}  // namespace

Terminal StandardTerminal() {
  Terminal terminal;
  terminal.colours = isatty(STDOUT_FILENO) == 1 && !ColourIsUnwanted() && !IsDumb();
  terminal.progress = isatty(STDERR_FILENO) == 1 && !IsDumb();
  return terminal;
}

std::string Coloured(const Terminal& terminal, Colour colour, absl::string_view text) {
  if (!terminal.colours) return std::string(text);
  return absl::StrCat("\033[", CodeOf(colour), "m", text, "\033[0m");
}

Progress::Progress(const Terminal& terminal, std::ostream& err, absl::string_view what)
    : shown_(terminal.progress), err_(err) {
  if (shown_) err_ << std::string(what) << " ..." << std::flush;
}

Progress::~Progress() {
  if (shown_) err_ << "\r\033[K" << std::flush;
}

}  // namespace tokenbroker::tbctl
