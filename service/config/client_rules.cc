#include "config/client_rules.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/string_view.h>
#include <absl/types/optional.h>

#include <utility>

#include "config/config_path.h"
#include "config/secret_file.h"

namespace tokenbroker {
namespace {

namespace pb = config::v1;

ClientAuthentication AuthenticationOf(pb::ClientAuthentication value) {
  switch (value) {
    case pb::CLIENT_AUTHENTICATION_CLIENT_SECRET_POST:
      return ClientAuthentication::kPost;
    case pb::CLIENT_AUTHENTICATION_NONE:
      return ClientAuthentication::kNone;
    case pb::CLIENT_AUTHENTICATION_PRIVATE_KEY_JWT:
      return ClientAuthentication::kPrivateKeyJwt;
    default:
      return ClientAuthentication::kBasic;
  }
}

absl::optional<JwsAlgorithm> AlgorithmOf(pb::SigningAlgorithm value) {
  switch (value) {
    case pb::SIGNING_ALGORITHM_RS256:
      return JwsAlgorithm::kRs256;
    case pb::SIGNING_ALGORITHM_PS256:
      return JwsAlgorithm::kPs256;
    case pb::SIGNING_ALGORITHM_ES256:
      return JwsAlgorithm::kEs256;
    default:
      return absl::nullopt;
  }
}

class ClientBuilder {
 public:
  ClientBuilder(const ClientSection& section, FileRecord& files, ConfigErrors& errors,
                ProviderConfig& out)
      : section_(section), in_(section.provider), files_(files), errors_(errors), out_(out) {}

  void Build() {
    out_.client_id = in_.client_id();
    if (out_.client_id.empty()) Refuse("client_id", "is missing; write the client's identifier");
    out_.client_authentication = AuthenticationOf(in_.client_authentication());
    switch (out_.client_authentication) {
      case ClientAuthentication::kBasic:
      case ClientAuthentication::kPost:
        RefuseKey();
        return ReadSecrets();
      case ClientAuthentication::kNone:
        RefuseKey();
        return RefuseSecrets("none");
      case ClientAuthentication::kPrivateKeyJwt:
        RefuseSecrets("private_key_jwt");
        return ReadKey();
    }
  }

 private:
  void Refuse(absl::string_view key, absl::string_view text) {
    errors_.Add(absl::StrCat(section_.path, ".", key), text);
  }
  bool one_secret() const { return in_.has_client_secret_file(); }
  bool several_secrets() const { return in_.client_secret_files_size() > 0; }

  void RefuseSecrets(absl::string_view authentication) {
    if (!one_secret() && !several_secrets()) return;
    Refuse(one_secret() ? "client_secret_file" : "client_secret_files",
           absl::StrCat("is given, but client_authentication is ", authentication,
                        "; remove one of the two"));
  }

  void RefuseKey() {
    const auto refuse_if = [this](bool given, absl::string_view key) {
      if (given) Refuse(key, "is for client_authentication: private_key_jwt only; remove it");
    };
    refuse_if(in_.has_private_key_file(), "private_key_file");
    refuse_if(in_.has_key_id(), "key_id");
    refuse_if(in_.signing_algorithm() != pb::SIGNING_ALGORITHM_UNSPECIFIED, "signing_algorithm");
  }

  void ReadSecrets() {
    if (one_secret() && several_secrets()) {
      return Refuse("client_secret_files", "is given beside client_secret_file; keep one of them");
    }
    if (!one_secret() && !several_secrets()) {
      return Refuse("client_secret_file",
                    "is missing; name the file of the client secret, or write "
                    "client_authentication: none for a public client");
    }
    if (one_secret()) ReadSecret("client_secret_file", in_.client_secret_file());
    for (int i = 0; i < in_.client_secret_files_size(); ++i) {
      ReadSecret(absl::StrCat("client_secret_files[", i, "]"), in_.client_secret_files(i));
    }
  }

  void ReadSecret(absl::string_view key, const std::string& path) {
    if (path.empty()) return Refuse(key, "is empty; name the file of the client secret");
    std::string file = ResolvePath(section_.folder, path);
    absl::StatusOr<ClientSecret> secret = ReadSecretFile(file, files_);
    if (!secret.ok()) return Refuse(key, secret.status().message());
    out_.client_secrets.push_back(*std::move(secret));
    out_.secret_files.push_back(std::move(file));
  }

  void ReadKey() {
    out_.key_id = in_.key_id();
    if (in_.has_key_id() && in_.key_id().empty()) {
      Refuse("key_id", "is empty; write the key's name or remove it");
    }
    if (in_.private_key_file().empty()) {
      return Refuse("private_key_file", "is missing; name a PEM file of the private key");
    }
    std::string file = ResolvePath(section_.folder, in_.private_key_file());
    absl::StatusOr<PrivateKey> key =
        ReadPrivateKeyFile(file, AlgorithmOf(in_.signing_algorithm()), out_.key_id, files_);
    if (!key.ok()) return Refuse("private_key_file", key.status().message());
    out_.signing_algorithm = key->algorithm;
    out_.client_secrets.push_back(std::move(key->secret));
    out_.secret_files.push_back(std::move(file));
  }

  const ClientSection& section_;
  const pb::Provider& in_;
  FileRecord& files_;
  ConfigErrors& errors_;
  ProviderConfig& out_;
};

}  // namespace

void BuildClient(const ClientSection& section, FileRecord& files, ConfigErrors& errors,
                 ProviderConfig* out) {
  ClientBuilder(section, files, errors, *out).Build();
}

}  // namespace tokenbroker
