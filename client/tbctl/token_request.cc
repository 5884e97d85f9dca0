#include "client/tbctl/token_request.h"

#include "client/tbctl/report.h"

namespace tokenbroker::tbctl {
namespace {

constexpr absl::Duration kTokenTimeout = absl::Seconds(30);

}  // namespace

ExitCode RequestToken(const Arguments& arguments, const Surroundings& surroundings,
                      v1::GetFreshTokenResponse* answer) {
  v1::GetFreshTokenRequest request;
  request.set_tenant(arguments.tenant);
  request.set_provider(arguments.provider);
  request.set_subject(arguments.subject);
  if (arguments.min_ttl) {
    absl::Duration rest;
    request.mutable_min_ttl()->set_seconds(
        absl::IDivDuration(*arguments.min_ttl, absl::Seconds(1), &rest));
    request.mutable_min_ttl()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  }
  return Call(surroundings.broker, &v1::TokenBrokerService::StubInterface::GetFreshToken, request,
              answer, arguments, surroundings.err, kTokenTimeout);
}

}  // namespace tokenbroker::tbctl
