#include "http/curl_handle.h"

#include <gtest/gtest.h>

namespace tokenbroker {
namespace {

RequestUrl Url(const std::string& text = "http://127.0.0.1:1/") { return *ParseRequestUrl(text); }

HttpRequest Request() {
  HttpRequest request;
  request.method = HttpMethod::kPost;
  return request;
}

TEST(CurlHandlesTest, TakesWhatWasGivenBackForTheSameOptions) {
  CurlHandles handles;
  std::unique_ptr<CurlHandle> handle = handles.Take({Url(), Request()});
  const CurlHandle* const given_back = handle.get();
  handles.GiveBack(std::move(handle));
  handle = handles.Take({Url(), Request()});
  EXPECT_EQ(handle.get(), given_back);
  EXPECT_NE(handles.Take({Url(), Request()}).get(), given_back) << "it is taken";
}

TEST(CurlHandlesTest, TakesNoneOfOtherOptions) {
  CurlHandles handles;
  std::unique_ptr<CurlHandle> handle = handles.Take({Url(), Request()});
  const CurlHandle* const given_back = handle.get();
  handles.GiveBack(std::move(handle));
  std::vector<HttpRequest> others(7, Request());
  others[0].method = HttpMethod::kGet;
  others[1].repetition = Repetition::kNever;
  others[2].destinations = Destinations::kAny;
  others[3].connect_timeout += absl::Milliseconds(1);
  others[4].timeout += absl::Milliseconds(1);
  others[5].ca_file = "/another";
  others[6].max_body_bytes += 1;
  for (const HttpRequest& other : others) {
    EXPECT_NE(handles.Take({Url(), other}).get(), given_back);
  }
  EXPECT_NE(handles.Take({Url("http://127.0.0.1:1/other"), Request()}).get(), given_back);
  EXPECT_EQ(handles.Take({Url(), Request()}).get(), given_back);
}

TEST(CurlHandlesTest, KeepsSomeOnly) {
  constexpr size_t kMore = 100;
  CurlHandles handles;
  std::vector<std::unique_ptr<CurlHandle>> taken;
  for (size_t i = 1; i <= kMore; ++i) {
    HttpRequest request = Request();
    request.max_body_bytes = i;
    taken.push_back(handles.Take({Url(), request}));
  }
  const CurlHandle* const last = taken.back().get();
  const HandleOptions first_options = taken.front()->options();
  const HandleOptions last_options = last->options();
  for (auto& handle : taken) handles.GiveBack(std::move(handle));
  EXPECT_EQ(handles.size(), 64u);
  EXPECT_EQ(handles.Take(last_options).get(), last);
  EXPECT_EQ(handles.size(), 63u);
  handles.Take(first_options);
  EXPECT_EQ(handles.size(), 63u) << "it is gone, and another was made";
}

}  // namespace
}  // namespace tokenbroker
