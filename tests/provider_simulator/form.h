// application/x-www-form-urlencoded, the format of queries and token requests. Any thread.

#ifndef TESTS_PROVIDER_SIMULATOR_FORM_H_
#define TESTS_PROVIDER_SIMULATOR_FORM_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/optional.h"

namespace provider_simulator {

// Nothing when a percent sign is not followed by two hexadecimal digits.
absl::optional<std::string> FormDecode(const std::string& text);
std::string FormEncode(const std::string& text);
std::string FormEncode(const std::vector<std::pair<std::string, std::string>>& fields);

// Names to values. OAuth allows no parameter twice (RFC 6749 3.1 and 3.2): nothing then, nor when
// the text cannot be decoded.
using Form = std::map<std::string, std::string>;
absl::optional<Form> ParseForm(const std::string& text);

// The value, or empty: OAuth reads an empty parameter as an absent one.
std::string Field(const Form& form, const std::string& name);

// Space-separated words, as in `scope`.
std::vector<std::string> SplitWords(const std::string& text);

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_FORM_H_
