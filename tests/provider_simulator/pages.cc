#include "tests/provider_simulator/pages.h"

namespace provider_simulator {
namespace {

std::string Page(const std::string& title, const std::string& content) {
  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + title +
         "</title></head>\n<body><h1>" + title + "</h1>\n" + content + "</body></html>\n";
}

std::string Button(const std::string& name, const std::string& value, const std::string& label) {
  return "<p><button type=\"submit\" name=\"" + name + "\" value=\"" + EscapeHtml(value) + "\">" +
         EscapeHtml(label) + "</button></p>\n";
}

}  // namespace

std::string EscapeHtml(const std::string& text) {
  std::string escaped;
  for (char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string LoginPage(const Form& request, const std::map<std::string, User>& users) {
  std::string content = "<p><b>" + EscapeHtml(Field(request, "client_id")) +
                        "</b> asks for: " + EscapeHtml(Field(request, "scope")) +
                        "</p>\n<form method=\"post\" action=\"/authorize\">\n";
  for (const auto& [name, value] : request) {
    content += "<input type=\"hidden\" name=\"" + EscapeHtml(name) + "\" value=\"" +
               EscapeHtml(value) + "\">\n";
  }
  for (const auto& [name, user] : users) content += Button("user", name, "Allow as " + name);
  content += Button("decision", "deny", "Deny") + "</form>\n";
  return Page("Log in to the provider simulator", content);
}

std::string ErrorPage(const std::string& message) {
  return Page("This login cannot go on", "<p>" + EscapeHtml(message) + "</p>\n");
}

}  // namespace provider_simulator
