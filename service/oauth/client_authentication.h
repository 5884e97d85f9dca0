// How the broker proves to a provider that it is itself (RFC 6749 2.3): one strategy for every
// request to a token or revocation endpoint. Never detected by trial. Any thread.
#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include "base/secret.h"
#include "http/http_client.h"
#include "oauth/form_body.h"
#include "oauth/resolved_provider.h"

namespace tokenbroker {

// Adds the client's credentials where its `client_authentication` puts them: an Authorization
// header (client_secret_basic; id and secret form-urlencoded first), or fields of the body
// (client_secret_post; private_key_jwt, signed at `now` for this one request; for `none` the
// client_id alone). Not OK when the assertion cannot be signed: the errors of SignJws.
absl::Status AuthenticateClient(const ResolvedProvider& provider, const Secret& client_secret,
                                absl::Time now, HttpRequest* request, FormBody* body);

}  // namespace tokenbroker
