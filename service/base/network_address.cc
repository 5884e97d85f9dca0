#include "base/network_address.h"

#include <absl/strings/strip.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>

namespace tokenbroker {
namespace {

constexpr uint32_t Ipv4(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

// Outside 169.254.0.0/16: Alibaba's, Azure's and Oracle's.
constexpr uint32_t kIpv4Metadata[] = {Ipv4(100, 100, 100, 200), Ipv4(168, 63, 129, 16),
                                      Ipv4(192, 0, 0, 192)};
// Amazon's (fd00:ec2::254) and Google's (fd20:ce::254).
constexpr uint8_t kIpv6Metadata[][16] = {
    {0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54},
    {0xfd, 0x20, 0x00, 0xce, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}};

constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr uint8_t kNat64[12] = {0x00, 0x64, 0xff, 0x9b};
// RFC 8215's, of which only the form with a whole /96 is looked through.
constexpr uint8_t kLocalNat64[12] = {0x00, 0x64, 0xff, 0x9b, 0x00, 0x01};
constexpr uint8_t kTranslated[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr uint8_t kCompatible[12] = {};

AddressKind KindOfIpv4(uint32_t address) {
  const uint32_t net = address >> 24;
  if (net == 127) return AddressKind::kLoopback;
  const bool metadata = std::find(std::begin(kIpv4Metadata), std::end(kIpv4Metadata), address) !=
                        std::end(kIpv4Metadata);
  const bool link_local = address >> 16 == Ipv4(0, 0, 169, 254);
  return net == 0 || net >= 224 || link_local || metadata ? AddressKind::kSpecial
                                                          : AddressKind::kOrdinary;
}

AddressKind KindOfIpv4In(const uint8_t* bytes) {
  return KindOfIpv4(Ipv4(bytes[0], bytes[1], bytes[2], bytes[3]));
}

bool Begins(const in6_addr& address, const uint8_t (&prefix)[12]) {
  return std::memcmp(address.s6_addr, prefix, sizeof(prefix)) == 0;
}

AddressKind KindOfIpv6(const in6_addr& address) {
  if (IN6_IS_ADDR_LOOPBACK(&address)) return AddressKind::kLoopback;
  const bool holds_ipv4 = Begins(address, kMapped) || Begins(address, kNat64) ||
                          Begins(address, kLocalNat64) || Begins(address, kTranslated) ||
                          Begins(address, kCompatible);
  if (holds_ipv4) return KindOfIpv4In(address.s6_addr + 12);
  const bool is_6to4 = address.s6_addr[0] == 0x20 && address.s6_addr[1] == 0x02;
  if (is_6to4) return KindOfIpv4In(address.s6_addr + 2);
  const auto is_address = [&address](const uint8_t(&other)[16]) {
    return std::memcmp(address.s6_addr, other, sizeof(other)) == 0;
  };
  const bool metadata = std::any_of(std::begin(kIpv6Metadata), std::end(kIpv6Metadata), is_address);
  return metadata || IN6_IS_ADDR_LINKLOCAL(&address) || IN6_IS_ADDR_MULTICAST(&address)
             ? AddressKind::kSpecial
             : AddressKind::kOrdinary;
}

}  // namespace

AddressKind KindOf(const sockaddr& address) {
  switch (address.sa_family) {
    case AF_INET:
      return KindOfIpv4(ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr));
    case AF_INET6:
      return KindOfIpv6(reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
    default:
      return AddressKind::kSpecial;
  }
}

absl::optional<AddressKind> KindOfHost(absl::string_view host) {
  if (absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]")) {
    // A zone (RFC 6874) changes nothing of the address.
    in6_addr address = {};
    if (::inet_pton(AF_INET6, std::string(host.substr(0, host.find('%'))).c_str(), &address) != 1) {
      return absl::nullopt;
    }
    return KindOfIpv6(address);
  }
  in_addr address = {};
  if (::inet_aton(std::string(host).c_str(), &address) == 0) return absl::nullopt;
  return KindOfIpv4(ntohl(address.s_addr));
}

std::string AddressText(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = "unknown";
  if (address.sa_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text,
                sizeof(text));
  } else if (address.sa_family == AF_INET6) {
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text,
                sizeof(text));
  }
  return text;
}

}  // namespace tokenbroker
