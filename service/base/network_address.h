// What kind of place a network address is: whether a provider can be there. Pure; any thread.
#pragma once

#include <absl/strings/string_view.h>
#include <absl/types/optional.h>
#include <sys/socket.h>

#include <string>

namespace tokenbroker {

enum class AddressKind {
  // Where a provider may be, on the Internet or in a network of ours.
  kOrdinary,
  // This machine: 127.0.0.0/8, ::1.
  kLoopback,
  // Where none is: link-local (169.254.0.0/16, fe80::/10), the metadata services of clouds outside
  // it, this network (0.0.0.0/8, ::), multicast, reserved and broadcast addresses; and what is
  // neither IPv4 nor IPv6.
  kSpecial,
};

// An IPv4 address in an IPv6 one is looked at as itself: mapped (::ffff:a.b.c.d), compatible
// (::a.b.c.d), and behind NAT64 (64:ff9b::a.b.c.d, RFC 6052). `address` is as large as its family
// says.
AddressKind KindOf(const sockaddr& address);

// Of a URL's host when that is an address: as generous as resolvers are ("0xA9.254.43518"), IPv6 in
// brackets. nullopt for a name.
absl::optional<AddressKind> KindOfHost(absl::string_view host);

// For a log: "169.254.169.254", "fe80::1"; "unknown" for other families.
std::string AddressText(const sockaddr& address);

}  // namespace tokenbroker
