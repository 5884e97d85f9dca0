#include "tests/provider_simulator/faults.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace provider_simulator {
namespace {

Fault AnswerFault(int status, const std::string& content_type, std::string body) {
  Fault fault;
  fault.status = status;
  fault.headers = {{"Content-Type", content_type}};
  fault.body = std::move(body);
  return fault;
}

Fault KindFault(FaultKind kind, Cut cut) {
  Fault fault;
  fault.kind = kind;
  fault.cut = cut;
  return fault;
}

}  // namespace

Fault Fault::Times(int n) const {
  Fault fault = *this;
  fault.times = n;
  return fault;
}

Fault ErrorFault(int status, const std::string& error, const std::string& retry_after) {
  const boost::json::object body = {{"error", error}};
  Fault fault = AnswerFault(status, "application/json", boost::json::serialize(body));
  if (!retry_after.empty()) fault.headers.emplace_back("Retry-After", retry_after);
  return fault;
}

Fault OkWithErrorFault(const std::string& error) { return ErrorFault(200, error); }

Fault HtmlFault(int status) {
  return AnswerFault(status, "text/html",
                     "<!DOCTYPE html><html><body><h1>It works!</h1></body></html>");
}

Fault GarbageFault() {
  std::string bytes(512, '\0');
  unsigned int state = 42;
  for (char& c : bytes) {
    state = state * 1664525U + 1013904223U;
    c = static_cast<char>(state >> 24U);
  }
  bytes += std::string("\0\xff", 2);
  return AnswerFault(200, "application/json", bytes);
}

Fault InvalidJsonFault() {
  return AnswerFault(200, "application/json", R"({"access_token":"at-cut-short","expires_)");
}

Fault EmptyFault(int status) { return AnswerFault(status, "application/json", ""); }

Fault HugeFault(std::size_t bytes) {
  return AnswerFault(200, "application/json",
                     R"({"access_token":"at-huge","token_type":"Bearer","padding":")" +
                         std::string(bytes, 'x') + R"("})");
}

Fault HangFault() { return KindFault(FaultKind::kHang, Cut::kReset); }
Fault DropFault(Cut cut) { return KindFault(FaultKind::kDrop, cut); }
Fault LostResponseFault(Cut cut) { return KindFault(FaultKind::kLostResponse, cut); }

Fault CutReusedConnectionFault(Cut cut) {
  Fault fault = DropFault(cut);
  fault.connection = FaultConnection::kReusedOnly;
  return fault;
}

void FaultQueue::Add(Endpoint endpoint, Fault fault) {
  queues_[endpoint].push_back(std::move(fault));
}

absl::optional<Fault> FaultQueue::Take(Endpoint endpoint, bool reused_connection) {
  std::deque<Fault>& queue = queues_[endpoint];
  for (auto it = queue.begin(); it != queue.end(); ++it) {
    if (it->connection == FaultConnection::kReusedOnly && !reused_connection) continue;
    Fault taken = *it;
    if (it->times == Fault::kForever) return taken;
    --it->times;
    if (it->times <= 0) queue.erase(it);
    return taken;
  }
  return absl::nullopt;
}

}  // namespace provider_simulator
