// What names a grant.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>

#include <string>
#include <tuple>
#include <utility>

namespace tokenbroker {

// A borrowed GrantKey, for look-ups that must not allocate.
struct GrantKeyView {
  absl::string_view tenant;
  absl::string_view provider;
  absl::string_view subject;

  friend bool operator==(const GrantKeyView& a, const GrantKeyView& b) {
    return a.subject == b.subject && a.provider == b.provider && a.tenant == b.tenant;
  }
  template <typename H>
  friend H AbslHashValue(H h, const GrantKeyView& k) {
    return H::combine(std::move(h), k.tenant, k.provider, k.subject);
  }
};

// Tenant: whose subjects these are. Provider: the name in the configuration. Subject: the caller's
// own name for one connection; opaque here.
struct GrantKey {
  std::string tenant;
  std::string provider;
  std::string subject;

  GrantKeyView view() const { return {tenant, provider, subject}; }
  friend bool operator==(const GrantKey& a, const GrantKey& b) { return a.view() == b.view(); }
  friend bool operator!=(const GrantKey& a, const GrantKey& b) { return !(a == b); }
  friend bool operator<(const GrantKey& a, const GrantKey& b) {
    return std::tie(a.tenant, a.provider, a.subject) < std::tie(b.tenant, b.provider, b.subject);
  }
  template <typename H>
  friend H AbslHashValue(H h, const GrantKey& k) {
    return AbslHashValue(std::move(h), k.view());
  }
};

// For absl containers keyed by GrantKey that are asked with a GrantKeyView.
struct GrantKeyHash {
  using is_transparent = void;
  size_t operator()(const GrantKeyView& k) const;
  size_t operator()(const GrantKey& k) const { return (*this)(k.view()); }
};
struct GrantKeyEqual {
  using is_transparent = void;
  static GrantKeyView View(const GrantKeyView& k) { return k; }
  static GrantKeyView View(const GrantKey& k) { return k.view(); }
  template <typename A, typename B>
  bool operator()(const A& a, const B& b) const {
    return View(a) == View(b);
  }
};

inline constexpr size_t kMaxSubjectBytes = 256;
inline constexpr size_t kMaxTenantBytes = 64;
// As long as a name in the configuration may be.
inline constexpr size_t kMaxProviderBytes = 63;

// INVALID_ARGUMENT with the field's name and the fix unless the subject is 1–256 bytes of UTF-8
// without control characters, the tenant 1–64 such bytes, and the provider 1–63 bytes.
absl::Status Validate(const GrantKeyView& key);

// True for well-formed UTF-8 (RFC 3629: no surrogates, nothing overlong) without control
// characters (C0, DEL, C1).
bool IsPrintableUtf8(absl::string_view text);

}  // namespace tokenbroker
