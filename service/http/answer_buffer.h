// Collects an answer from curl's callbacks, within limits.
#pragma once

#include <absl/strings/string_view.h>

#include "http/http_client.h"

namespace tokenbroker {

// One thread. Bytes are foreign: nothing that they say can make it fail, only grow too large.
class AnswerBuffer {
 public:
  // All header lines of an answer together, interim answers and trailers included.
  static constexpr size_t kMaxHeaderBytes = 64 * 1024;

  explicit AnswerBuffer(size_t max_body_bytes) : max_body_bytes_(max_body_bytes) {}

  // A whole header line as curl hands it over: the status line, `Name: value`, or the empty line
  // that ends a block. A status line begins the next answer (after a 1xx); trailers are ignored.
  // False when the limit is passed: the caller aborts.
  bool AddHeaderLine(absl::string_view line);
  bool AddBody(absl::string_view bytes);
  bool too_large() const { return too_large_; }

  HttpResponse Take(int status);

 private:
  enum class Expecting { kStatusLine, kHeaders, kBody };

  const size_t max_body_bytes_;
  size_t header_bytes_ = 0;
  bool too_large_ = false;
  Expecting expecting_ = Expecting::kStatusLine;
  HttpResponse response_;
};

}  // namespace tokenbroker
