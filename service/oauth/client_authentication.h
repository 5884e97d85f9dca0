// How the broker proves to a provider that it is itself (RFC 6749 2.3.1): one strategy for every
// request to a token or revocation endpoint. Never detected by trial. Pure; any thread.
#pragma once

#include "base/secret.h"
#include "config/provider_config.h"
#include "http/http_client.h"
#include "oauth/form_body.h"

namespace tokenbroker {

// Adds the client's credentials where `config.client_authentication` puts them: an Authorization
// header (client_secret_basic; id and secret form-urlencoded first), or fields of the body
// (client_secret_post; for `none` the client_id alone).
void AuthenticateClient(const ProviderConfig& config, const Secret& client_secret,
                        HttpRequest* request, FormBody* body);

}  // namespace tokenbroker
