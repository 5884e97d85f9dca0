#include "crypto/revocation_lists.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>

#include "base/status_macros.h"
#include "crypto/pem.h"

namespace tokenbroker {
namespace {

bool Signed(X509_CRL* list, const std::vector<Certificate>& authorities) {
  return std::any_of(authorities.begin(), authorities.end(), [list](const Certificate& authority) {
    return X509_NAME_cmp(X509_get_subject_name(authority.get()), X509_CRL_get_issuer(list)) == 0 &&
           X509_CRL_verify(list, X509_get0_pubkey(authority.get())) == 1;
  });
}

}  // namespace

absl::StatusOr<RevocationLists> RevocationLists::Parse(absl::string_view pem,
                                                       absl::string_view authorities) {
  TB_ASSIGN_OR_RETURN(const auto trusted, ParseCertificates(authorities));
  RevocationLists lists;
  const BioPtr bio = ReadOnlyBio(pem);
  while (X509_CRL* one = PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr)) {
    lists.lists_.emplace_back(one, X509_CRL_free);
  }
  const bool read_to_the_end = AtEndOfPem();
  if (lists.lists_.empty() || !read_to_the_end) {
    return absl::InvalidArgumentError("holds no readable revocation list; give it in PEM");
  }
  for (const auto& list : lists.lists_) {
    const bool by_one_of_them = Signed(list.get(), trusted);
    ERR_clear_error();
    if (!by_one_of_them) {
      return absl::InvalidArgumentError(
          "holds a revocation list that none of the client authorities signed");
    }
  }
  return lists;
}

bool RevocationLists::Revokes(const Certificate& certificate) const {
  return std::any_of(lists_.begin(), lists_.end(), [&certificate](const auto& list) {
    X509_REVOKED* entry = nullptr;
    // 2: taken back by removeFromCRL.
    return X509_NAME_cmp(X509_get_issuer_name(certificate.get()),
                         X509_CRL_get_issuer(list.get())) == 0 &&
           X509_CRL_get0_by_cert(list.get(), &entry, certificate.get()) == 1;
  });
}

absl::Time RevocationLists::NextUpdate() const {
  absl::Time earliest = absl::InfiniteFuture();
  for (const auto& list : lists_) {
    const ASN1_TIME* next = X509_CRL_get0_nextUpdate(list.get());
    std::tm time = {};
    if (next == nullptr || ASN1_TIME_to_tm(next, &time) != 1) continue;
    earliest = std::min(earliest, absl::FromTM(time, absl::UTCTimeZone()));
  }
  return earliest;
}

}  // namespace tokenbroker
