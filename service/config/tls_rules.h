// From `server.tls` and `server.service_account_tokens` to what they mean. Any thread. Both add to
// `errors` whatever is missing, wrong or contradictory; relative paths count from `folder`, which
// is empty or ends in '/'. They look at no file.
#pragma once

#include <tokenbroker/config/v1/config.pb.h>

#include <string>

#include "config/config_errors.h"
#include "config/tls_config.h"

namespace tokenbroker {

TlsConfig BuildTls(const config::v1::Server& server, const std::string& folder,
                   ConfigErrors& errors);

ServiceAccountTokensConfig BuildServiceAccountTokens(const config::v1::ServiceAccountTokens& tokens,
                                                     const std::string& folder,
                                                     ConfigErrors& errors);

}  // namespace tokenbroker
