// What a command may do to the terminal that it runs in: nothing when it runs in none.
#pragma once

#include <absl/strings/string_view.h>

#include <ostream>
#include <string>

namespace tokenbroker::tbctl {

struct Terminal {
  // Standard output takes colours.
  bool colours = false;
  // Standard error takes lines that come and go.
  bool progress = false;
};

// Of this process: colours on a terminal unless NO_COLOR is set or TERM is `dumb`, progress on a
// terminal unless TERM is `dumb`.
Terminal StandardTerminal();

enum class Colour { kGood, kBad, kFaint };

// `text` in that colour, where colours are.
std::string Coloured(const Terminal& terminal, Colour colour, absl::string_view text);

// Says what goes on for as long as it lives, where progress is shown, and leaves nothing behind.
class Progress {
 public:
  // `err` outlives it.
  Progress(const Terminal& terminal, std::ostream& err, absl::string_view what);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  const bool shown_;
  std::ostream& err_;
};

}  // namespace tokenbroker::tbctl
