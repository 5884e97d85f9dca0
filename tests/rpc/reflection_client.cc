#include "tests/rpc/reflection_client.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/text_format.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>

#include "gtest/gtest.h"

namespace tokenbroker {
namespace {

namespace pb = google::protobuf;

// The reflection messages are compiled into gRPC's reflection library, which ships no header.
std::unique_ptr<pb::Message> NewMessage(const std::string& name) {
  const pb::Descriptor* type = pb::DescriptorPool::generated_pool()->FindMessageTypeByName(
      "grpc.reflection.v1alpha." + name);
  return std::unique_ptr<pb::Message>(
      pb::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

// One message each way on the reflection stream.
std::unique_ptr<pb::Message> Ask(const std::shared_ptr<grpc::Channel>& channel,
                                 const std::string& request_text) {
  std::unique_ptr<pb::Message> request = NewMessage("ServerReflectionRequest");
  EXPECT_TRUE(pb::TextFormat::ParseFromString(request_text, request.get()));
  const grpc::Slice bytes(request->SerializeAsString());
  const grpc::ByteBuffer body(&bytes, 1);

  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const auto next = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    EXPECT_TRUE(queue.Next(&tag, &ok) && ok);
  };
  auto call = stub.PrepareCall(
      &context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  call->StartCall(nullptr);
  next();
  call->Write(body, nullptr);
  next();
  grpc::ByteBuffer answer;
  call->Read(&answer, nullptr);
  next();
  call->WritesDone(nullptr);
  next();
  grpc::Status status;
  call->Finish(&status, nullptr);
  next();

  grpc::Slice slice;
  EXPECT_TRUE(answer.DumpToSingleSlice(&slice).ok());
  std::unique_ptr<pb::Message> response = NewMessage("ServerReflectionResponse");
  EXPECT_TRUE(response->ParseFromArray(slice.begin(), static_cast<int>(slice.size())));
  return response;
}

const pb::Message& Field(const pb::Message& message, const std::string& name) {
  return message.GetReflection()->GetMessage(message,
                                             message.GetDescriptor()->FindFieldByName(name));
}

}  // namespace

std::vector<std::string> ReflectServices(const std::shared_ptr<grpc::Channel>& channel) {
  const auto response = Ask(channel, "list_services: ''");
  const pb::Message& list = Field(*response, "list_services_response");
  const pb::FieldDescriptor* services = list.GetDescriptor()->FindFieldByName("service");
  std::vector<std::string> names;
  for (int i = 0; i < list.GetReflection()->FieldSize(list, services); ++i) {
    const pb::Message& service = list.GetReflection()->GetRepeatedMessage(list, services, i);
    names.push_back(service.GetReflection()->GetString(
        service, service.GetDescriptor()->FindFieldByName("name")));
  }
  return names;
}

std::vector<std::string> ReflectMethods(const std::shared_ptr<grpc::Channel>& channel,
                                        const std::string& service) {
  const auto response = Ask(channel, "file_containing_symbol: '" + service + "'");
  const pb::Message& files = Field(*response, "file_descriptor_response");
  const pb::FieldDescriptor* protos =
      files.GetDescriptor()->FindFieldByName("file_descriptor_proto");
  std::vector<std::string> methods;
  for (int i = 0; i < files.GetReflection()->FieldSize(files, protos); ++i) {
    pb::FileDescriptorProto file;
    EXPECT_TRUE(file.ParseFromString(files.GetReflection()->GetRepeatedString(files, protos, i)));
    for (const pb::ServiceDescriptorProto& candidate : file.service()) {
      if (file.package() + "." + candidate.name() != service) continue;
      for (const pb::MethodDescriptorProto& method : candidate.method()) {
        methods.push_back(method.name());
      }
    }
  }
  return methods;
}

}  // namespace tokenbroker
