#include "tests/simulation/network.h"

#include <algorithm>
#include <utility>

namespace tokenbroker::simulation {
namespace {

// A subscription that is silent for so long is known to be cut.
constexpr absl::Duration kSilence = absl::Seconds(3);
// A late command is executed up to so much later.
constexpr absl::Duration kLatest = absl::Seconds(20);

}  // namespace

Network::Network(Scheduler& scheduler, uint64_t seed)
    : scheduler_(scheduler), dice_(seed, "network") {}

void Network::Begin(const Process& process, Scheduler::Actor* actor) {
  Link& link = links_[process.replica];
  link.process = process;
  link.actor = actor;
  link.listener = nullptr;
}

void Network::End(int replica) {
  links_[replica].actor = nullptr;
  links_[replica].listener = nullptr;
}

void Network::Tell(const Process& process, SteadyTime t, absl::AnyInvocable<void()> work) {
  scheduler_.At(t, [this, process, work = std::move(work)]() mutable {
    const Link& link = links_[process.replica];
    if (link.actor != nullptr && link.process == process) link.actor->Post(std::move(work));
  });
}

absl::Duration Network::Usual() {
  const bool slow = dice_.Chance(0.05);
  return dice_.Between(absl::Microseconds(50), absl::Milliseconds(slow ? 120 : 2));
}

void Network::Arrange(const Happening& mishap) {
  // Without a length it is the next one, whenever that is.
  const bool one =
      mishap.length == absl::ZeroDuration() ||
      (mishap.kind != Happening::Kind::kLoseCall && mishap.kind != Happening::Kind::kLoseAnswer);
  const SteadyTime until = one ? kNever : Now() + mishap.length;
  links_[mishap.replica].mishaps.push_back({mishap, until});
}

std::vector<Happening> Network::TakeMishaps(int replica, absl::string_view call) {
  std::vector<Mishap>& mishaps = links_[replica].mishaps;
  std::vector<Happening> taken;
  for (auto mishap = mishaps.begin(); mishap != mishaps.end();) {
    Happening& what = mishap->what;
    const auto same = [&what](const Happening& other) { return other.kind == what.kind; };
    const bool befalls = what.call == call && mishap->until >= Now() &&
                         std::none_of(taken.begin(), taken.end(), same);
    const bool passes = befalls && what.skip > 0;
    if (passes) --what.skip;
    if (befalls && !passes) taken.push_back(what);
    mishap = befalls && !passes && mishap->until == kNever ? mishaps.erase(mishap) : mishap + 1;
  }
  for (const Happening& what : taken) {
    if (tell_ != nullptr) tell_(what);
  }
  return taken;
}

Network::Fate Network::FateOfStoreCall(int replica, absl::string_view call) {
  const Link& link = links_[replica];
  Fate fate{Fate::Kind::kArrives, Usual(), Usual()};
  const std::vector<Happening> mishaps = TakeMishaps(replica, call);
  for (const Happening& mishap : mishaps) {
    using Kind = Happening::Kind;
    fate.kind = Fate::Kind::kOvertaken;
    if (mishap.kind == Kind::kLoseCall) fate.kind = Fate::Kind::kLostThere;
    if (mishap.kind == Kind::kLoseAnswer) fate.kind = Fate::Kind::kLostBack;
    if (mishap.kind == Kind::kLateCall) fate.there = mishap.length;
    if (mishap.kind == Kind::kLateAnswer) fate.back = mishap.length;
  }
  if (!mishaps.empty()) return fate;
  if (link.away > Now()) fate.kind = Fate::Kind::kLostThere;
  if (link.flaky <= Now()) return fate;
  const uint64_t luck = dice_.Below(10);
  if (luck < 2) fate.kind = Fate::Kind::kLostThere;
  if (luck == 2 || luck == 3) fate.kind = Fate::Kind::kLostBack;
  if (luck == 4) {
    fate.kind = Fate::Kind::kLate;
    fate.there = dice_.Between(absl::ZeroDuration(), kLatest);
  }
  if (luck == 5) fate.there = dice_.Between(absl::ZeroDuration(), absl::Seconds(2));
  if (luck == 6) fate.back = dice_.Between(absl::ZeroDuration(), absl::Seconds(2));
  return fate;
}

SteadyTime Network::InOrder(SteadyTime* last, absl::Duration delay) {
  *last = std::max(*last, Now() + delay);
  return *last;
}

SteadyTime Network::ArrivalAtStore(int replica, absl::Duration delay) {
  return InOrder(&links_[replica].last_there, delay);
}

SteadyTime Network::ArrivalFromStore(int replica, absl::Duration delay) {
  return InOrder(&links_[replica].last_back, delay);
}

void Network::Subscribe(const Process& process, ChangeListener* listener) {
  Link& link = links_[process.replica];
  link.listener = listener;
  if (link.cut > Now()) return;
  Tell(process, InOrder(&link.last_change, Usual()), [listener] { listener->OnConnected(); });
}

void Network::Publish(int replica, const Change& change) {
  Link& link = links_[replica];
  if (link.listener == nullptr || link.cut > Now()) return;
  ChangeListener* listener = link.listener;
  Tell(link.process, InOrder(&link.last_change, Usual()),
       [listener, change] { listener->OnChange(change); });
}

// Messages are lost at once; that it is cut is noticed by the silence.
void Network::CutFeed(int replica, absl::Duration length) {
  Link& link = links_[replica];
  const SteadyTime end = Now() + std::max(length, kSilence + absl::Seconds(1));
  if (link.cut >= end) return;
  const bool cut_before = link.cut > Now();
  link.cut = end;
  if (link.listener != nullptr && !cut_before) {
    ChangeListener* listener = link.listener;
    Tell(link.process, Now() + dice_.Between(absl::ZeroDuration(), kSilence),
         [listener] { listener->OnCut(); });
  }
  scheduler_.At(end, [this, replica, end] {
    Link& mended = links_[replica];
    if (mended.cut != end || mended.listener == nullptr) return;
    ChangeListener* listener = mended.listener;
    mended.last_change = std::max(mended.last_change, Now());
    Tell(mended.process, mended.last_change, [listener] { listener->OnConnected(); });
  });
}

void Network::TellOfAnotherServer(int replica) {
  Link& link = links_[replica];
  if (link.listener == nullptr) return;
  ChangeListener* listener = link.listener;
  Tell(link.process, Now() + dice_.Between(absl::ZeroDuration(), absl::Seconds(1)),
       [listener] { listener->OnServerChanged(); });
}

void Network::Mend() {
  for (int r = 0; r < kReplicas; ++r) {
    links_[r].flaky = links_[r].away = SteadyTime::InfinitePast();
    links_[r].mishaps.clear();
  }
}

}  // namespace tokenbroker::simulation
