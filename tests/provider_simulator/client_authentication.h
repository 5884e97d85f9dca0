// Client authentication at the token and revocation endpoints (RFC 6749 2.3). Pure; any thread.

#ifndef TESTS_PROVIDER_SIMULATOR_CLIENT_AUTHENTICATION_H_
#define TESTS_PROVIDER_SIMULATOR_CLIENT_AUTHENTICATION_H_

#include <map>
#include <set>
#include <string>
#include <variant>

#include "tests/provider_simulator/codes_and_tokens.h"
#include "tests/provider_simulator/form.h"
#include "tests/provider_simulator/settings.h"

namespace provider_simulator {

// `authorization` is the request's Authorization header, empty when there was none.
// client_secret_basic is read strictly: id and secret are form-decoded first (2.3.1). Two methods
// at once are refused.
std::variant<Client, OAuthError> AuthenticateClient(const std::string& authorization,
                                                    const Form& form,
                                                    const std::map<std::string, Client>& clients,
                                                    const std::set<ClientAuthentication>& accepted);

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_CLIENT_AUTHENTICATION_H_
