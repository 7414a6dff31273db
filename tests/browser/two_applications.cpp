// An engine with two applications, HTTP and the admin listener, for the tests of the page: one
// application is well, the other one traps; names and log lines are as hostile as guests can make
// them.
//
// Says where it listens, "admin URL" and "http URL", and obeys lines: "drain" begins to stop an
// application, "ready" takes that back. Ends with its input.
#include "base/clock.hpp"
#include "base/log.hpp"
#include "engine/engine.hpp"
#include "wasm/compile_worker.hpp"

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace hermes;

constexpr std::string_view kHostile =
    "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";

template <class T>
T must(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

struct Guest {
  std::string file;
  /// What the module is called.
  std::string name;
};

engine::ApplicationSpecification specification(engine::Engine& engine, std::string name,
                                               const std::vector<Guest>& guests) {
  engine::ApplicationSpecification result;
  result.name = std::move(name);
  result.bounds = engine.config().application;
  for (const Guest& guest : guests) {
    auto source = must(engine::read_component(
        std::filesystem::path(HERMES_GUESTS_DIR) / (guest.file + ".wasm"), 1U << 30));
    source.name = guest.name;
    const auto loaded = must(engine.load(source));
    result.components.push_back(must(engine.link(source, loaded, app::MissingImports::kRefuse)));
  }
  return result;
}

void write_hostile_lines(Log& log) {
  const std::vector<std::string> backtrace{"shop::checkout (src/checkout.rs:42)",
                                           std::string(kHostile)};
  const std::vector<LogField> fields{{"file", std::string_view("src/checkout.rs")},
                                     {"order", std::int64_t{1234}},
                                     {"data", std::string_view(kHostile)}};
  log.write({.level = LogLevel::kError,
             .message = kHostile,
             .scope = {.application = "shop", .module = "reply", .event = "reply", .counter = 7},
             .fields = fields,
             .backtrace = backtrace});
  log.write({.level = LogLevel::kWarn,
             .message = "the payment service took 2.1 s, longer than the 500 ms that it should",
             .scope = {.application = "shop", .module = "reply", .event = "reply", .counter = 12}});
}

void run() {
  const SystemClock clock;
  Log log({.format = LogFormat::kJson, .level = LogLevel::kInfo, .colour = {}, .output = {}},
          clock);
  engine::Config config;
  config.version = "1.2.3";
  config.workers = 2;
  config.wasm.max_instances = 64;
  config.queue.max_running = 64;
  config.admin.address.emplace(boost::asio::ip::address_v4::loopback(), 0);
  config.http = must(ext::http_gateway::parse_config(
      "[server]\nlisten = [\"127.0.0.1:0\"]\ndefault-application = \"shop\"\n", "test"));
  const auto engine = must(engine::Engine::create(config, clock, log));
  must(engine->start());
  const auto shop = must(engine->start_application(
      specification(*engine, "shop", {{"reply", "reply"}, {"heartbeat", std::string(kHostile)}})));
  const auto traps = must(engine->start_application(
      specification(*engine, "traps", {{"hostile-trap", "hostile-trap"}})));
  write_hostile_lines(log);

  std::printf("admin http://%s/\n", http::to_text(*engine->admin_address()).c_str());
  std::printf("http http://%s/\n",
              http::to_text(engine->extensions().http_gateway.addresses().front()).c_str());
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    if (line == "drain") traps->set_phase(app::Phase::kDraining);
    if (line == "ready") traps->set_phase(app::Phase::kReady);
  }
  engine->stop_application(traps, Duration::zero());
  engine->stop_application(shop, Duration::zero());
}

}  // namespace

int main(int argc, char** argv) {
  // The engine starts this program again to compile.
  if (argc > 1 && std::string_view(argv[1]) == "compile-worker") {
    return wasm::compile_worker_main(argc - 2, argv + 2);
  }
  std::signal(SIGPIPE, SIG_IGN);
  run();
  return 0;
}
