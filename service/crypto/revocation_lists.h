// Certificate revocation lists (RFC 5280 5). OpenSSL. Any thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <memory>
#include <vector>

#include "crypto/certificate.h"

struct X509_crl_st;

namespace tokenbroker {

// Immutable. None at all revokes nothing.
class RevocationLists {
 public:
  RevocationLists() = default;

  // All lists in `pem`, at least one. INVALID_ARGUMENT when there is none, one is broken, or one is
  // signed by none of `authorities` (PEM). The message continues "the file ...".
  static absl::StatusOr<RevocationLists> Parse(absl::string_view pem,
                                               absl::string_view authorities);

  bool Revokes(const Certificate& certificate) const;

  // When the first of them is to be replaced by its successor; InfiniteFuture when none says so.
  absl::Time NextUpdate() const;

 private:
  std::vector<std::shared_ptr<X509_crl_st>> lists_;
};

}  // namespace tokenbroker
