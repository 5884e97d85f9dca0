#include "broker/client_verdict.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <iterator>

#include "broker/secret_chooser.h"

namespace tokenbroker {
namespace {

using Result = ProviderCheck::Result;

constexpr char kNoAnswer[] = "the token endpoint gave no answer to judge by";

struct Row {
  absl::string_view word;
  bool tls;
  absl::string_view remedy;
};

constexpr Row kRows[] = {
    {"certificate_name", true,
     "its certificate is for another host name: correct the URL, or have the provider's "
     "certificate "
     "mended"},
    {"certificate_expired", true,
     "its certificate has expired or is not valid yet: have it renewed, and check this machine's "
     "clock"},
    {"certificate_untrusted", true,
     "no authority that is trusted here vouches for its certificate: name the authority in "
     "ca_file, "
     "or mend the chain that the provider sends"},
    {"ca_file", true, "ca_file cannot be read, or holds no certificate in PEM"},
    {"tls_handshake", true,
     "the TLS handshake failed: it speaks no TLS at this port, or none as new as 1.2"},
    {"host_unknown", false,
     "its host name has no address: check the URL's spelling and the name server"},
    {"connection", false,
     "nobody takes the connection: check host and port, and the network and firewalls between"},
    {"timeout", false, "it does not answer in time: check the network, or raise request_timeout"},
    {"url_not_allowed", false, "its URL is not allowed: it must be https, save on this machine"},
    {"address_not_allowed", false,
     "its host has an address where no provider is looked for; allow_link_local permits it"},
    {"answer_too_large", false, "its answer is too large to be a token endpoint's"},
    {"malformed_answer", false, "its answer is none of a token endpoint: check the URL"},
    {"http_404", false, "there is no such page: check the URL"},
    {"http_405", false, "it takes no POST: check the URL"},
};

const Row* Find(absl::string_view word) {
  const auto* row = std::find_if(std::begin(kRows), std::end(kRows),
                                 [word](const Row& r) { return r.word == word; });
  return row == std::end(kRows) ? nullptr : row;
}

Finding Passed(std::string detail = "") { return {Result::kPassed, std::move(detail)}; }
Finding Failed(std::string detail) { return {Result::kFailed, std::move(detail)}; }
Finding Skipped(std::string detail) { return {Result::kSkipped, std::move(detail)}; }

// It was reached and answered as no token endpoint does, though it may be one on a bad day.
bool IsNoTokenAnswer(const TokenAnswer& answer) {
  if (answer.tokens || answer.error_class == ErrorClass::kQuota) return false;
  if (answer.error_class == ErrorClass::kProviderTrouble) return true;
  return absl::StartsWith(answer.error, "http_") && answer.error != "http_401";
}

Finding JudgeClient(const ProviderConfig& config, const TokenAnswer& answer) {
  const bool is_public = config.client_authentication == ClientAuthentication::kNone;
  if (answer.tokens) {
    return Failed("the provider took a refresh token that is made up: it checks nothing");
  }
  if (answer.error_class == ErrorClass::kQuota) {
    return Skipped("the provider asks for fewer requests: check again later");
  }
  if (RefusesTheSecret(answer.error)) {
    return Failed(absl::StrCat("the provider refuses the client (", answer.error, "): check ",
                               is_public ? "client_id" : "client_id, the client secret",
                               " and client_authentication"));
  }
  if (answer.error == "unauthorized_client" || answer.error == "unsupported_grant_type") {
    return Failed(absl::StrCat("the client may not use refresh tokens there (", answer.error,
                               "): allow the grant type refresh_token in its registration"));
  }
  if (answer.error == "invalid_grant" && is_public) {
    return Skipped("a public client proves nothing; the provider did not refuse its client_id");
  }
  if (answer.error == "invalid_grant") {
    return Passed("the provider refused the made-up refresh token, and not the client");
  }
  return Skipped(absl::StrCat("not known: to a made-up refresh token the provider says ",
                              answer.error, ", which says nothing of the client"));
}

}  // namespace

bool IsTlsTrouble(absl::string_view error) {
  const Row* row = Find(error);
  return row != nullptr && row->tls;
}

std::string Remedy(absl::string_view error) {
  const Row* row = Find(error);
  if (row == nullptr) return absl::StrCat("it answers with trouble of its own (", error, ")");
  return absl::StrCat(row->remedy, " (", error, ")");
}

ClientVerdict Judge(const ProviderConfig& config, absl::string_view token_endpoint,
                    const TokenAnswer& answer) {
  ClientVerdict verdict;
  const bool https = absl::StartsWithIgnoreCase(token_endpoint, "https:");
  const Finding no_tls = Skipped("the token endpoint is plain http, on this machine");
  if (answer.error == "assertion_not_signed") {
    verdict.tls = verdict.token_endpoint = Skipped("nothing could be sent");
    verdict.client_authentication = Failed(
        "the client's assertion cannot be signed: check private_key_file and "
        "signing_algorithm");
    return verdict;
  }
  verdict.client_authentication = Skipped(kNoAnswer);
  if (IsTlsTrouble(answer.error)) {
    verdict.tls = Failed(Remedy(answer.error));
    verdict.token_endpoint = Skipped("there is no connection to it");
    return verdict;
  }
  if (answer.delivery == Delivery::kNotSent) {
    verdict.tls = https ? Skipped("there is no connection to the token endpoint") : no_tls;
    verdict.token_endpoint = Failed(Remedy(answer.error));
    return verdict;
  }
  verdict.tls = https ? Passed() : no_tls;
  if (IsNoTokenAnswer(answer)) {
    verdict.token_endpoint = Failed(Remedy(answer.error));
    return verdict;
  }
  verdict.token_endpoint = Passed();
  verdict.client_authentication = JudgeClient(config, answer);
  return verdict;
}

}  // namespace tokenbroker
