// What the admin listener answers, and to whom, over real connections on loopback.
#include "engine/admin/admin_handler.hpp"

#include "http/server.hpp"
#include "http/testing/http_client.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

namespace hermes::engine {
namespace {

using http::testing::HttpAnswer;
using http::testing::HttpClient;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

class AdminHandlerTest : public ::testing::Test {
 public:
  AdminHandlerTest() {
    workers_.start();
    http::ServerOptions options;
    options.addresses = {{boost::asio::ip::address_v4::loopback(), 0}};
    auto server = http::Server::start(options, workers_, handler_, nullptr, log_);
    if (server) server_ = std::move(*server);
  }
  ~AdminHandlerTest() override {
    server_.reset();
    workers_.stop();
  }

 protected:
  [[nodiscard]] HttpAnswer ask(std::string_view target, std::string_view host = "127.0.0.1:9090",
                               std::string_view fields = "",
                               std::string_view method = "GET") const {
    HttpClient client(server_->addresses().front());
    client.send(fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n{}\r\n", method, target, host, fields));
    return client.read(method == "HEAD").value_or(HttpAnswer{});
  }

  SystemClock clock_;
  ManualClock manual_;
  Log log_{{.format = LogFormat::kJson,
            .level = LogLevel::kError,
            .colour = {},
            .output = [](std::string_view) {}},
           clock_};
  event::WorkerPool workers_{{.threads = 1}, clock_};
  std::atomic<bool> live_{true};
  std::atomic<bool> ready_{true};
  std::atomic<int> states_{0};
  AdminHandler handler_{
      {.live = [this] { return live_ ? HealthReport{} : HealthReport{{"it is stuck"}}; },
       .ready = [this] { return ready_ ? HealthReport{} : HealthReport{{"it is not"}}; },
       .metrics = [] { return std::string("some_metric 1\n"); },
       .state = [this] { return fmt::format("{{\"state\":{}}}", ++states_); }},
      {"hermes.example.com"},
      manual_};
  std::unique_ptr<http::Server> server_;
};

TEST_F(AdminHandlerTest, AnswersWhatThereIs) {
  for (const auto& [target, type, content] :
       std::initializer_list<std::tuple<const char*, const char*, const char*>>{
           {"/", "text/html; charset=utf-8", "<!doctype html>"},
           {"/page.css", "text/css; charset=utf-8", "color-scheme"},
           {"/page.js", "text/javascript; charset=utf-8", "/api/state"},
           {"/sections.js", "text/javascript; charset=utf-8", "showProblems"},
           {"/samples.js", "text/javascript; charset=utf-8", "percentiles"},
           {"/document.js", "text/javascript; charset=utf-8", "textContent"},
           {"/format.js", "text/javascript; charset=utf-8", "KiB"},
           {"/metrics", "text/plain; version=0.0.4; charset=utf-8", "some_metric 1\n"},
           {"/metrics?x=y", "text/plain; version=0.0.4; charset=utf-8", "some_metric 1\n"},
           {"/api/state", "application/json", "{\"state\":1}"},
           {"/healthz", "application/json", R"({"status":"alive","problems":[]})"},
           {"/readyz", "application/json", R"({"status":"ready","problems":[]})"}}) {
    const HttpAnswer answer = ask(target);
    EXPECT_EQ(answer.status, 200) << target;
    EXPECT_THAT(answer.header, HasSubstr(fmt::format("Content-Type: {}\r\n", type)));
    EXPECT_THAT(answer.body, HasSubstr(content));
    const HttpAnswer head = ask(target, "127.0.0.1", "", "HEAD");
    EXPECT_EQ(head.status, 200) << target;
    EXPECT_THAT(head.header, HasSubstr(fmt::format("Content-Length: {}\r\n", answer.body.size())));
  }
}

TEST_F(AdminHandlerTest, EveryAnswerForbidsWhatTheBrowserNeedNotDo) {
  live_ = false;
  for (const char* target : {"/", "/metrics", "/healthz", "/nothing"}) {
    EXPECT_THAT(ask(target).header,
                AllOf(HasSubstr("Content-Security-Policy: default-src 'none';"),
                      HasSubstr("frame-ancestors 'none'"), HasSubstr("X-Frame-Options: DENY"),
                      HasSubstr("X-Content-Type-Options: nosniff"),
                      HasSubstr("Cross-Origin-Resource-Policy: same-origin"),
                      HasSubstr("Cache-Control: no-store"), Not(HasSubstr("Access-Control-Allow"))))
        << target;
  }
}

TEST_F(AdminHandlerTest, HealthIsAStatusAndSaysWhatIsMissing) {
  live_ = false;
  ready_ = false;
  EXPECT_EQ(ask("/healthz").status, 503);
  EXPECT_EQ(ask("/healthz").body, "{\"status\":\"stuck\",\"problems\":[\"it is stuck\"]}\n");
  EXPECT_EQ(ask("/readyz").status, 503);
  EXPECT_EQ(ask("/readyz").body, "{\"status\":\"not ready\",\"problems\":[\"it is not\"]}\n");
}

TEST_F(AdminHandlerTest, AnswersUnderItsOwnNamesOnly) {
  for (const auto& [host, status] : std::initializer_list<std::pair<const char*, int>>{
           {"127.0.0.1", 200},
           {"127.0.0.1:1", 200},
           {"192.0.2.7:9090", 200},
           {"[::1]:9090", 200},
           {"localhost:9090", 200},
           {"LOCALHOST", 200},
           {"hermes.localhost", 200},
           {"hermes.example.com:9090", 200},
           {"Hermes.Example.Com.", 200},
           {"attacker.example", 421},
           {"hermes.example.com.attacker.example", 421},
           {"localhost.attacker.example", 421},
           {"notlocalhost", 421},
           {"127.0.0.1.attacker.example", 421},
           {"0x7f.1", 421},
           {"user@localhost", 421},
           {"a b", 421}}) {
    EXPECT_EQ(ask("/api/state", host).status, status) << host;
  }
  HttpClient old(server_->addresses().front());
  old.send("GET /metrics HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.read()->status, 200) << "no browser speaks HTTP/1.0";
}

TEST_F(AdminHandlerTest, PagesOfOtherSitesGetNothing) {
  const struct {
    std::string_view site;
    std::string_view mode;
    std::string_view dest;
    int status;
  } cases[] = {
      {"cross-site", "no-cors", "script", 403},    {"cross-site", "cors", "empty", 403},
      {"same-site", "no-cors", "image", 403},      {"cross-site", "navigate", "iframe", 403},
      {"cross-site", "navigate", "document", 200}, {"same-origin", "cors", "empty", 200},
      {"none", "navigate", "document", 200},       {"something new", "cors", "empty", 403},
  };
  for (const auto& test : cases) {
    const std::string fields =
        fmt::format("Sec-Fetch-Site: {}\r\nSec-Fetch-Mode: {}\r\nSec-Fetch-Dest: {}\r\n", test.site,
                    test.mode, test.dest);
    EXPECT_EQ(ask("/api/state", "localhost", fields).status, test.status) << fields;
  }
}

TEST_F(AdminHandlerTest, CanOnlyBeRead) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"}) {
    const HttpAnswer answer = ask("/api/state", "localhost", "", method);
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_THAT(answer.header, HasSubstr("Allow: GET, HEAD\r\n"));
  }
  EXPECT_EQ(ask("/metrics", "localhost", "Content-Length: 1\r\n").status, 400);
  for (const char* target :
       {"/page", "/index.html", "/metrics/", "/..", "/api/", "//", "/%2e%2e/"}) {
    EXPECT_EQ(ask(target).status, 404) << target;
  }
}

TEST_F(AdminHandlerTest, TheStateIsMadeOnceForAllWhoAskAtTheSameTime) {
  EXPECT_EQ(ask("/api/state").body, "{\"state\":1}");
  manual_.advance(AdminHandler::kStateLives);
  EXPECT_EQ(ask("/api/state").body, "{\"state\":1}");
  manual_.advance(1ms);
  EXPECT_EQ(ask("/api/state").body, "{\"state\":2}");
}

}  // namespace
}  // namespace hermes::engine
