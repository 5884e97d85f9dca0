#include "http/http_client.h"

namespace tokenbroker {

absl::optional<absl::string_view> HttpResponse::Header(absl::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return absl::string_view(value);
  }
  return absl::nullopt;
}

}  // namespace tokenbroker
