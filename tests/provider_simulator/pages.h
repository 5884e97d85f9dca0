// The HTML that a browser sees. Everything that came from a request is escaped. Any thread.

#ifndef TESTS_PROVIDER_SIMULATOR_PAGES_H_
#define TESTS_PROVIDER_SIMULATOR_PAGES_H_

#include <map>
#include <string>

#include "tests/provider_simulator/form.h"
#include "tests/provider_simulator/settings.h"

namespace provider_simulator {

std::string EscapeHtml(const std::string& text);

// A form that POSTs `request` back to /authorize, with one button `user=NAME` per user and one
// `decision=deny`.
std::string LoginPage(const Form& request, const std::map<std::string, User>& users);

std::string ErrorPage(const std::string& message);

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_PAGES_H_
