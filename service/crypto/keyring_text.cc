#include "crypto/keyring_text.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "crypto/aes_gcm.h"
#include "crypto/base64url.h"

namespace tokenbroker {
namespace {

constexpr absl::string_view kHead =
    "# The keyring of a Token Broker, written by tbctl keyring. Whoever reads it can read every\n"
    "# grant; without it nobody can. The newest key whose write_from has passed seals, all of "
    "them\n"
    "# open.\n";
constexpr char kTimeFormat[] = "%Y-%m-%dT%H:%M:%E*SZ";
constexpr absl::string_view kBlanks = " \t\r";

struct NumberedKey {
  int line = 0;
  SealingKey key;
};

absl::Status Problem(absl::string_view what, absl::string_view fix) {
  return absl::InvalidArgumentError(absl::StrCat(what, "; ", fix));
}

absl::StatusOr<absl::Time> ParseKeyTime(absl::string_view text, absl::string_view column) {
  absl::Time time;
  std::string ignored;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &ignored) &&
      time != absl::InfiniteFuture() && time != absl::InfinitePast()) {
    return time;
  }
  return Problem(absl::StrCat("the column ", column, " is no time"),
                 "write it like 2026-11-24T14:52:07Z");
}

absl::StatusOr<Secret> ParseKeyBytes(absl::string_view text) {
  absl::optional<std::string> bytes = Base64UrlDecode(text);
  Secret key(bytes ? *std::move(bytes) : "");
  if (key.Expose().size() == kAesKeyBytes) return key;
  return Problem("the column key is not 32 bytes in base64url", "let tbctl keyring add make it");
}

absl::StatusOr<SealingKey> ParseLine(absl::string_view line) {
  const std::vector<absl::string_view> columns =
      absl::StrSplit(line, absl::ByAnyChar(kBlanks), absl::SkipEmpty());
  if (columns.size() != 4) {
    return Problem(absl::StrCat("has ", columns.size(), " columns"),
                   "write id, created, write_from and key");
  }
  if (!IsKeyId(columns[0])) {
    return Problem("the column id has a strange character or is too long",
                   "use up to 64 letters, digits, '-', '_' and '.'");
  }
  SealingKey key;
  key.id = std::string(columns[0]);
  TB_ASSIGN_OR_RETURN(key.created, ParseKeyTime(columns[1], "created"));
  TB_ASSIGN_OR_RETURN(key.write_from, ParseKeyTime(columns[2], "write_from"));
  TB_ASSIGN_OR_RETURN(key.key, ParseKeyBytes(columns[3]));
  return key;
}

absl::Status CheckDistinct(const std::vector<NumberedKey>& before, const SealingKey& key) {
  for (const NumberedKey& other : before) {
    if (other.key.id == key.id) {
      return Problem(absl::StrCat("has the id of line ", other.line), "give each key its own");
    }
    if (other.key.key == key.key) {
      return Problem(absl::StrCat("has the key of line ", other.line), "remove one of the lines");
    }
  }
  return absl::OkStatus();
}

absl::Status AddLine(absl::string_view text, int line, std::vector<NumberedKey>* keys) {
  text = text.substr(0, text.find('#'));
  if (text.find_first_not_of(kBlanks) == absl::string_view::npos) return absl::OkStatus();
  TB_ASSIGN_OR_RETURN(SealingKey key, ParseLine(text));
  TB_RETURN_IF_ERROR(CheckDistinct(*keys, key));
  keys->push_back({line, std::move(key)});
  return absl::OkStatus();
}

}  // namespace

std::string FormatKeyTime(absl::Time time) {
  return absl::FormatTime(kTimeFormat, time, absl::UTCTimeZone());
}

absl::StatusOr<Keyring> ParseKeyring(absl::string_view text, absl::string_view file) {
  std::vector<NumberedKey> numbered;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (absl::Status status = AddLine(line, number, &numbered); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(file, ":", number, ": ", status.message()));
    }
  }
  if (numbered.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": there is no key in it; make it with tbctl keyring new"));
  }
  std::vector<SealingKey> keys;
  keys.reserve(numbered.size());
  for (NumberedKey& key : numbered) keys.push_back(std::move(key.key));
  return Keyring::Make(std::move(keys));
}

Secret FormatKeyring(const Keyring& keyring) {
  size_t width = 0;
  for (const SealingKey& key : keyring.keys()) width = std::max(width, key.id.size());
  const auto line = [width](absl::string_view id, absl::string_view created,
                            absl::string_view write_from, absl::string_view key) {
    return absl::StrFormat("%-*s  %-20s  %-20s  %s\n", static_cast<int>(width), id, created,
                           write_from, key);
  };
  // One buffer of enough room: a growing string would leave copies of the keys behind.
  std::string text;
  text.reserve(kHead.size() + (keyring.keys().size() + 1) * (width + 160));
  absl::StrAppend(&text, kHead, line("# id", "created", "write_from", "key"));
  for (const SealingKey& key : keyring.keys()) {
    const Secret encoded(Base64UrlEncode(key.key.Expose()));
    const Secret row(
        line(key.id, FormatKeyTime(key.created), FormatKeyTime(key.write_from), encoded.Expose()));
    absl::StrAppend(&text, row.Expose());
  }
  return Secret(std::move(text));
}

}  // namespace tokenbroker
