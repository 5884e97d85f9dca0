#include "tests/provider_simulator/provider_fixture.h"

#include <openssl/evp.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace provider_simulator {
namespace {

void Override(Fields& fields, const Fields& overrides) {
  for (const auto& [name, value] : overrides) {
    const std::string& same = name;
    std::erase_if(fields, [&same](const auto& field) { return field.first == same; });
    if (!value.empty()) fields.emplace_back(name, value);
  }
}

}  // namespace

boost::json::object JsonOf(const std::string& body) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(body, error);
  EXPECT_TRUE(!error && value.is_object()) << body;
  return !error && value.is_object() ? value.get_object() : boost::json::object();
}

std::string Member(const boost::json::object& object, const std::string& name) {
  const boost::json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::string HeaderOf(const HttpReply& reply, const std::string& name) {
  for (const auto& [header, value] : reply.headers) {
    if (header == name) return value;
  }
  return "";
}

std::string LocationParameter(const HttpReply& reply, const std::string& name) {
  const std::string location = HeaderOf(reply, "Location");
  const auto form = ParseForm(location.substr(location.find('?') + 1));
  EXPECT_TRUE(form.has_value()) << location;
  return form.has_value() ? Field(*form, name) : "";
}

std::string BasicAuthorization(const std::string& id, const std::string& secret) {
  const std::string plain = FormEncode(id) + ":" + FormEncode(secret);
  std::string encoded((plain.size() + 2) / 3 * 4 + 1, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                  reinterpret_cast<const unsigned char*>(plain.data()),
                  static_cast<int>(plain.size()));
  encoded.pop_back();
  return "Basic " + encoded;
}

ProviderTest::ProviderTest() : provider_([this] { return now_; }) {
  provider_.set_issuer("http://127.0.0.1:9200");
  provider_.Configure([](Settings& s) { s.auto_approve_user = "alice"; });
}

Fields ProviderTest::AuthorizeFields(const Fields& overrides) {
  Fields fields = {{"response_type", "code"},        {"client_id", "client"},
                   {"redirect_uri", kRedirectUri},   {"state", "the-state"},
                   {"scope", "read write"},          {"code_challenge", kChallenge},
                   {"code_challenge_method", "S256"}};
  Override(fields, overrides);
  return fields;
}

HttpReply ProviderTest::Authorize(const Fields& overrides) {
  HttpRequest request;
  request.method = "GET";
  request.path = "/authorize";
  request.query = FormEncode(AuthorizeFields(overrides));
  return provider_.Handle(request);
}

std::string ProviderTest::Code(const std::string& user, const Fields& overrides) {
  provider_.Configure([&user](Settings& s) { s.auto_approve_user = user; });
  const HttpReply reply = Authorize(overrides);
  EXPECT_EQ(reply.status, 302) << reply.body;
  return LocationParameter(reply, "code");
}

HttpReply ProviderTest::Get(const std::string& path, const std::string& authorization) {
  HttpRequest request;
  request.method = "GET";
  request.path = path;
  if (!authorization.empty()) request.headers["authorization"] = authorization;
  return provider_.Handle(request);
}

HttpReply ProviderTest::Post(const std::string& path, const Fields& fields,
                             const std::string& authorization) {
  HttpRequest request;
  request.method = "POST";
  request.path = path;
  request.headers["content-type"] = "application/x-www-form-urlencoded";
  if (!authorization.empty()) request.headers["authorization"] = authorization;
  request.body = FormEncode(fields);
  return provider_.Handle(request);
}

HttpReply ProviderTest::Redeem(const std::string& code, const Fields& overrides) {
  Fields fields = {{"grant_type", "authorization_code"},
                   {"code", code},
                   {"redirect_uri", kRedirectUri},
                   {"code_verifier", kVerifier}};
  Override(fields, overrides);
  return Post("/token", fields);
}

HttpReply ProviderTest::Refresh(const std::string& refresh_token) {
  return Post("/token", {{"grant_type", "refresh_token"}, {"refresh_token", refresh_token}});
}

boost::json::object ProviderTest::LogIn(const std::string& user, const Fields& overrides) {
  const HttpReply reply = Redeem(Code(user, overrides));
  EXPECT_EQ(reply.status, 200) << reply.body;
  return JsonOf(reply.body);
}

}  // namespace provider_simulator
