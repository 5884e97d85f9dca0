#include "config/tls_files.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

#include <utility>

#include "base/log.h"
#include "base/status_macros.h"
#include "crypto/certificate.h"

namespace tokenbroker {
namespace {

constexpr size_t kMaxPemBytes = 4 * 1024 * 1024;

absl::Status At(absl::string_view key, const std::string& path, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::InvalidArgumentError(absl::StrCat("server.tls.", key, ": the file '",
                                                 absl::CEscape(path), "' ", status.message()));
}

absl::StatusOr<Secret> Read(absl::string_view key, const std::string& path, FileRecord& files) {
  absl::StatusOr<Secret> text = files.Read(path, kMaxPemBytes);
  if (!text.ok()) return At(key, path, text.status());
  return text;
}

std::string Text(const Secret& secret) {
  return std::string(secret.Expose().data(), secret.Expose().size());
}

}  // namespace

absl::StatusOr<TlsMaterial> ReadTlsFiles(const TlsConfig& config, FileRecord& files) {
  TlsMaterial material;
  TB_ASSIGN_OR_RETURN(const Secret chain, Read("certificate_file", config.certificate_file, files));
  material.certificate_chain = Text(chain);
  TB_RETURN_IF_ERROR(At("certificate_file", config.certificate_file,
                        ParseCertificates(material.certificate_chain).status()));
  TB_ASSIGN_OR_RETURN(material.private_key, Read("key_file", config.key_file, files));
  TB_RETURN_IF_ERROR(At("key_file", config.key_file,
                        CheckPrivateKey(material.certificate_chain, material.private_key)));
  TB_ASSIGN_OR_RETURN(const Secret authorities,
                      Read("client_ca_file", config.client_ca_file, files));
  material.client_authorities = Text(authorities);
  TB_RETURN_IF_ERROR(At("client_ca_file", config.client_ca_file,
                        ParseCertificates(material.client_authorities).status()));
  if (config.client_crl_file.empty()) return material;
  TB_ASSIGN_OR_RETURN(const Secret list, Read("client_crl_file", config.client_crl_file, files));
  absl::StatusOr<RevocationLists> revoked =
      RevocationLists::Parse(list.Expose(), material.client_authorities);
  if (!revoked.ok()) return At("client_crl_file", config.client_crl_file, revoked.status());
  material.revoked = *std::move(revoked);
  return material;
}

absl::StatusOr<std::unique_ptr<TlsWatcher>> TlsWatcher::Start(const TlsConfig& config,
                                                              Metrics& metrics, FileReader reader) {
  prometheus::Gauge& expiry =
      metrics.Gauge("tokenbroker_tls_certificate_expiry_time_seconds",
                    "When the listener's certificate in force ends, in Unix seconds.", {});
  prometheus::Gauge* lists = nullptr;
  if (!config.client_crl_file.empty()) {
    lists = &metrics.Gauge("tokenbroker_tls_revocation_list_expiry_time_seconds",
                           "When the first revocation list of callers' certificates should have "
                           "been replaced by its successor, in Unix seconds.");
  }
  const auto load = [config, &expiry, lists](FileRecord& files) -> absl::StatusOr<TlsMaterial> {
    TB_ASSIGN_OR_RETURN(TlsMaterial material, ReadTlsFiles(config, files));
    TB_ASSIGN_OR_RETURN(const Certificate leaf, Certificate::Parse(material.certificate_chain));
    material.not_after = leaf.NotAfter();
    expiry.Set(static_cast<double>(absl::ToUnixSeconds(leaf.NotAfter())));
    // A list that is out of date is better than none: it stays in force.
    if (lists != nullptr) {
      lists->Set(static_cast<double>(absl::ToUnixSeconds(material.revoked.NextUpdate())));
    }
    Log(LogLevel::kInfo, "certificate_loaded",
        {{"not_after", absl::FormatTime(leaf.NotAfter(), absl::UTCTimeZone())}});
    return material;
  };
  TB_ASSIGN_OR_RETURN(auto material,
                      WatchedValue<TlsMaterial>::Start("tls", load, std::move(reader), metrics));
  return std::unique_ptr<TlsWatcher>(new TlsWatcher(std::move(material)));
}

}  // namespace tokenbroker
