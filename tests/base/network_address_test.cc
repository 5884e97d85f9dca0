#include "base/network_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

namespace tokenbroker {
namespace {

// By a socket's address, as it is looked at when connecting.
AddressKind Kind(const char* text) {
  sockaddr_in6 six = {};
  six.sin6_family = AF_INET6;
  if (::inet_pton(AF_INET6, text, &six.sin6_addr) == 1) {
    return KindOf(reinterpret_cast<const sockaddr&>(six));
  }
  sockaddr_in four = {};
  four.sin_family = AF_INET;
  EXPECT_EQ(::inet_pton(AF_INET, text, &four.sin_addr), 1) << text;
  return KindOf(reinterpret_cast<const sockaddr&>(four));
}

TEST(NetworkAddressTest, ProvidersAreOnTheInternetAndInPrivateNetworks) {
  for (const char* text :
       {"35.186.224.25", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.253.255.255",
        "169.255.0.0", "1.0.0.0", "223.255.255.255", "2600:1901:1:c36::", "fd00:ec2::253",
        "fc00::1", "fec0::1", "::ffff:10.0.0.1", "64:ff9b::808:808", "64:ff9b:1::808:808"}) {
    EXPECT_EQ(Kind(text), AddressKind::kOrdinary) << text;
  }
}

TEST(NetworkAddressTest, LinkLocalAndMetadataAddressesAreSpecial) {
  for (const char* text :
       {"169.254.169.254", "169.254.0.0", "169.254.255.255", "fe80::1", "febf:ffff::1",
        "fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16", "192.0.0.192"}) {
    EXPECT_EQ(Kind(text), AddressKind::kSpecial) << text;
  }
}

TEST(NetworkAddressTest, SoAreThoseOfNobodyInParticular) {
  for (const char* text : {"0.0.0.0", "0.1.2.3", "::", "224.0.0.1", "239.255.255.255",
                           "255.255.255.255", "240.0.0.1", "ff02::1"}) {
    EXPECT_EQ(Kind(text), AddressKind::kSpecial) << text;
  }
}

TEST(NetworkAddressTest, AnIpv4AddressIsTheSameInsideAnIpv6One) {
  for (const char* text :
       {"::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "::169.254.169.254", "::ffff:0.0.0.0",
        "64:ff9b::224.0.0.1", "64:ff9b:1::a9fe:a9fe", "::ffff:0:169.254.169.254",
        "2002:a9fe:a9fe::1"}) {
    EXPECT_EQ(Kind(text), AddressKind::kSpecial) << text;
  }
  EXPECT_EQ(Kind("::ffff:127.0.0.1"), AddressKind::kLoopback);
  EXPECT_EQ(Kind("64:ff9b::127.0.0.1"), AddressKind::kLoopback);
}

TEST(NetworkAddressTest, LoopbackIsThisMachine) {
  for (const char* text : {"127.0.0.1", "127.255.255.255", "::1"}) {
    EXPECT_EQ(Kind(text), AddressKind::kLoopback) << text;
  }
}

TEST(NetworkAddressTest, OtherFamiliesAreSpecial) {
  sockaddr local = {};
  local.sa_family = AF_UNIX;
  EXPECT_EQ(KindOf(local), AddressKind::kSpecial);
  EXPECT_EQ(AddressText(local), "unknown");
}

TEST(NetworkAddressTest, ReadsAUrlsHostAsGenerouslyAsResolversDo) {
  for (const char* host : {"169.254.169.254", "0xA9.254.43518", "2852039166", "0251.0376.0251.0376",
                           "[fe80::1]", "[fe80::1%25eth0]", "[::ffff:a9fe:a9fe]"}) {
    EXPECT_EQ(KindOfHost(host), AddressKind::kSpecial) << host;
  }
  EXPECT_EQ(KindOfHost("[::1]"), AddressKind::kLoopback);
  EXPECT_EQ(KindOfHost("10.1"), AddressKind::kOrdinary);
}

TEST(NetworkAddressTest, ANameSaysNothingYet) {
  for (const char* host : {"id.example", "169.254.169.254.example", "localhost", "", "[zz]"}) {
    EXPECT_EQ(KindOfHost(host), absl::nullopt) << host;
  }
}

TEST(NetworkAddressTest, WritesAnAddressForTheLog) {
  sockaddr_in four = {};
  four.sin_family = AF_INET;
  four.sin_addr.s_addr = htonl(0xA9FEA9FE);
  EXPECT_EQ(AddressText(reinterpret_cast<const sockaddr&>(four)), "169.254.169.254");
  sockaddr_in6 six = {};
  six.sin6_family = AF_INET6;
  six.sin6_addr.s6_addr[0] = 0xfe;
  six.sin6_addr.s6_addr[1] = 0x80;
  EXPECT_EQ(AddressText(reinterpret_cast<const sockaddr&>(six)), "fe80::");
}

}  // namespace
}  // namespace tokenbroker
