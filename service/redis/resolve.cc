#include "redis/resolve.h"

#include <absl/strings/str_cat.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "io/event.h"
#include "io/use_task.h"

namespace tokenbroker {

namespace asio = boost::asio;

namespace {

using Addresses = std::vector<StreamAddress>;
constexpr size_t kLongestUnixPath = 107;

struct LookUp {
  explicit LookUp(Loop& loop) : resolver(loop.context()), done(loop) {}
  asio::ip::tcp::resolver resolver;
  Event done;
  boost::system::error_code error;
  Addresses addresses;
};

// On its own: the system's resolver cannot be interrupted, so that nobody may have to wait for it.
Task<void> Run(std::shared_ptr<LookUp> look_up, std::string host, uint16_t port) {
  const std::string service = absl::StrCat(port);
  const auto found = co_await look_up->resolver.async_resolve(
      host, service, asio::ip::resolver_base::numeric_service, kUseTask);
  look_up->error = std::get<0>(found);
  for (const auto& entry : std::get<1>(found)) look_up->addresses.emplace_back(entry.endpoint());
  look_up->done.Notify();
}

// The look-up that is under way for this name, or a new one. A resolver that is slower than those
// who ask are patient must not be asked the same ever more often: the next attempt takes what the
// one before it waited for.
std::shared_ptr<LookUp> JoinLookUp(Loop* loop, const std::string& host, uint16_t port) {
  using Key = std::tuple<const Loop*, std::string, uint16_t>;
  thread_local std::map<Key, std::weak_ptr<LookUp>> under_way;
  for (auto it = under_way.begin(); it != under_way.end();) {
    const bool over = it->second.expired();
    it = over ? under_way.erase(it) : std::next(it);
  }
  std::weak_ptr<LookUp>& known = under_way[{loop, host, port}];
  std::shared_ptr<LookUp> look_up = known.lock();
  if (look_up != nullptr && !look_up->done.notified()) return look_up;
  look_up = std::make_shared<LookUp>(*loop);
  known = look_up;
  loop->Spawn(Run(look_up, host, port));
  return look_up;
}

}  // namespace

Task<absl::StatusOr<Addresses>> Resolve(Loop* loop, RedisEndpoint endpoint, SteadyTime deadline) {
  if (!endpoint.unix_path.empty()) {
    if (endpoint.unix_path.size() > kLongestUnixPath) {
      co_return absl::UnavailableError("the socket's path is too long");
    }
    co_return Addresses{asio::local::stream_protocol::endpoint(endpoint.unix_path)};
  }
  boost::system::error_code not_an_address;
  const auto address = asio::ip::make_address(endpoint.host, not_an_address);
  if (!not_an_address) co_return Addresses{asio::ip::tcp::endpoint(address, endpoint.port)};
  const std::shared_ptr<LookUp> look_up = JoinLookUp(loop, endpoint.host, endpoint.port);
  const bool in_time = co_await look_up->done.WaitUntil(deadline);
  if (!in_time) co_return absl::UnavailableError("the name's look-up took too long");
  if (look_up->error) co_return absl::UnavailableError(look_up->error.message());
  co_return look_up->addresses;
}

}  // namespace tokenbroker
