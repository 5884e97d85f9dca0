#include "tests/integration/caller_credentials.h"

namespace tokenbroker {

std::shared_ptr<grpc::ChannelCredentials> CallerCredentials(
    const std::string& trusted, const absl::optional<TestAuthority::Files>& shown) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = trusted;
  if (shown) {
    options.pem_cert_chain = TestAuthority::Text(shown->certificate);
    options.pem_private_key = TestAuthority::Text(shown->key);
  }
  return grpc::SslCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> CredentialsOf(const TestAuthority& authority,
                                                        const std::string& spiffe_id) {
  return CallerCredentials(TestAuthority::Text(authority.ca_file()),
                           authority.Issue("URI:" + spiffe_id));
}

}  // namespace tokenbroker
