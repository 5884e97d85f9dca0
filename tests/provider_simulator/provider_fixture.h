// Test support: a SimulatedProvider without sockets, under a clock that the test moves.

#ifndef TESTS_PROVIDER_SIMULATOR_PROVIDER_FIXTURE_H_
#define TESTS_PROVIDER_SIMULATOR_PROVIDER_FIXTURE_H_

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/provider_simulator/form.h"
#include "tests/provider_simulator/simulated_provider.h"

namespace provider_simulator {

using Fields = std::vector<std::pair<std::string, std::string>>;

inline constexpr char kRedirectUri[] = "http://127.0.0.1:8181/callback";
// RFC 7636 appendix B.
inline constexpr char kVerifier[] = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
inline constexpr char kChallenge[] = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

// The body as a JSON object; a test failure when it is none.
boost::json::object JsonOf(const std::string& body);
// The string member, empty when absent or of another kind.
std::string Member(const boost::json::object& object, const std::string& name);
// A parameter of a redirect's Location, empty when absent.
std::string LocationParameter(const HttpReply& reply, const std::string& name);
std::string HeaderOf(const HttpReply& reply, const std::string& name);
std::string BasicAuthorization(const std::string& id, const std::string& secret);

class ProviderTest : public ::testing::Test {
 protected:
  ProviderTest();

  // A full authorization request, with `overrides` replacing (or, when empty, removing) fields.
  static Fields AuthorizeFields(const Fields& overrides = {});
  HttpReply Authorize(const Fields& overrides = {});
  // Approved by `user`; the code.
  std::string Code(const std::string& user = "alice", const Fields& overrides = {});

  HttpReply Get(const std::string& path, const std::string& authorization = "");
  HttpReply Post(const std::string& path, const Fields& fields,
                 const std::string& authorization = BasicAuthorization("client", "secret"));
  HttpReply Redeem(const std::string& code, const Fields& overrides = {});
  HttpReply Refresh(const std::string& refresh_token);

  // A whole login: the token answer.
  boost::json::object LogIn(const std::string& user = "alice", const Fields& overrides = {});

  absl::Time now_ = absl::FromUnixSeconds(1800000000);
  SimulatedProvider provider_;
};

}  // namespace provider_simulator

#endif  // TESTS_PROVIDER_SIMULATOR_PROVIDER_FIXTURE_H_
