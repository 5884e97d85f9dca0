// The HTTP client port: one request, one answer, on the loop.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>
#include <absl/types/optional.h>

#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "io/task.h"

namespace tokenbroker {

enum class HttpMethod { kGet, kPost };

// Whether the client may send a request a second time by itself.
enum class Repetition {
  // Safe requests: a reused connection that died before the answer may be replaced silently.
  kAllowed,
  // Token requests: the body leaves us at most once, whatever happens to the connection.
  kNever,
};

// Which addresses a request may go to, whatever its URL's name leads to. Decided when connecting,
// by the address that is connected to: a name that resolves to another one the second time gains
// nothing.
enum class Destinations {
  // AddressKind::kOrdinary; this machine's only where the URL says so (Reach::kLoopback) or a proxy
  // is configured, which may be here.
  kOrdinary,
  kAny,
};

struct HttpRequest {
  HttpMethod method = HttpMethod::kGet;
  // https; plain http for loopback hosts only.
  std::string url;
  // Header values may be secrets (Authorization); they are wiped with the request.
  std::vector<std::pair<std::string, Secret>> headers;
  // The body of a POST.
  Secret body;
  Repetition repetition = Repetition::kAllowed;
  Destinations destinations = Destinations::kOrdinary;
  absl::Duration connect_timeout = absl::Seconds(3);
  // From now to the last byte of the answer.
  absl::Duration timeout = absl::Seconds(10);
  // PEM file of the certificate authorities to trust; empty: the system's.
  std::string ca_file;
  size_t max_body_bytes = 1 << 20;
};

struct HttpResponse {
  int status = 0;
  // Names in lower case, in the order received.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  // The first header of that lower-case name.
  absl::optional<absl::string_view> Header(absl::string_view name) const;
};

// What a request that got no answer failed at, where that is known.
enum class Obstacle {
  kUnknown,
  kHostUnknown,           // The name has no address.
  kCertificateName,       // The server's certificate is for another name.
  kCertificateExpired,    // It is not valid yet, or not any more.
  kCertificateUntrusted,  // No authority that is trusted here vouches for it.
  kCaFile,                // HttpRequest::ca_file cannot be read.
  kTls,                   // No common TLS version, or the server speaks no TLS.
};

// What became of a request. Exactly one of `response` and a not-OK `error`.
struct HttpResult {
  // A complete answer was received (any status; 3xx are not followed).
  absl::optional<HttpResponse> response;
  // DEADLINE_EXCEEDED, UNAVAILABLE (connection, TLS), RESOURCE_EXHAUSTED (answer too large),
  // INVALID_ARGUMENT (a URL that is not allowed), PERMISSION_DENIED (an address that is not). Names
  // no secret and quotes no answer.
  absl::Status error;
  Obstacle obstacle = Obstacle::kUnknown;
  // False when no byte of the request's body (for GET: of the request) left us.
  bool sent = false;
  // When the request was handed over, before any byte left: lifetimes count from here.
  SteadyTime sent_at;
};

// Loop thread only.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  // Never fails otherwise than by HttpResult::error.
  virtual Task<HttpResult> Send(HttpRequest request) = 0;
};

}  // namespace tokenbroker
