// How a provider's client identifies itself: which keys belong to which client_authentication, and
// the secrets that they name. Any thread; blocks on secret files.
#pragma once

#include <tokenbroker/config/v1/config.pb.h>

#include <string>

#include "config/config_errors.h"
#include "config/file_reader.h"
#include "config/provider_config.h"

namespace tokenbroker {

struct ClientSection {
  const config::v1::Provider& provider;
  // Where it stands in the file: "providers.NAME".
  const std::string& path;
  // Relative paths count from here; empty or ends in '/'.
  const std::string& folder;
};

// Sets client_id, client_authentication, client_secrets, signing_algorithm and key_id of `out`;
// adds to `errors` what is missing, wrong or contradictory.
void BuildClient(const ClientSection& section, FileRecord& files, ConfigErrors& errors,
                 ProviderConfig* out);

}  // namespace tokenbroker
