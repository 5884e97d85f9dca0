// Decoding UTF-8 strictly (RFC 3629: no surrogates, nothing overlong). Any thread.
#pragma once

#include <absl/strings/string_view.h>

#include <cstddef>
#include <cstdint>

namespace tokenbroker {

// How many bytes the sequence at text[i] takes, its code point in *code_point; 0 when it is
// ill-formed. REQUIRES: i < text.size().
size_t DecodeUtf8(absl::string_view text, size_t i, uint32_t* code_point);

}  // namespace tokenbroker
