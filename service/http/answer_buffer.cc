#include "http/answer_buffer.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

namespace tokenbroker {

bool AnswerBuffer::AddHeaderLine(absl::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kMaxHeaderBytes) {
    too_large_ = true;
    return false;
  }
  if (expecting_ != Expecting::kHeaders) {
    // Otherwise a trailer: what follows a body does not describe the answer to us.
    if (absl::StartsWith(line, "HTTP/")) {
      response_.headers.clear();
      expecting_ = Expecting::kHeaders;
    }
    return true;
  }
  const absl::string_view text = absl::StripAsciiWhitespace(line);
  if (text.empty()) {
    expecting_ = Expecting::kBody;
    return true;
  }
  // A folded line continues the one before (RFC 9112 section 5.2).
  if (line[0] == ' ' || line[0] == '\t') {
    if (!response_.headers.empty()) absl::StrAppend(&response_.headers.back().second, " ", text);
    return true;
  }
  const size_t colon = text.find(':');
  if (colon == absl::string_view::npos) return true;
  response_.headers.emplace_back(
      absl::AsciiStrToLower(absl::StripTrailingAsciiWhitespace(text.substr(0, colon))),
      std::string(absl::StripLeadingAsciiWhitespace(text.substr(colon + 1))));
  return true;
}

bool AnswerBuffer::AddBody(absl::string_view bytes) {
  if (bytes.size() > max_body_bytes_ - response_.body.size()) {
    too_large_ = true;
    return false;
  }
  response_.body.append(bytes.data(), bytes.size());
  return true;
}

HttpResponse AnswerBuffer::Take(int status) {
  response_.status = status;
  return std::move(response_);
}

}  // namespace tokenbroker
