// The API's AccessToken, out of the generated code's type. Pure; any thread.
#pragma once

#include <tokenbroker/v1/token_broker.pb.h>

#include "tokenbroker/client/access_token.h"

namespace tokenbroker::client {

// Null when it is none: without a secret or a generation. Wipes the secret in `message`.
AccessTokenPtr ReadToken(v1::AccessToken& message);

}  // namespace tokenbroker::client
