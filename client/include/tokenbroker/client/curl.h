// Puts a user's access token on outgoing HTTP calls by libcurl, 7.61 or later. Inline, so that the
// library does not need libcurl: link it yourself (CURL::libcurl).
//
//   if (absl::Status s = SetBearerToken(**token, curl); !s.ok()) return s;
//   curl_easy_perform(curl);
//   if (WasUnauthorized(curl)) source.Rejected((*token)->generation());
#pragma once

#include <absl/status/status.h>
#include <curl/curl.h>

#include <string>

#include "tokenbroker/client/access_token.h"

namespace tokenbroker::client {

// One handle, one thread. Sends `Authorization: Bearer ...` with the handle's transfers, until
// another token is set; libcurl keeps a copy, and does not send it to another host after a
// redirect. Use https: this does not look at the URL. FAILED_PRECONDITION when the token is not one
// to send (AccessToken::AuthorizationHeader): the handle sends none then.
inline absl::Status SetBearerToken(const AccessToken& token, CURL* handle) {
  const absl::StatusOr<absl::string_view> header = token.AuthorizationHeader();
  const std::string secret =
      header.ok() ? std::string(token.Expose().data(), token.Expose().size()) : "";
  curl_easy_setopt(handle, CURLOPT_HTTPAUTH, header.ok() ? CURLAUTH_BEARER : CURLAUTH_NONE);
  curl_easy_setopt(handle, CURLOPT_XOAUTH2_BEARER, header.ok() ? secret.c_str() : nullptr);
  return header.status();
}

// Whether the last transfer was answered with 401.
inline bool WasUnauthorized(CURL* handle) {
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  return status == 401;
}

}  // namespace tokenbroker::client
