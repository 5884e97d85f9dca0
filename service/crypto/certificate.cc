#include "crypto/certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>

#include "base/status_macros.h"
#include "crypto/pem.h"

namespace tokenbroker {
namespace {

absl::Status NoCertificate() {
  return absl::InvalidArgumentError("holds no readable certificate; give it in PEM");
}

std::vector<std::string> NamesOf(X509* certificate, int type) {
  std::vector<std::string> names;
  auto* general = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(general); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(general, i);
    if (name->type != type) continue;
    const auto size = static_cast<size_t>(ASN1_STRING_length(name->d.ia5));
    names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.ia5)), size);
  }
  GENERAL_NAMES_free(general);
  return names;
}

// Instead of OpenSSL's question at the terminal.
int NoPassword(char*, int, int, void*) { return -1; }

}  // namespace

void Certificate::Free::operator()(x509_st* certificate) const { X509_free(certificate); }

absl::StatusOr<Certificate> Certificate::Parse(absl::string_view pem) {
  const BioPtr bio = ReadOnlyBio(pem);
  X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, NoPassword, nullptr);
  ERR_clear_error();
  if (certificate == nullptr) return NoCertificate();
  return Certificate(certificate);
}

std::vector<std::string> Certificate::Uris() const { return NamesOf(certificate_.get(), GEN_URI); }

std::vector<std::string> Certificate::DnsNames() const {
  return NamesOf(certificate_.get(), GEN_DNS);
}

bool Certificate::IsAuthority() const { return X509_check_ca(certificate_.get()) != 0; }

absl::Time Certificate::NotAfter() const {
  std::tm time = {};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate_.get()), &time) != 1) {
    return absl::InfinitePast();
  }
  return absl::FromTM(time, absl::UTCTimeZone());
}

absl::StatusOr<std::vector<Certificate>> ParseCertificates(absl::string_view pem) {
  std::vector<Certificate> certificates;
  const BioPtr bio = ReadOnlyBio(pem);
  while (X509* one = PEM_read_bio_X509(bio.get(), nullptr, NoPassword, nullptr)) {
    certificates.push_back(Certificate(one));
  }
  const bool read_to_the_end = AtEndOfPem();
  if (certificates.empty() || !read_to_the_end) return NoCertificate();
  return certificates;
}

absl::Status CheckPrivateKey(absl::string_view chain, const Secret& key) {
  TB_ASSIGN_OR_RETURN(const Certificate certificate, Certificate::Parse(chain));
  const BioPtr bio = ReadOnlyBio(key.Expose());
  EVP_PKEY* parsed = PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassword, nullptr);
  const bool fits = parsed != nullptr && X509_check_private_key(certificate.get(), parsed) == 1;
  EVP_PKEY_free(parsed);
  ERR_clear_error();
  if (fits) return absl::OkStatus();
  if (parsed != nullptr) return absl::InvalidArgumentError("is not the key of the certificate");
  return absl::InvalidArgumentError("holds no private key, or an encrypted one; give it in PEM");
}

}  // namespace tokenbroker
