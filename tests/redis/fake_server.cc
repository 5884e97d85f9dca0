#include "tests/redis/fake_server.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <array>
#include <boost/asio/write.hpp>
#include <tuple>
#include <utility>

#include "io/use_task.h"
#include "redis/reply_reader.h"

namespace tokenbroker {

namespace asio = boost::asio;
using asio::ip::tcp;

struct FakeServer::State {
  State(Loop& on, Script by)
      : loop(on),
        script(std::move(by)),
        acceptor(on.context(), tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {}

  // What a client sent is an array of strings, as an answer may be.
  std::string Answer(const std::string& bytes, ReplyReader& reader) {
    std::string answers;
    reader.Feed(bytes);
    for (auto command = reader.Next(); command.ok() && *command; command = reader.Next()) {
      std::vector<std::string> words;
      for (const RedisReply& item : (*command)->items) words.push_back(item.text);
      seen.push_back(absl::StrJoin(words, " "));
      answers += script(words);
    }
    return answers;
  }

  Loop& loop;
  const Script script;
  tcp::acceptor acceptor;
  std::vector<std::shared_ptr<tcp::socket>> sockets;
  std::vector<std::string> seen;
};

FakeServer::FakeServer(Loop& loop, Script script)
    : state_(std::make_shared<State>(loop, std::move(script))) {
  loop.Spawn(Accept(state_));
}

FakeServer::~FakeServer() {
  boost::system::error_code ignored;
  std::ignore = state_->acceptor.close(ignored);
  CloseConnections();
}

void FakeServer::CloseConnections() {
  boost::system::error_code ignored;
  for (const auto& socket : state_->sockets) std::ignore = socket->close(ignored);
}

void FakeServer::Send(const std::string& bytes) {
  boost::system::error_code ignored;
  for (const auto& socket : state_->sockets) asio::write(*socket, asio::buffer(bytes), ignored);
}

RedisEndpoint FakeServer::endpoint() const {
  return {"127.0.0.1", state_->acceptor.local_endpoint().port(), ""};
}

const std::vector<std::string>& FakeServer::seen() const { return state_->seen; }

size_t FakeServer::connections() const { return state_->sockets.size(); }

Task<void> FakeServer::Accept(std::shared_ptr<State> state) {
  while (state->acceptor.is_open()) {
    auto accepted = co_await state->acceptor.async_accept(kUseTask);
    if (std::get<0>(accepted)) co_return;
    state->sockets.push_back(std::make_shared<tcp::socket>(std::move(std::get<1>(accepted))));
    state->loop.Spawn(Serve(state, state->sockets.size() - 1));
  }
}

Task<void> FakeServer::Serve(std::shared_ptr<State> state, size_t number) {
  const std::shared_ptr<tcp::socket> socket = state->sockets[number];
  ReplyReader reader{ReplyReader::Limits()};
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto read = co_await socket->async_read_some(asio::buffer(buffer), kUseTask);
    if (std::get<0>(read)) co_return;
    const std::string answers =
        state->Answer(std::string(buffer.data(), std::get<1>(read)), reader);
    const auto written = co_await asio::async_write(*socket, asio::buffer(answers), kUseTask);
    if (std::get<0>(written)) co_return;
  }
}

std::string Bulk(const std::string& text) {
  return absl::StrCat("$", text.size(), "\r\n", text, "\r\n");
}

std::string Array(const std::vector<std::string>& encoded) {
  return absl::StrCat("*", encoded.size(), "\r\n", absl::StrJoin(encoded, ""));
}

std::string Greet(const std::vector<std::string>& words, const std::string& run_id) {
  if (words[0] == "INFO") return Bulk(absl::StrCat("# Server\r\nrun_id:", run_id, "\r\n"));
  if (words[0] == "ROLE") return Array({Bulk("master"), ":0\r\n", "*0\r\n"});
  return std::string();
}

}  // namespace tokenbroker
