#include "oauth/provider_request.h"

#include <utility>

namespace tokenbroker {

HttpRequest NewProviderRequest(const ProviderConfig& config, HttpMethod method, std::string url) {
  HttpRequest request;
  request.method = method;
  request.url = std::move(url);
  request.headers.emplace_back("Accept", Secret("application/json"));
  request.connect_timeout = config.connect_timeout;
  request.timeout = config.request_timeout;
  request.ca_file = config.ca_file;
  request.destinations = config.allow_link_local ? Destinations::kAny : Destinations::kOrdinary;
  return request;
}

}  // namespace tokenbroker
