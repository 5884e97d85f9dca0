// The pages that the user's browser shows at the end of a login.
#pragma once

#include <string>

namespace tokenbroker::tbctl {

// `text` as HTML text: & < > " ' escaped.
std::string EscapeHtml(const std::string& text);

// A whole document without scripts or links. The arguments are plain text.
std::string Page(const std::string& title, const std::string& text);

}  // namespace tokenbroker::tbctl
