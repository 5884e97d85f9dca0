// JSON from strangers: bounded, without duplicate keys, without exceptions. Pure functions; any
// thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/types/optional.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>

namespace tokenbroker {

inline constexpr size_t kMaxJsonDepth = 16;

// kLenient leaves it to whoever uses a text to look at its bytes: for answers that must not be lost
// because of a name in Latin-1 somewhere in them.
enum class Utf8Rule { kStrict, kLenient };

// The object that `text` is. INVALID_ARGUMENT (which quotes nothing) when it is malformed, deeper
// than kMaxJsonDepth, not an object, or names a key twice in any of its objects: what one reader
// takes from the first and another from the last is a way to smuggle.
absl::StatusOr<boost::json::object> ParseJsonObject(absl::string_view text,
                                                    Utf8Rule utf8 = Utf8Rule::kStrict);

// The string under `key`; nullopt when it is absent or something else.
absl::optional<absl::string_view> FindString(const boost::json::object& object,
                                             absl::string_view key);

// nullptr when `key` is absent.
const boost::json::value* Find(const boost::json::object& object, absl::string_view key);

}  // namespace tokenbroker
