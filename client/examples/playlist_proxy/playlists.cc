#include "playlists.h"

#include <curl/curl.h>
#include <tokenbroker/client/curl.h>
#include <tokenbroker/client/error.h>

#include <memory>
#include <utility>

using tokenbroker::client::AccessToken;
using tokenbroker::client::ReauthorizationRequiredIn;

namespace {

Reply WithoutToken(const absl::Status& status) {
  if (const auto login = ReauthorizationRequiredIn(status)) {
    return {403, "{\"error\":\"login_required\",\"cause\":\"" + login->cause + "\"}\n"};
  }
  return {503, "{\"error\":\"no_token\"}\n"};
}

size_t Append(char* data, size_t size, size_t count, void* body) {
  static_cast<std::string*>(body)->append(data, size * count);
  return size * count;
}

}  // namespace

Playlists::Playlists(tokenbroker::client::TokenSources& sources, std::string provider,
                     std::string api)
    : sources_(sources), provider_(std::move(provider)), api_(std::move(api)) {}

Reply Playlists::Get(const std::string& user, const std::string& path) const {
  const auto source = sources_.Get(provider_, user);
  Reply reply;
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto token = source->Token();
    if (!token.ok()) return WithoutToken(token.status());
    reply = Fetch(**token, path);
    if (reply.status != 401) break;
    source->Rejected((*token)->generation());
  }
  return reply;
}

Reply Playlists::Fetch(const AccessToken& token, const std::string& path) const {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(),
                                                                 &curl_easy_cleanup);
  if (!tokenbroker::client::SetBearerToken(token, curl.get()).ok()) return {502, ""};
  Reply reply;
  curl_easy_setopt(curl.get(), CURLOPT_URL, (api_ + path).c_str());
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &Append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &reply.body);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 10L);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  if (curl_easy_perform(curl.get()) != CURLE_OK) return {502, "{\"error\":\"api_away\"}\n"};
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  reply.status = static_cast<unsigned int>(status);
  return reply;
}
