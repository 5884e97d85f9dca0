// The JSON forms of faults, users, clients, grants and counters in the control API. Pure; any
// thread. Parsers answer INVALID_ARGUMENT and name the field.

#ifndef TESTS_PROVIDER_SIMULATOR_CONTROL_JSON_H_
#define TESTS_PROVIDER_SIMULATOR_CONTROL_JSON_H_

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/provider_simulator/simulated_provider.h"

namespace provider_simulator {

// Refuses a field that is not in `names`: a typo would otherwise be a fault that never happens.
absl::Status CheckFields(const boost::json::object& object, const std::vector<std::string>& names);

// The string field, `otherwise` when absent.
absl::StatusOr<std::string> StringField(const boost::json::object& object, const std::string& name,
                                        const std::string& otherwise);

absl::StatusOr<std::pair<Endpoint, Fault>> FaultFromJson(const boost::json::object& object);
absl::StatusOr<User> UserFromJson(const boost::json::object& object);
// Changes the named fields of `client`.
absl::StatusOr<Client> ClientFromJson(const boost::json::object& object, Client client);

boost::json::array FaultsToJson(const std::map<Endpoint, std::deque<Fault>>& faults);
boost::json::array UsersToJson(const std::map<std::string, User>& users);
boost::json::array ClientsToJson(const std::map<std::string, Client>& clients);
boost::json::array GrantsToJson(const std::vector<GrantView>& grants);
boost::json::array RequestsToJson(const std::vector<HttpRequest>& requests);
boost::json::object CountersToJson(const Counters& counters);

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_CONTROL_JSON_H_
