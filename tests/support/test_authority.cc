#include "tests/support/test_authority.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>

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
      certificate_(Unsigned(key_.get(), "authority of " + folder_.Path(""))) {
  X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
  AddExtension(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(certificate_.get(), key_.get(), EVP_sha256());
  Write(ca_file(), certificate_.get());
}

TestAuthority::CertificatePtr TestAuthority::Unsigned(EVP_PKEY* key, const std::string& name) {
  CertificatePtr certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return certificate;
}

TestAuthority::Files TestAuthority::Issue(const std::string& names) const {
  const std::string number = std::to_string(++issued_);
  const KeyPtr key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const CertificatePtr certificate = Unsigned(key.get(), "issued " + number);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1 + issued_);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get()));
  AddExtension(certificate.get(), NID_subject_alt_name, names);
  X509_sign(certificate.get(), key_.get(), EVP_sha256());
  const Files files = {folder_.Path(number + ".pem"), folder_.Path(number + ".key")};
  Write(files.certificate, certificate.get());
  FILE* file = std::fopen(files.key.c_str(), "w");
  Require(file != nullptr);
  Require(PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  std::fclose(file);
  return files;
}

void TestAuthority::Write(const std::string& path, X509* certificate) const {
  FILE* file = std::fopen(path.c_str(), "w");
  Require(file != nullptr);
  Require(PEM_write_X509(file, certificate) == 1);
  std::fclose(file);
}

}  // namespace tokenbroker
