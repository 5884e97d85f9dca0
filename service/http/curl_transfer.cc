#include "http/curl_transfer.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <openssl/x509_vfy.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <type_traits>

#include "base/log.h"
#include "base/network_address.h"
#include "base/status_macros.h"

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

constexpr const char* kProxyVariables[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};

// curl reads 0 as "no limit".
long TimeoutMs(absl::Duration d) {
  return static_cast<long>(std::max<int64_t>(1, absl::ToInt64Milliseconds(std::min(d, kLongest))));
}

bool IsHeaderText(absl::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); });
}

// curl's own fixed words: they quote nothing of the request or the answer.
absl::Status ToStatus(CURLcode code) {
  const std::string message =
      absl::StrCat("http request failed: ", curl_easy_strerror(code), " (curl ", code, ")");
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return absl::DeadlineExceededError(message);
    case CURLE_FILESIZE_EXCEEDED:
      return absl::ResourceExhaustedError(message);
    default:
      return absl::UnavailableError(message);
  }
}

Obstacle ObstacleOfCertificate(long verify_result) {
  switch (verify_result) {
    // OpenSSL found nothing wrong: curl compares the name itself, and then leaves this behind.
    case X509_V_OK:
    case X509_V_ERR_UNSPECIFIED:
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return Obstacle::kCertificateName;
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return Obstacle::kCertificateExpired;
    default:
      return Obstacle::kCertificateUntrusted;
  }
}

Obstacle ObstacleOf(CURLcode code, CURL* easy) {
  long verify_result = X509_V_OK;
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return Obstacle::kHostUnknown;
    case CURLE_PEER_FAILED_VERIFICATION:
      curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verify_result);
      return ObstacleOfCertificate(verify_result);
    case CURLE_SSL_CACERT_BADFILE:
      return Obstacle::kCaFile;
    case CURLE_SSL_CONNECT_ERROR:
      return Obstacle::kTls;
    default:
      return Obstacle::kUnknown;
  }
}

// As curl finds it. Whether no_proxy makes an exception for the host does not matter here.
bool ProxyConfigured() {
  return std::any_of(std::begin(kProxyVariables), std::end(kProxyVariables), [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
  });
}

}  // namespace

void CurlTransfer::HeaderCleanup::operator()(curl_slist* list) const {
  for (curl_slist* line = list; line != nullptr; line = line->next) {
    explicit_bzero(line->data, strlen(line->data));
  }
  curl_slist_free_all(list);
}

CurlTransfer::CurlTransfer(Loop& loop, HttpRequest request)
    : request_(std::move(request)), answer_(request_.max_body_bytes), done_(loop) {}

absl::Status CurlTransfer::Prepare(const RequestUrl& url) {
  if (request_.timeout <= absl::ZeroDuration() ||
      request_.connect_timeout <= absl::ZeroDuration()) {
    return absl::DeadlineExceededError("no time is left for the http request");
  }
  easy_.reset(curl_easy_init());
  if (easy_ == nullptr) return absl::ResourceExhaustedError("out of memory");
  SetConnection(url);
  reach_ = url.reach;
  peer_ =
      absl::StrCat(url.authority, request_.destinations == Destinations::kAny ? " anywhere" : "");
  SetTls();
  SetAnswer();
  SetBody();
  TB_RETURN_IF_ERROR(SetHeaders());
  if (refused_option_ != CURLE_OK) return ToStatus(refused_option_);
  return absl::OkStatus();
}

template <typename Value>
void CurlTransfer::Set(CURLoption option, Value value) {
  static_assert(std::is_pointer_v<Value> || std::is_same_v<Value, long>, "curl is variadic");
  const CURLcode code = curl_easy_setopt(easy_.get(), option, value);
  if (refused_option_ == CURLE_OK) refused_option_ = code;
}

void CurlTransfer::SetConnection(const RequestUrl& url) {
  const bool loopback = url.reach == Reach::kLoopback;
  Set(CURLOPT_URL, url.text.c_str());
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
  Set(CURLOPT_CONNECTTIMEOUT_MS, TimeoutMs(request_.connect_timeout));
  Set(CURLOPT_OPENSOCKETFUNCTION, &CurlTransfer::OnConnect);
  Set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  Set(CURLOPT_TIMEOUT_MS, TimeoutMs(request_.timeout));
  if (request_.repetition == Repetition::kNever) Set(CURLOPT_MAXAGE_CONN, kMaxIdleSecondsForOnce);
}

void CurlTransfer::SetTls() {
  Set(CURLOPT_SSL_VERIFYPEER, 1L);
  Set(CURLOPT_SSL_VERIFYHOST, 2L);
  Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!request_.ca_file.empty()) Set(CURLOPT_CAINFO, request_.ca_file.c_str());
  // Debian's curl trusts a directory of authorities besides the file. With it a CA file of our own
  // would not be the only one trusted, and every connection would parse the whole bundle again.
  Set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  Set(CURLOPT_CA_CACHE_TIMEOUT, kAuthoritiesCacheSeconds);
}

void CurlTransfer::SetAnswer() {
  Set(CURLOPT_HEADERFUNCTION, &CurlTransfer::OnHeader);
  Set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  Set(CURLOPT_WRITEFUNCTION, &CurlTransfer::OnBody);
  Set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  // Fails before the body is read where Content-Length tells; OnBody counts the rest.
  Set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request_.max_body_bytes));
  Set(CURLOPT_PREREQFUNCTION, &CurlTransfer::OnAttempt);
  Set(CURLOPT_PREREQDATA, static_cast<void*>(this));
}

void CurlTransfer::SetBody() {
  if (request_.method != HttpMethod::kPost) return;
  Set(CURLOPT_POST, 1L);
  Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.Expose().size()));
  Set(CURLOPT_UPLOAD_BUFFERSIZE, kUploadBufferBytes);
  Set(CURLOPT_READFUNCTION, &CurlTransfer::OnRead);
  Set(CURLOPT_READDATA, static_cast<void*>(this));
  if (request_.repetition == Repetition::kNever) return;
  // Only what curl can rewind is sent again when a reused connection dies.
  Set(CURLOPT_SEEKFUNCTION, &CurlTransfer::OnSeek);
  Set(CURLOPT_SEEKDATA, static_cast<void*>(this));
}

absl::Status CurlTransfer::SetHeaders() {
  bool taken = AddHeader("Expect", "");
  for (const auto& [name, value] : request_.headers) {
    const bool named = !name.empty() && name.find_first_of(":; ") == std::string::npos;
    if (!named || !IsHeaderText(name) || !IsHeaderText(value.Expose())) {
      return absl::InvalidArgumentError("a request header holds forbidden characters");
    }
    taken = taken && !value.empty() && AddHeader(name, value.Expose());
  }
  if (!taken) return absl::InvalidArgumentError("a request header is empty");
  Set(CURLOPT_HTTPHEADER, headers_.get());
  return absl::OkStatus();
}

// An empty value tells curl not to send its own header of that name.
bool CurlTransfer::AddHeader(absl::string_view name, absl::string_view value) {
  const Secret line(value.empty() ? absl::StrCat(name, ":") : absl::StrCat(name, ": ", value));
  curl_slist* const shorter = headers_.release();
  curl_slist* const longer = curl_slist_append(shorter, line.Expose().data());
  headers_.reset(longer == nullptr ? shorter : longer);
  return longer != nullptr;
}

void CurlTransfer::Finish(CURLcode code) {
  if (answer_.too_large()) {
    Fail(absl::ResourceExhaustedError("http request failed: the answer is too large"));
    return;
  }
  if (code == CURLE_COULDNT_CONNECT && address_refused_) {
    Fail(absl::PermissionDeniedError(
        "http request failed: the host has an address that is not allowed"));
    return;
  }
  if (code != CURLE_OK) {
    result_.obstacle = ObstacleOf(code, easy_.get());
    Fail(ToStatus(code));
    return;
  }
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  result_.response = answer_.Take(static_cast<int>(status));
  done_.Notify();
}

void CurlTransfer::Fail(absl::Status error) {
  result_.error = std::move(error);
  done_.Notify();
}

size_t CurlTransfer::OnRead(char* buffer, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const absl::string_view rest = transfer.request_.body.Expose().substr(transfer.body_offset_);
  const size_t n = std::min(rest.size(), size * count);
  std::copy_n(rest.data(), n, buffer);
  transfer.body_offset_ += n;
  if (n > 0) transfer.result_.sent = true;
  return n;
}

int CurlTransfer::OnSeek(void* self, curl_off_t offset, int origin) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const auto size = static_cast<curl_off_t>(transfer.request_.body.Expose().size());
  if (origin != SEEK_SET || offset < 0 || offset > size) return CURL_SEEKFUNC_FAIL;
  transfer.body_offset_ = static_cast<size_t>(offset);
  return CURL_SEEKFUNC_OK;
}

size_t CurlTransfer::OnHeader(char* bytes, size_t size, size_t count, void* self) {
  const size_t n = size * count;
  return static_cast<CurlTransfer*>(self)->answer_.AddHeaderLine({bytes, n}) ? n : n + 1;
}

size_t CurlTransfer::OnBody(char* bytes, size_t size, size_t count, void* self) {
  const size_t n = size * count;
  return static_cast<CurlTransfer*>(self)->answer_.AddBody({bytes, n}) ? n : n + 1;
}

bool CurlTransfer::MayConnectTo(const sockaddr& address) const {
  if (request_.destinations == Destinations::kAny) return true;
  const AddressKind kind = KindOf(address);
  if (kind != AddressKind::kLoopback) return kind == AddressKind::kOrdinary;
  return reach_ == Reach::kLoopback || ProxyConfigured();
}

// What the name resolved to, or a proxy. After a refusal curl tries the host's next address.
curl_socket_t CurlTransfer::OnConnect(void* self, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (transfer.MayConnectTo(address->addr)) {
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  }
  transfer.address_refused_ = true;
  Log(LogLevel::kWarning, "address_not_allowed",
      {{"host", transfer.peer_}, {"address", AddressText(address->addr)}});
  return CURL_SOCKET_BAD;
}

// A connection is there and the request is about to be written to it: for the first time, or again
// because a reused connection died.
int CurlTransfer::OnAttempt(void* self, char*, char*, int, int) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  // curl fails by itself (CURLE_SEND_FAIL_REWIND) when it wrote some of the body before, but not
  // when it only took it from us.
  if (transfer.request_.repetition == Repetition::kNever && transfer.result_.sent) {
    return CURL_PREREQFUNC_ABORT;
  }
  const bool has_body =
      transfer.request_.method == HttpMethod::kPost && !transfer.request_.body.empty();
  if (!has_body) transfer.result_.sent = true;
  return CURL_PREREQFUNC_OK;
}

}  // namespace tokenbroker
