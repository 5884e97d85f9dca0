#include "tests/provider_simulator/simulated_provider.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/types/optional.h"
#include "tests/provider_simulator/authorize_endpoint.h"
#include "tests/provider_simulator/form.h"
#include "tests/provider_simulator/metadata_and_userinfo.h"
#include "tests/provider_simulator/pages.h"
#include "tests/provider_simulator/provider_state.h"
#include "tests/provider_simulator/token_endpoint.h"

namespace provider_simulator {
namespace {

constexpr std::size_t kMaxRecordedRequests = 1000;

void Record(ProviderState& state, const HttpRequest& request) {
  if (!state.settings.record_requests) return;
  state.requests.push_back(request);
  if (state.requests.size() > kMaxRecordedRequests) state.requests.pop_front();
}

HttpReply Serve(ProviderState& state, Endpoint endpoint, const HttpRequest& request,
                absl::Time now) {
  switch (endpoint) {
    case Endpoint::kMetadata:
      return ServeMetadata(state);
    case Endpoint::kAuthorize:
      return ServeAuthorize(state, request, now);
    case Endpoint::kToken:
      return ServeToken(state, request, now);
    case Endpoint::kUserinfo:
      return ServeUserinfo(state, request, now);
    case Endpoint::kRevoke:
      return ServeRevoke(state, request);
    case Endpoint::kJwks:
      return ServeJwks();
    case Endpoint::kOther:
      break;
  }
  return HtmlReply(404, ErrorPage("there is nothing here"));
}

HttpReply ScriptedReply(const Fault& fault) {
  HttpReply reply;
  reply.status = fault.status;
  reply.headers = fault.headers;
  reply.body = fault.body;
  return reply;
}

Delivery CutDelivery(Cut cut) { return cut == Cut::kReset ? Delivery::kReset : Delivery::kClose; }

HttpReply ServeWithFault(ProviderState& state, Endpoint endpoint, const HttpRequest& request,
                         absl::Time now) {
  const auto fault = state.faults.Take(endpoint, request.reused_connection);
  if (!fault.has_value()) return Serve(state, endpoint, request, now);
  ++state.counters.faults_played;
  HttpReply reply;
  switch (fault->kind) {
    case FaultKind::kAnswer:
      return ScriptedReply(*fault);
    case FaultKind::kHang:
      reply.delivery = Delivery::kHang;
      return reply;
    case FaultKind::kDrop:
      break;
    case FaultKind::kLostResponse:
      Serve(state, endpoint, request, now);
      break;
  }
  reply.delivery = CutDelivery(fault->cut);
  return reply;
}

GrantView View(const Family& family) {
  return {
      family.id,           family.login.user,     family.login.account_id, family.login.client_id,
      family.login.scopes, family.refresh_tokens, family.revoked_because};
}

}  // namespace

struct SimulatedProvider::State {
  TimeSource now;
  std::mutex mutex;
  ProviderState provider;  // guarded by mutex
};

SimulatedProvider::SimulatedProvider(TimeSource now) : state_(std::make_shared<State>()) {
  state_->now = std::move(now);
}

SimulatedProvider::~SimulatedProvider() = default;

void SimulatedProvider::set_issuer(std::string issuer) {
  std::lock_guard lock(state_->mutex);
  state_->provider.issuer = std::move(issuer);
}

std::string SimulatedProvider::issuer() const {
  std::lock_guard lock(state_->mutex);
  return state_->provider.issuer;
}

Settings SimulatedProvider::settings() const {
  std::lock_guard lock(state_->mutex);
  return state_->provider.settings;
}

void SimulatedProvider::Configure(const std::function<void(Settings&)>& change) {
  std::lock_guard lock(state_->mutex);
  change(state_->provider.settings);
}

void SimulatedProvider::PutUser(User user) {
  std::lock_guard lock(state_->mutex);
  std::string name = user.name;
  state_->provider.users[name] = std::move(user);
}

bool SimulatedProvider::RemoveUser(const std::string& name) {
  std::lock_guard lock(state_->mutex);
  return state_->provider.users.erase(name) != 0;
}

std::map<std::string, User> SimulatedProvider::users() const {
  std::lock_guard lock(state_->mutex);
  return state_->provider.users;
}

void SimulatedProvider::PutClient(Client client) {
  std::lock_guard lock(state_->mutex);
  std::string id = client.id;
  state_->provider.clients[id] = std::move(client);
}

bool SimulatedProvider::RemoveClient(const std::string& id) {
  std::lock_guard lock(state_->mutex);
  return state_->provider.clients.erase(id) != 0;
}

std::map<std::string, Client> SimulatedProvider::clients() const {
  std::lock_guard lock(state_->mutex);
  return state_->provider.clients;
}

void SimulatedProvider::AddFault(Endpoint endpoint, Fault fault) {
  std::lock_guard lock(state_->mutex);
  state_->provider.faults.Add(endpoint, std::move(fault));
}

void SimulatedProvider::ClearFaults() {
  std::lock_guard lock(state_->mutex);
  state_->provider.faults.Clear();
}

std::map<Endpoint, std::deque<Fault>> SimulatedProvider::faults() const {
  std::lock_guard lock(state_->mutex);
  return state_->provider.faults.queues();
}

std::vector<GrantView> SimulatedProvider::grants() const {
  std::lock_guard lock(state_->mutex);
  std::vector<GrantView> views;
  for (const auto& [id, family] : state_->provider.tokens.families()) {
    views.push_back(View(family));
  }
  return views;
}

std::size_t SimulatedProvider::RevokeUser(const std::string& name) {
  std::lock_guard lock(state_->mutex);
  return state_->provider.tokens.RevokeWhere(
      [&name](const Family& family) { return family.login.user == name; }, "control");
}

std::size_t SimulatedProvider::RevokeRefreshToken(const std::string& token) {
  std::lock_guard lock(state_->mutex);
  const auto has_token = [&token](const Family& family) {
    const auto& tokens = family.refresh_tokens;
    return std::find(tokens.begin(), tokens.end(), token) != tokens.end();
  };
  return state_->provider.tokens.RevokeWhere(has_token, "control");
}

std::size_t SimulatedProvider::RevokeAll() {
  std::lock_guard lock(state_->mutex);
  return state_->provider.tokens.RevokeWhere([](const Family&) { return true; }, "control");
}

std::vector<HttpRequest> SimulatedProvider::requests() const {
  std::lock_guard lock(state_->mutex);
  return {state_->provider.requests.begin(), state_->provider.requests.end()};
}

Counters SimulatedProvider::counters() const {
  std::lock_guard lock(state_->mutex);
  Counters counters = state_->provider.counters;
  counters.families_revoked_by_reuse = state_->provider.tokens.families_revoked_by_reuse();
  counters.codes_reused = state_->provider.tokens.codes_reused();
  counters.token_connections = state_->provider.token_connections.size();
  return counters;
}

void SimulatedProvider::ResetCounters() {
  std::lock_guard lock(state_->mutex);
  ProviderState& provider = state_->provider;
  provider.counters = Counters();
  provider.tokens.ResetCounters();
  provider.token_connections.clear();
  provider.requests.clear();
}

void SimulatedProvider::StartHistory() {
  std::lock_guard lock(state_->mutex);
  state_->provider.history.emplace();
}

TokenHistory SimulatedProvider::history() const {
  std::lock_guard lock(state_->mutex);
  return state_->provider.history.value_or(TokenHistory());
}

void SimulatedProvider::Reset() {
  std::lock_guard lock(state_->mutex);
  ProviderState fresh;
  fresh.issuer = state_->provider.issuer;
  state_->provider = std::move(fresh);
}

absl::StatusOr<std::string> SimulatedProvider::Approve(const std::string& login_uri,
                                                       const std::string& user) {
  const std::size_t question = login_uri.find('?');
  const auto form =
      ParseForm(question == std::string::npos ? std::string() : login_uri.substr(question + 1));
  if (!form.has_value()) return absl::InvalidArgumentError("malformed or repeated parameter");
  std::lock_guard lock(state_->mutex);
  const HttpReply reply = ApproveLogin(state_->provider, *form, user, state_->now());
  for (const auto& [name, value] : reply.headers) {
    if (name == "Location") return value;
  }
  return absl::InvalidArgumentError("the simulator would show a page: " + reply.body);
}

// Counts what the token request presents, whatever its answer will be.
std::shared_ptr<void> SimulatedProvider::CountTokenRequest(const HttpRequest& request) {
  ProviderState& provider = state_->provider;
  provider.token_connections.insert(request.connection);
  const Form form = ParseForm(request.body).value_or(Form());
  const std::string grant_type = Field(form, "grant_type");
  if (!grant_type.empty()) ++provider.counters.grant_types[grant_type];
  const std::string token = Field(form, "refresh_token");
  const size_t index = provider.history ? provider.history->size() : 0;
  if (provider.history) {
    TokenRequestSeen seen;
    seen.begun = state_->now();
    seen.presented = token;
    provider.history->push_back(std::move(seen));
  }
  if (token.empty()) return nullptr;
  RefreshTokenCounters& counts = provider.counters.refresh_tokens[token];
  ++counts.presented;
  ++counts.concurrent;
  counts.max_concurrent = std::max(counts.max_concurrent, counts.concurrent);
  const auto end = [state = state_, token, index](void*) {
    std::lock_guard lock(state->mutex);
    absl::optional<TokenHistory>& history = state->provider.history;
    if (history && index < history->size()) (*history)[index].ended = state->now();
    auto& all = state->provider.counters.refresh_tokens;
    const auto found = all.find(token);
    // Counters may have been reset meanwhile.
    if (found != all.end() && found->second.concurrent > 0) --found->second.concurrent;
  };
  return std::shared_ptr<void>(static_cast<void*>(state_.get()), end);
}

HttpReply SimulatedProvider::Handle(const HttpRequest& request) {
  const absl::Time now = state_->now();
  const Endpoint endpoint = EndpointForPath(request.path);
  std::lock_guard lock(state_->mutex);
  ProviderState& provider = state_->provider;
  ++provider.counters.requests[endpoint];
  Record(provider, request);
  std::shared_ptr<void> in_flight;
  if (endpoint == Endpoint::kToken) in_flight = CountTokenRequest(request);

  HttpReply reply = ServeWithFault(provider, endpoint, request, now);
  const auto latency = provider.settings.latency.find(endpoint);
  if (latency != provider.settings.latency.end()) reply.delay = latency->second;
  ++provider.counters.statuses[endpoint][reply.delivery == Delivery::kSend ? reply.status : 0];
  reply.in_flight = std::move(in_flight);
  return reply;
}

}  // namespace provider_simulator
