#include "http/curl_handle.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tokenbroker {
namespace {

// Longer than any caller waits, and inside what curl takes.
constexpr absl::Duration kLongest = absl::Hours(24);
// A connection that was idle for a second carries no request that may be sent only once: the server
// may be closing it at that moment (many do after five seconds, some after two), and the token
// would be thought presented. curl counts whole seconds, and takes what was idle for none.
constexpr long kMaxIdleSecondsForOnce = 0;
// The least that curl takes. Its default of 64 KiB, for a body of some hundred bytes, is more than
// malloc gives and takes back without tidying up.
constexpr long kUploadBufferBytes = 16 * 1024;
// How long the parsed authorities are kept; a replaced CA file takes effect after this.
constexpr long kAuthoritiesCacheSeconds = 60;
// As many as a provider's default limit of requests under way.
constexpr size_t kMostKept = 64;

// curl reads 0 as "no limit".
long TimeoutMs(absl::Duration d) {
  return static_cast<long>(std::max<int64_t>(1, absl::ToInt64Milliseconds(std::min(d, kLongest))));
}

auto Parts(const HandleOptions& o) {
  return std::tie(o.url.text, o.url.reach, o.method, o.repetition, o.destinations,
                  o.connect_timeout, o.timeout, o.ca_file, o.max_body_bytes);
}

}  // namespace

HandleOptions::HandleOptions(const RequestUrl& the_url, const HttpRequest& request)
    : url(the_url),
      method(request.method),
      repetition(request.repetition),
      destinations(request.destinations),
      connect_timeout(request.connect_timeout),
      timeout(request.timeout),
      ca_file(request.ca_file),
      max_body_bytes(request.max_body_bytes) {}

bool operator==(const HandleOptions& a, const HandleOptions& b) { return Parts(a) == Parts(b); }

CurlHandle::CurlHandle(HandleOptions options)
    : options_(std::move(options)), easy_(curl_easy_init()) {
  if (easy_ == nullptr) {
    trouble_ = CURLE_OUT_OF_MEMORY;
    return;
  }
  SetConnection();
  SetTls();
  SetAnswer();
  SetBody();
}

CURLcode CurlHandle::Begin(CurlEvents* events, curl_slist* headers, size_t body_bytes) {
  events_ = events;
  Set(CURLOPT_HTTPHEADER, headers);
  if (options_.method == HttpMethod::kPost) {
    Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_bytes));
  }
  return trouble_;
}

void CurlHandle::End() {
  events_ = nullptr;
  Set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
}

template <typename Value>
void CurlHandle::Set(CURLoption option, Value value) {
  static_assert(std::is_pointer_v<Value> || std::is_same_v<Value, long>, "curl is variadic");
  const CURLcode code = curl_easy_setopt(easy_.get(), option, value);
  if (trouble_ == CURLE_OK) trouble_ = code;
}

void CurlHandle::SetConnection() {
  const bool loopback = options_.url.reach == Reach::kLoopback;
  Set(CURLOPT_URL, options_.url.text.c_str());
  Set(CURLOPT_PROTOCOLS_STR, loopback ? "http,https" : "https");
  Set(CURLOPT_FOLLOWLOCATION, 0L);
  Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  Set(CURLOPT_USERAGENT, "token-broker");
  // An empty proxy also switches the environment's off.
  if (loopback) Set(CURLOPT_PROXY, "");
  Set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  Set(CURLOPT_NOSIGNAL, 1L);
  // Without it a handle that is removed waits for the resolver's thread, and the loop with it.
  Set(CURLOPT_QUICK_EXIT, 1L);
  Set(CURLOPT_CONNECTTIMEOUT_MS, TimeoutMs(options_.connect_timeout));
  Set(CURLOPT_OPENSOCKETFUNCTION, &CurlHandle::OnConnect);
  Set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  Set(CURLOPT_TIMEOUT_MS, TimeoutMs(options_.timeout));
  if (options_.repetition == Repetition::kNever) Set(CURLOPT_MAXAGE_CONN, kMaxIdleSecondsForOnce);
}

void CurlHandle::SetTls() {
  Set(CURLOPT_SSL_VERIFYPEER, 1L);
  Set(CURLOPT_SSL_VERIFYHOST, 2L);
  Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options_.ca_file.empty()) Set(CURLOPT_CAINFO, options_.ca_file.c_str());
  // Debian's curl trusts a directory of authorities besides the file. With it a CA file of our own
  // would not be the only one trusted, and every connection would parse the whole bundle again.
  Set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  Set(CURLOPT_CA_CACHE_TIMEOUT, kAuthoritiesCacheSeconds);
  // The certificate of a session that is resumed is not looked at: a replaced CA file would not
  // count for as long as the server hands out tickets.
  Set(CURLOPT_SSL_SESSIONID_CACHE, 0L);
}

void CurlHandle::SetAnswer() {
  Set(CURLOPT_HEADERFUNCTION, &CurlHandle::OnHeader);
  Set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  Set(CURLOPT_WRITEFUNCTION, &CurlHandle::OnBody);
  Set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  // Fails before the body is read where Content-Length tells; OnBody counts the rest.
  Set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(options_.max_body_bytes));
  Set(CURLOPT_PREREQFUNCTION, &CurlHandle::OnAttempt);
  Set(CURLOPT_PREREQDATA, static_cast<void*>(this));
}

void CurlHandle::SetBody() {
  if (options_.method != HttpMethod::kPost) return;
  Set(CURLOPT_POST, 1L);
  Set(CURLOPT_UPLOAD_BUFFERSIZE, kUploadBufferBytes);
  Set(CURLOPT_READFUNCTION, &CurlHandle::OnRead);
  Set(CURLOPT_READDATA, static_cast<void*>(this));
  if (options_.repetition == Repetition::kNever) return;
  // Only what curl can rewind is sent again when a reused connection dies.
  Set(CURLOPT_SEEKFUNCTION, &CurlHandle::OnSeek);
  Set(CURLOPT_SEEKDATA, static_cast<void*>(this));
}

size_t CurlHandle::OnRead(char* buffer, size_t size, size_t count, void* self) {
  return static_cast<CurlHandle*>(self)->events_->OnRead(buffer, size * count);
}

int CurlHandle::OnSeek(void* self, curl_off_t offset, int origin) {
  const bool sought = origin == SEEK_SET && static_cast<CurlHandle*>(self)->events_->OnSeek(offset);
  return sought ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

size_t CurlHandle::OnHeader(char* bytes, size_t size, size_t count, void* self) {
  const size_t n = size * count;
  return static_cast<CurlHandle*>(self)->events_->OnHeader({bytes, n}) ? n : n + 1;
}

size_t CurlHandle::OnBody(char* bytes, size_t size, size_t count, void* self) {
  const size_t n = size * count;
  return static_cast<CurlHandle*>(self)->events_->OnBody({bytes, n}) ? n : n + 1;
}

// What the name resolved to, or a proxy. After a refusal curl tries the host's next address.
curl_socket_t CurlHandle::OnConnect(void* self, curlsocktype, curl_sockaddr* address) {
  const CurlHandle& handle = *static_cast<CurlHandle*>(self);
  if (!handle.events_->MayConnectTo(address->addr)) return CURL_SOCKET_BAD;
  const int made = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  // Should we die, the kernel goes on for so long to send what we wrote.
  const auto timeout = static_cast<unsigned>(TimeoutMs(handle.options_.timeout));
  ::setsockopt(made, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof(timeout));
  return made;
}

int CurlHandle::OnAttempt(void* self, char*, char*, int, int) {
  return static_cast<CurlHandle*>(self)->events_->OnAttempt() ? CURL_PREREQFUNC_OK
                                                              : CURL_PREREQFUNC_ABORT;
}

std::unique_ptr<CurlHandle> CurlHandles::Take(HandleOptions options) {
  const auto found = std::find_if(kept_.rbegin(), kept_.rend(), [&options](const auto& handle) {
    return handle->options() == options;
  });
  if (found == kept_.rend()) return std::make_unique<CurlHandle>(std::move(options));
  std::unique_ptr<CurlHandle> handle = std::move(*found);
  kept_.erase(std::prev(found.base()));
  return handle;
}

void CurlHandles::GiveBack(std::unique_ptr<CurlHandle> handle) {
  handle->End();
  // The one that waited longest goes: nobody may ask for its kind any more.
  if (kept_.size() == kMostKept) kept_.erase(kept_.begin());
  kept_.push_back(std::move(handle));
}

}  // namespace tokenbroker
