#include "http/response.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <string>

namespace hermes::http {
namespace {

TEST(Response, TakesFieldsThatAreWellFormed) {
  Response response;
  EXPECT_TRUE(response.add("content-type", "text/html; charset=utf-8"));
  EXPECT_TRUE(response.add("x-!#$%&'*+.^_`|~9", ""));
  EXPECT_TRUE(response.add("x-bytes", "tab\tand \xc3\xa4"));
  EXPECT_EQ(response.lines(),
            "content-type: text/html; charset=utf-8\r\nx-!#$%&'*+.^_`|~9: \r\n"
            "x-bytes: tab\tand \xc3\xa4\r\n");
}

TEST(Response, NoValueBecomesAnotherField) {
  const std::string nul("a\0b", 3);
  for (const auto& [name, value] : std::initializer_list<std::pair<std::string, std::string>>{
           {"", "x"},
           {"a b", "x"},
           {"a:", "x"},
           {"a\r\nset-cookie", "x"},
           {"\xc3\xa4", "x"},
           {nul, "x"},
           {"a", "x\r\nset-cookie: y"},
           {"a", "x\ny"},
           {"a", "x\ry"},
           {"a", nul},
           {"a", "\x7f"},
           {"a", "\x1b[31m"},
       }) {
    Response response;
    EXPECT_FALSE(response.add(name, value)) << name << ": " << value;
    EXPECT_EQ(response.lines(), "");
  }
}

TEST(Response, FieldsOfTheConnectionAreTheServers) {
  for (const char* name : {"Connection", "content-length", "Transfer-Encoding", "DATE",
                           "keep-alive", "Upgrade", "trailer", "x-request-id"}) {
    Response response;
    EXPECT_TRUE(response.add(name, "1"));
    EXPECT_EQ(response.lines(), "") << name;
  }
}

TEST(Response, KnowsHowLongItsContentIs) {
  Response response;
  EXPECT_EQ(response.content_length(), 0U);
  response.set_content(std::string("abc"));
  EXPECT_EQ(response.content_length(), 3U);
  response.set_content(SharedContent{nullptr, "abcd"});
  EXPECT_EQ(response.content_length(), 4U);
  response.set_content(FileContent{nullptr, 3, 10, 1'000'000'000'000});
  EXPECT_EQ(response.content_length(), 1'000'000'000'000U);
  response.set_content(std::unique_ptr<ContentSource>());
  EXPECT_EQ(response.content_length(), std::nullopt);
}

TEST(Problem, IsADocumentThatNamesTheRequest) {
  const Response response = problem(404, "nothing is \"here\"", "abc-1");
  EXPECT_EQ(response.status(), 404U);
  EXPECT_NE(response.lines().find("application/problem+json"), std::string::npos);
  const auto document = boost::json::parse(std::get<std::string>(response.content())).as_object();
  EXPECT_EQ(document.at("title"), "Not Found");
  EXPECT_EQ(document.at("status"), 404);
  EXPECT_EQ(document.at("detail"), "nothing is \"here\"");
  EXPECT_EQ(document.at("request_id"), "abc-1");
}

}  // namespace
}  // namespace hermes::http
