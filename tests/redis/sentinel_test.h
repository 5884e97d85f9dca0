// A fixture with sentinels that believe what the test says.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/redis/fake_server.h"
#include "tests/redis/redis_test.h"

namespace tokenbroker {

class SentinelTest : public RedisTest {
 protected:
  struct Belief {
    int port = 0;
    int epoch = 0;
    std::vector<RedisEndpoint> others;
  };
  // A sentinel that believes what the test says, also later.
  std::unique_ptr<FakeServer> Sentinel(const Belief* belief) {
    return std::make_unique<FakeServer>(
        loop_, [belief](const std::vector<std::string>& words) -> std::string {
          if (words[0] == "AUTH") return "+OK\r\n";
          if (words[0] == "SUBSCRIBE") return Array({Bulk("subscribe"), Bulk(words[1]), ":1\r\n"});
          if (words[0] != "SENTINEL") return Greet(words);
          if (words[2] != "main")
            return words[1] == "MASTER" ? "-ERR No such master\r\n" : "*-1\r\n";
          if (words[1] == "GET-MASTER-ADDR-BY-NAME") {
            return Array({Bulk("127.0.0.1"), Bulk(std::to_string(belief->port))});
          }
          if (words[1] == "MASTER") {
            return Array({Bulk("name"), Bulk("main"), Bulk("config-epoch"),
                          Bulk(std::to_string(belief->epoch))});
          }
          std::vector<std::string> others;
          for (const RedisEndpoint& other : belief->others) {
            others.push_back(Array(
                {Bulk("ip"), Bulk(other.host), Bulk("port"), Bulk(std::to_string(other.port))}));
          }
          return Array(others);
        });
  }
  RedisOptions Options(const std::vector<RedisEndpoint>& sentinels) {
    RedisOptions options;
    options.mode = RedisOptions::Mode::kSentinel;
    options.endpoints = sentinels;
    options.sentinel_primary = "main";
    return options;
  }
};

}  // namespace tokenbroker
