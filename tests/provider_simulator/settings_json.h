// The JSON form of settings, as README.md lists it. Pure; any thread.

#ifndef TESTS_PROVIDER_SIMULATOR_SETTINGS_JSON_H_
#define TESTS_PROVIDER_SIMULATOR_SETTINGS_JSON_H_

#include <boost/json/object.hpp>

#include "absl/status/status.h"
#include "tests/provider_simulator/settings.h"

namespace provider_simulator {

boost::json::object SettingsToJson(const Settings& settings);

// Changes the named settings and leaves the others. INVALID_ARGUMENT, with nothing changed, for an
// unknown name or a value of the wrong kind; the message names the setting.
absl::Status ApplySettings(const boost::json::object& changes, Settings& settings);

// "client_secret_basic", "client_secret_post" or "none".
const char* ClientAuthenticationName(ClientAuthentication method);

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_SETTINGS_JSON_H_
