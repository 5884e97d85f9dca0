// PEM text for OpenSSL's readers. Any thread.
#pragma once

#include <absl/strings/string_view.h>
#include <openssl/bio.h>

#include <memory>

namespace tokenbroker {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioPtr = std::unique_ptr<BIO, FreeBio>;

// Reads from `text`, which must outlive it.
inline BioPtr ReadOnlyBio(absl::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// After a reader gave nothing: because there was no further block, and not because one was broken.
// Clears the thread's error.
bool AtEndOfPem();

}  // namespace tokenbroker
