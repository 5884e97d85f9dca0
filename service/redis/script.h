// A Lua script and the name by which a server that has seen it knows it.
#pragma once

#include <string>

namespace tokenbroker {

// An immutable value; any thread.
class RedisScript {
 public:
  // `name` is for logs.
  RedisScript(std::string name, std::string source);

  const std::string& name() const { return name_; }
  const std::string& source() const { return source_; }
  // SHA-1 of the source in lower-case hexadecimal, as EVALSHA wants it.
  const std::string& sha() const { return sha_; }

 private:
  std::string name_;
  std::string source_;
  std::string sha_;
};

}  // namespace tokenbroker
