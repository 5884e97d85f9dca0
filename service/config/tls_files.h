// The certificates that the gRPC listener shows and trusts, in step with their files.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "base/metrics.h"
#include "base/secret.h"
#include "config/file_reader.h"
#include "config/tls_config.h"
#include "config/watched_value.h"
#include "crypto/revocation_lists.h"

namespace tokenbroker {

// Immutable. All in PEM, validated: the key is the first certificate's, the lists are signed by the
// authorities.
struct TlsMaterial {
  std::string certificate_chain;
  Secret private_key;
  std::string client_authorities;
  RevocationLists revoked;
  // Of the listener's certificate.
  absl::Time not_after;
};

// INVALID_ARGUMENT when a file is missing or unreadable, or does not fit the others; the message
// names the key and the path, never the content. Blocks.
absl::StatusOr<TlsMaterial> ReadTlsFiles(const TlsConfig& config, FileRecord& files);

// Where the listener finds them. Any thread.
class TlsSource {
 public:
  virtual ~TlsSource() = default;
  // Never null.
  virtual std::shared_ptr<const TlsMaterial> Current() const = 0;
};

// Any thread, except where said. Files that are broken, or do not fit each other because only some
// have been replaced yet, keep the material before; that shows in the log and in
// tokenbroker_tls_last_reload_successful. tokenbroker_tls_certificate_expiry_time_seconds says when
// the certificate in force ends, tokenbroker_tls_revocation_list_expiry_time_seconds when the first
// of its lists should have been replaced.
class TlsWatcher : public TlsSource {
 public:
  // Loads once; the error is that of ReadTlsFiles. `metrics` outlives the watcher.
  static absl::StatusOr<std::unique_ptr<TlsWatcher>> Start(const TlsConfig& config,
                                                           Metrics& metrics,
                                                           FileReader reader = ReadSmallFile);

  std::shared_ptr<const TlsMaterial> Current() const override { return material_->Current(); }

  // Reloads when a file's content has changed, by whatever means. Blocks: never on the event loop's
  // thread. See config/periodic_check.h.
  void CheckNow() { material_->CheckNow(); }

 private:
  explicit TlsWatcher(std::unique_ptr<WatchedValue<TlsMaterial>> material)
      : material_(std::move(material)) {}

  const std::unique_ptr<WatchedValue<TlsMaterial>> material_;
};

}  // namespace tokenbroker
