#include "access/callers.h"

#include <absl/hash/hash.h>

#include <utility>

#include "access/caller_refusals.h"
#include "access/certificate_caller.h"
#include "crypto/certificate.h"
#include "crypto/digest.h"

namespace tokenbroker {
namespace {

// Of callers, and of refusals, per stripe. When that is full it forgets everything: who comes then
// is looked up anew.
constexpr size_t kMaxEntries = 512;

// When those that are gone are looked for. More cannot be known at once than there are entries.
constexpr size_t kMaxCallers = 16 * kMaxEntries;

// Longer than any projected token; what is longer is nobody's.
constexpr size_t kMaxTokenBytes = 16 * 1024;

std::string Text(absl::string_view text) { return std::string(text.data(), text.size()); }

absl::StatusOr<Caller> JudgeCertificate(const Certificate& certificate, const TlsMaterial& material,
                                        absl::Time now) {
  if (material.revoked.Revokes(certificate)) return CallerUnknown("the certificate was revoked");
  if (certificate.NotAfter() <= now) {
    return CallerUnknown("the certificate has expired since the connection was made; connect anew");
  }
  return CallerOf(certificate);
}

}  // namespace

Callers::Callers(Loop& loop, const ConfigSource& config, const TlsSource* tls,
                 ServiceAccountTokens* tokens)
    : loop_(loop), config_(config), tls_(tls), tokens_(tokens) {}

void Callers::Identify(const Credentials& shown, SteadyTime deadline, Identified done) {
  if (!shown.certificate.empty()) return done(IdentifyCertificate(shown.certificate));
  if (tokens_ != nullptr && !shown.token.empty()) {
    return IdentifyToken(shown.token, deadline, std::move(done));
  }
  if (tls_ != nullptr) {
    return done(CallerUnknown("show a client certificate or a service-account token"));
  }
  constexpr absl::string_view kNothing;
  absl::optional<absl::StatusOr<KnownCallerPtr>> anonymous = Recall(kNothing, nullptr);
  if (anonymous) return done(*std::move(anonymous));
  done(Remember(kNothing, {Caller()}));
}

absl::StatusOr<KnownCallerPtr> Callers::IdentifyCertificate(absl::string_view pem) {
  const std::shared_ptr<const TlsMaterial> material = tls_ == nullptr ? nullptr : tls_->Current();
  absl::optional<absl::StatusOr<KnownCallerPtr>> known = Recall(pem, material);
  if (known) return *std::move(known);
  const absl::StatusOr<Certificate> certificate = Certificate::Parse(pem);
  if (!certificate.ok() || material == nullptr) {
    return CallerUnknown("the client certificate cannot be read");
  }
  const absl::Time now = loop_.clock().TimeNow();
  absl::StatusOr<Caller> caller = JudgeCertificate(*certificate, *material, now);
  const absl::Time end =
      certificate->NotAfter() > now ? certificate->NotAfter() : absl::InfiniteFuture();
  return Remember(pem, {std::move(caller), SteadyTime::InfiniteFuture(), end, material});
}

void Callers::IdentifyToken(absl::string_view token, SteadyTime deadline, Identified done) {
  if (token.size() > kMaxTokenBytes) return done(CallerUnknown("the token is too long"));
  // By its digest, so that no token lies in memory for as long as it is known.
  std::string digest = Sha256(token);
  absl::optional<absl::StatusOr<KnownCallerPtr>> known = Recall(digest, nullptr);
  if (known) return done(*std::move(known));
  // Costs the API server nothing, and no place in what is remembered.
  absl::Status worth_asking = tokens_->Look(token);
  if (!worth_asking.ok()) return done(std::move(worth_asking));
  loop_.Spawn(Review(std::move(digest), Secret(Text(token)), deadline, std::move(done)));
}

Task<void> Callers::Review(std::string digest, Secret token, SteadyTime deadline, Identified done) {
  ReviewedToken reviewed = co_await tokens_->Review(digest, std::move(token), deadline);
  done(Remember(digest, {std::move(reviewed.caller), reviewed.ask_again, reviewed.expiry}));
}

KnownCallerPtr Callers::Know(const Caller& caller, const Policy& policy) {
  std::shared_ptr<CallerUsage> usage;
  {
    MutexLock lock(usage_mutex_);
    if (usage_.size() >= kMaxCallers) {
      absl::erase_if(usage_, [now = loop_.clock().SteadyNow()](const auto& entry) {
        return entry.second.use_count() == 1 && entry.second->IsWhole(now);
      });
    }
    std::shared_ptr<CallerUsage>& known = usage_[caller.name];
    if (known == nullptr) {
      known = std::make_shared<CallerUsage>(config_.Current()->server.quotas);
    }
    usage = known;
  }
  return MakeKnownCaller(caller, policy, std::move(usage));
}

size_t Callers::size() {
  size_t n = 0;
  for (Stripe& stripe : stripes_) {
    MutexLock lock(stripe.mutex);
    n += stripe.callers.size() + stripe.refusals.size();
  }
  return n;
}

Callers::Stripe& Callers::StripeOf(absl::string_view key) {
  return stripes_[absl::Hash<absl::string_view>()(key) % stripes_.size()];
}

absl::optional<absl::StatusOr<KnownCallerPtr>> Callers::Recall(
    absl::string_view key, const std::shared_ptr<const TlsMaterial>& material) {
  const std::shared_ptr<const Snapshot> config = config_.Current();
  Stripe& stripe = StripeOf(key);
  MutexLock lock(stripe.mutex);
  for (Entries* entries : {&stripe.callers, &stripe.refusals}) {
    const auto it = entries->find(key);
    if (it == entries->end()) continue;
    Entry& entry = it->second;
    if (entry.material.lock() != material || entry.IsOver(loop_.clock())) {
      entries->erase(it);
      return absl::nullopt;
    }
    if (!entry.who.ok()) return absl::StatusOr<KnownCallerPtr>(entry.who.status());
    if (entry.policy != config->policy) {
      entry.policy = config->policy;
      entry.known = Know(*entry.who, *entry.policy);
    }
    return absl::StatusOr<KnownCallerPtr>(entry.known);
  }
  return absl::nullopt;
}

absl::StatusOr<KnownCallerPtr> Callers::Remember(absl::string_view key, Entry entry) {
  const bool known = entry.who.ok();
  if (known) {
    entry.policy = config_.Current()->policy;
    entry.known = Know(*entry.who, *entry.policy);
  }
  absl::StatusOr<KnownCallerPtr> caller = entry.known;
  if (!known) caller = entry.who.status();
  if (entry.IsOver(loop_.clock())) return caller;
  Stripe& stripe = StripeOf(key);
  MutexLock lock(stripe.mutex);
  Entries& entries = known ? stripe.callers : stripe.refusals;
  if (entries.size() >= kMaxEntries) {
    absl::erase_if(entries, [this](const auto& one) { return one.second.IsOver(loop_.clock()); });
  }
  if (entries.size() >= kMaxEntries) entries.clear();
  entries.insert_or_assign(Text(key), std::move(entry));
  return caller;
}

}  // namespace tokenbroker
