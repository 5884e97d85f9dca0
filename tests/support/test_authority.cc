#include "tests/support/test_authority.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace tokenbroker {
namespace {

void AddExtension(X509* certificate, int nid, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

void Require(bool done) {
  if (!done) std::abort();
}

}  // namespace

TestAuthority::TestAuthority()
    : key_(EVP_EC_gen("P-256"), &EVP_PKEY_free),
      certificate_(Unsigned(key_.get(), "authority of " + folder_.Path(""), kLifetime)) {
  X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
  AddExtension(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(certificate_.get(), key_.get(), EVP_sha256());
  Write(ca_file(), certificate_.get());
}

TestAuthority::CertificatePtr TestAuthority::Unsigned(EVP_PKEY* key, const std::string& name,
                                                      absl::Duration lifetime) {
  CertificatePtr certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), absl::ToInt64Seconds(lifetime));
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return certificate;
}

TestAuthority::Files TestAuthority::Issue(const std::string& names, absl::Duration lifetime) const {
  const std::string number = std::to_string(++issued_);
  const KeyPtr key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const CertificatePtr certificate = Unsigned(key.get(), "issued " + number, lifetime);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1 + issued_);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get()));
  if (!names.empty()) AddExtension(certificate.get(), NID_subject_alt_name, names);
  X509_sign(certificate.get(), key_.get(), EVP_sha256());
  const Files files = {folder_.Path(number + ".pem"), folder_.Path(number + ".key")};
  Write(files.certificate, certificate.get());
  FILE* file = std::fopen(files.key.c_str(), "w");
  Require(file != nullptr);
  Require(PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  std::fclose(file);
  return files;
}

std::string TestAuthority::Revoke(const Files& files) {
  FILE* file = std::fopen(files.certificate.c_str(), "r");
  Require(file != nullptr);
  const CertificatePtr certificate(PEM_read_X509(file, nullptr, nullptr, nullptr), &X509_free);
  std::fclose(file);
  revoked_.push_back(ASN1_INTEGER_get(X509_get0_serialNumber(certificate.get())));

  const std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)> list(X509_CRL_new(), &X509_CRL_free);
  const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> now(X509_gmtime_adj(nullptr, 0),
                                                                  &ASN1_TIME_free);
  const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> next(X509_gmtime_adj(nullptr, 3600),
                                                                   &ASN1_TIME_free);
  X509_CRL_set_version(list.get(), 1);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(certificate_.get()));
  X509_CRL_set1_lastUpdate(list.get(), now.get());
  X509_CRL_set1_nextUpdate(list.get(), next.get());
  for (const long serial : revoked_) {
    X509_REVOKED* entry = X509_REVOKED_new();
    const std::unique_ptr<ASN1_INTEGER, decltype(&ASN1_INTEGER_free)> number(ASN1_INTEGER_new(),
                                                                             &ASN1_INTEGER_free);
    ASN1_INTEGER_set(number.get(), serial);
    X509_REVOKED_set_serialNumber(entry, number.get());
    X509_REVOKED_set_revocationDate(entry, now.get());
    X509_CRL_add0_revoked(list.get(), entry);
  }
  Require(X509_CRL_sign(list.get(), key_.get(), EVP_sha256()) > 0);
  const std::string path = folder_.Path("revoked.pem");
  file = std::fopen(path.c_str(), "w");
  Require(file != nullptr);
  Require(PEM_write_X509_CRL(file, list.get()) == 1);
  std::fclose(file);
  return path;
}

std::string TestAuthority::Text(const std::string& path) {
  std::ifstream file(path);
  Require(file.good());
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void TestAuthority::Write(const std::string& path, X509* certificate) const {
  FILE* file = std::fopen(path.c_str(), "w");
  Require(file != nullptr);
  Require(PEM_write_X509(file, certificate) == 1);
  std::fclose(file);
}

}  // namespace tokenbroker
