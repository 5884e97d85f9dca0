#include "tests/provider_simulator/http_message.h"

namespace provider_simulator {

std::string HttpRequest::Header(const std::string& lower_case_name) const {
  const auto found = headers.find(lower_case_name);
  return found == headers.end() ? std::string() : found->second;
}

HttpReply HtmlReply(int status, std::string page) {
  HttpReply reply;
  reply.status = status;
  reply.headers = {{"Content-Type", "text/html; charset=utf-8"}, {"Cache-Control", "no-store"}};
  reply.body = std::move(page);
  return reply;
}

HttpReply JsonReply(int status, std::string json) {
  HttpReply reply;
  reply.status = status;
  reply.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}};
  reply.body = std::move(json);
  return reply;
}

}  // namespace provider_simulator
