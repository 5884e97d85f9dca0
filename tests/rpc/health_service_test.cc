#include "rpc/health_service.h"

#include <grpcpp/channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

namespace tokenbroker {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

class HealthServiceTest : public ::testing::Test {
 protected:
  // One caller that watches.
  class Watch {
   public:
    Watch(Health::Stub& stub, const std::string& service) {
      HealthCheckRequest request;
      request.set_service(service);
      stream_ = stub.Watch(&context_, request);
    }
    // What it is told next; empty when the stream has ended.
    std::string Next() {
      HealthCheckResponse response;
      if (!stream_->Read(&response)) return "";
      return HealthCheckResponse::ServingStatus_Name(response.status());
    }
    grpc::StatusCode End() { return stream_->Finish().error_code(); }
    void Leave() { context_.TryCancel(); }

   private:
    grpc::ClientContext context_;
    std::unique_ptr<grpc::ClientReader<HealthCheckResponse>> stream_;
  };

  HealthServiceTest() {
    grpc::ServerBuilder builder;
    builder.RegisterService(&health_);
    server_ = builder.BuildAndStart();
    stub_ = Health::NewStub(server_->InProcessChannel({}));
  }

  grpc::Status Check(const std::string& service, HealthCheckResponse* response) {
    grpc::ClientContext context;
    HealthCheckRequest request;
    request.set_service(service);
    return stub_->Check(&context, request, response);
  }

  HealthService health_{{"a.Service"}};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Health::Stub> stub_;
};

TEST_F(HealthServiceTest, SaysOfEachServiceAndOfTheWholeWhetherItServes) {
  for (const Serving serving : {Serving::kYes, Serving::kNo, Serving::kYes}) {
    health_.SetServing(serving);
    for (const std::string service : {"", "a.Service"}) {
      HealthCheckResponse response;
      EXPECT_TRUE(Check(service, &response).ok());
      EXPECT_EQ(response.status() == HealthCheckResponse::SERVING, serving == Serving::kYes);
    }
  }
}

TEST_F(HealthServiceTest, KnowsNoOtherService) {
  HealthCheckResponse response;
  EXPECT_EQ(Check("b.Service", &response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(HealthServiceTest, TellsThoseWhoWatchThePresentAndEveryChange) {
  Watch whole(*stub_, "");
  Watch one(*stub_, "a.Service");
  EXPECT_EQ(whole.Next(), "SERVING");
  EXPECT_EQ(one.Next(), "SERVING");
  health_.SetServing(Serving::kYes);
  health_.SetServing(Serving::kNo);
  EXPECT_EQ(whole.Next(), "NOT_SERVING");
  EXPECT_EQ(one.Next(), "NOT_SERVING");
  health_.SetServing(Serving::kYes);
  EXPECT_EQ(whole.Next(), "SERVING");
}

TEST_F(HealthServiceTest, TellsWhoWatchesAnUnknownServiceSoAndNothingElse) {
  Watch watch(*stub_, "b.Service");
  EXPECT_EQ(watch.Next(), "SERVICE_UNKNOWN");
  health_.SetServing(Serving::kNo);
  health_.EndWatches();
  EXPECT_EQ(watch.Next(), "");
}

TEST_F(HealthServiceTest, EndsTheStreamsOfThoseWhoWatchAfterTheLastChange) {
  Watch watch(*stub_, "");
  EXPECT_EQ(watch.Next(), "SERVING");
  health_.SetServing(Serving::kNo);
  health_.EndWatches();
  EXPECT_EQ(watch.Next(), "NOT_SERVING");
  EXPECT_EQ(watch.Next(), "");
  EXPECT_EQ(watch.End(), grpc::StatusCode::UNAVAILABLE);

  Watch late(*stub_, "");
  EXPECT_EQ(late.Next(), "NOT_SERVING");
  EXPECT_EQ(late.Next(), "");
  EXPECT_EQ(late.End(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(HealthServiceTest, OutlivesThoseWhoLeave) {
  Watch stays(*stub_, "");
  EXPECT_EQ(stays.Next(), "SERVING");
  {
    Watch leaves(*stub_, "");
    EXPECT_EQ(leaves.Next(), "SERVING");
    leaves.Leave();
    EXPECT_EQ(leaves.End(), grpc::StatusCode::CANCELLED);
  }
  health_.SetServing(Serving::kNo);
  EXPECT_EQ(stays.Next(), "NOT_SERVING");
}

TEST_F(HealthServiceTest, LetsItsServerStopWhileSomebodyWatches) {
  Watch watch(*stub_, "");
  EXPECT_EQ(watch.Next(), "SERVING");
  server_->Shutdown(std::chrono::system_clock::now());
  EXPECT_EQ(watch.Next(), "");
}

}  // namespace
}  // namespace tokenbroker
