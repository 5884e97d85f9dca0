// The pages that a browser sees when it comes back from the provider: light and dark, readable on a
// phone, without a script or anything from elsewhere. Any thread.
#pragma once

#include <absl/status/statusor.h>

#include <string>

namespace tokenbroker::tbctl {

struct Page {
  std::string html;
  // The value of the header of that name (W3C CSP Level 3): what the page needs, and no more.
  std::string content_security_policy;
};

enum class PageKind { kDone, kFailed };

// What happened, what that means, and what to do now: plain text, escaped here. `what_now` may be
// empty.
Page MakePage(PageKind kind, const std::string& title, const std::string& text,
              const std::string& what_now);

// A page of the user's own: HTML with its styles inside, and with images as `data:` URLs; it may
// run no script and load nothing. INVALID_ARGUMENT, naming the file, when it cannot be read, is
// empty or has more than 1 MiB.
absl::StatusOr<Page> ReadPage(const std::string& file);

}  // namespace tokenbroker::tbctl
