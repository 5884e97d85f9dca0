#include "rpc/peer.h"

#include <absl/strings/match.h>
#include <absl/strings/string_view.h>
#include <grpc/grpc_security.h>

#include <memory>
#include <utility>

namespace tokenbroker {
namespace {

struct ReleaseAuthContext {
  void operator()(grpc_auth_context* context) const { grpc_auth_context_release(context); }
};
using AuthContext = std::unique_ptr<grpc_auth_context, ReleaseAuthContext>;

// As gRPC's C++ wrapper does it, without its copies: once per call.
absl::string_view CertificateOf(const grpc_auth_context* context) {
  if (context == nullptr) return {};
  grpc_auth_property_iterator it =
      grpc_auth_context_find_properties_by_name(context, GRPC_X509_PEM_CERT_PROPERTY_NAME);
  const grpc_auth_property* property = grpc_auth_property_iterator_next(&it);
  if (property == nullptr) return {};
  return absl::string_view(property->value, property->value_length);
}

// RFC 6750 2.1; empty when there is none, or when there are several to choose from.
absl::string_view BearerTokenOf(const grpc::ServerContextBase& call) {
  constexpr absl::string_view kScheme = "bearer ";
  const auto& metadata = call.client_metadata();
  const auto [first, last] = metadata.equal_range("authorization");
  if (first == last || std::next(first) != last) return {};
  const absl::string_view value(first->second.data(), first->second.size());
  if (!absl::StartsWithIgnoreCase(value, kScheme)) return {};
  return value.substr(kScheme.size());
}

// Views for as long as `context` and the call live.
Credentials Show(const grpc_auth_context* context, const grpc::CallbackServerContext& call) {
  Credentials shown;
  shown.certificate = CertificateOf(context);
  // gRPC makes the metadata's map when it is first asked for.
  if (shown.certificate.empty()) shown.token = BearerTokenOf(call);
  return shown;
}

}  // namespace

void IdentifyPeer(Callers& callers, grpc::CallbackServerContext& call, SteadyTime deadline,
                  Callers::Identified done) {
  const AuthContext context(grpc_call_auth_context(call.c_call()));
  callers.Identify(Show(context.get(), call), deadline, std::move(done));
}

KeptCredentials CredentialsOf(grpc::CallbackServerContext& call) {
  const AuthContext context(grpc_call_auth_context(call.c_call()));
  const Credentials shown = Show(context.get(), call);
  return {std::string(shown.certificate), Secret(std::string(shown.token))};
}

}  // namespace tokenbroker
