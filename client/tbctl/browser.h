// The browser of this machine.
#pragma once

#include <string>

namespace tokenbroker::tbctl {

// Opens `url` in the user's browser and returns at once. False when there is none to open: no
// desktop session, or no program that knows the browser.
bool OpenBrowser(const std::string& url);

}  // namespace tokenbroker::tbctl
