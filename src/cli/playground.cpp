#include "cli/playground.hpp"

#include "cli/exit_status.hpp"
#include "cli/interrupts.hpp"
#include "cli/playground_report.hpp"
#include "cli/run_end.hpp"
#include "cli/version.hpp"
#include "engine/admin/listen_address.hpp"
#include "engine/engine.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <utility>

namespace hermes::cli {

namespace {

std::string_view signal_name(int signal) {
  if (signal == SIGHUP) return "the end of the terminal";
  return signal == SIGINT ? "Ctrl-C" : "SIGTERM";
}

std::string end_text(const EndReason& reason, const PlaygroundOptions& options) {
  switch (reason.kind) {
    case EndReason::Kind::kDone:
      return fmt::format("the application is done, with status {}", reason.value);
    case EndReason::Kind::kSignal:
      return fmt::format("{}", signal_name(reason.value));
    case EndReason::Kind::kTimeout:
      return fmt::format("--timeout-ms {}", options.timeout_ms.value_or(0));
  }
  return {};
}

// One run of the command: everything that it has built, from the outside to the inside.
class Playground {
 public:
  Playground(const PlaygroundOptions& options, const Console& console)
      : options_(options),
        console_(console),
        human_(is_human(options.log)),
        log_({.format = options.log.format, .level = options.log.level, .colour = {}, .output = {}},
             clock_),
        report_(console, log_, human_) {}

  int run(Interrupts& interrupts) {
    const SteadyTime begun = clock_.steady();
    if (auto ready = prepare(); !ready) return failed(ready.error());
    if (options_.timeout_ms) {
      interrupts.set_deadline(clock_.steady() + std::chrono::milliseconds(*options_.timeout_ms));
    }
    report_.starting(specification_, prepared_, *engine_, options_.timeout_ms);
    auto application = engine_->start_application(std::move(specification_), end_.stop_token());
    if (!application) return failed(application.error());
    report_.ready(**application, clock_.steady() - begun);

    const SteadyTime ready = clock_.steady();
    const EndReason reason = end_.wait();
    const std::string why = end_text(reason, options_);
    report_.stopping(why, reason.kind == EndReason::Kind::kSignal);
    const event::DrainReport left =
        engine_->stop_application(*application, std::chrono::milliseconds(options_.grace_ms));
    report_.stopped(why, left, engine_->event_log().calls(), clock_.steady() - ready);
    return reason.kind == EndReason::Kind::kDone ? reason.value : kSuccess;
  }

  // On the thread that watches for interrupts.
  void interrupted(const Interrupt& interrupt) {
    if (interrupt.reload) {
      // As long as it starts, what it reads is new.
      if (engine::Engine* const engine = started_engine_) engine->reload();
      return;
    }
    if (interrupt.signal == 0) return end_.end({EndReason::Kind::kTimeout, 0});
    if (interrupt.count == 1) return end_.end({EndReason::Kind::kSignal, interrupt.signal});
    // The second one: whoever sends it does not want to wait for anything.
    constexpr std::string_view kText = "hermes: stopped at once; what was under way is lost\n";
    static_cast<void>(!write(STDERR_FILENO, kText.data(), kText.size()));
    std::_Exit(kSignalBase + interrupt.signal);
  }

 private:
  Result<void> prepare() {
    specification_.name = options_.application_name.value_or(
        app::application_name_from(options_.components.front().stem().string()));
    if (auto checked = app::check_application_name(specification_.name); !checked) return checked;
    auto vfs = options_.run.to_vfs();
    if (!vfs) return std::unexpected(std::move(vfs).error());
    specification_.vfs = std::move(*vfs);
    engine::Config config = options_.run.to_config(human_);
    config.version = std::string(version());
    config.admin.address = options_.admin_address;
    config.admin.host_names = options_.admin_hosts;
    config.state_directory = options_.state_directory;
    if (options_.http) {
      auto http = ext::http_gateway::config_from_option(*options_.http, specification_.name);
      if (!http) return std::unexpected(std::move(http).error());
      config.http = std::move(*http);
    }
    auto engine = engine::Engine::create(config, clock_, log_,
                                         [this](const app::Application&, std::uint8_t status) {
                                           end_.end({EndReason::Kind::kDone, status});
                                         });
    if (!engine) return std::unexpected(std::move(engine).error());
    engine_ = std::move(*engine);
    if (auto started = engine_->start(); !started) return started;
    started_engine_ = engine_.get();
    specification_.bounds = config.application;
    specification_.control = app::EngineControl::kGranted;
    for (const std::filesystem::path& path : options_.components) {
      auto component = prepare_component(*engine_, log_, path, options_.run.missing_imports(),
                                         end_.stop_token());
      if (!component) return std::unexpected(std::move(component).error());
      specification_.components.push_back(component->linked);
      prepared_.push_back(std::move(*component));
    }
    return {};
  }

  int failed(const Error& error) {
    log_.flush();
    const std::optional<EndReason> reason = end_.reason();
    if (reason && reason->kind == EndReason::Kind::kTimeout) {
      console_.error(error);
      console_.error(fmt::format("it had not started after --timeout-ms {}", *options_.timeout_ms));
      return kFailure;
    }
    if (reason && reason->kind == EndReason::Kind::kSignal) {
      console_.error(fmt::format("stopped by {} before the application was ready",
                                 signal_name(reason->value)));
      return kSignalBase + reason->value;
    }
    console_.error(error);
    // An application that says why it ends says it with its status.
    return reason && reason->value != kSuccess ? reason->value : kFailure;
  }

  const PlaygroundOptions& options_;
  const Console& console_;
  bool human_;
  SystemClock clock_;
  RunEnd end_;
  Log log_;
  PlaygroundReport report_;
  std::unique_ptr<engine::Engine> engine_;
  /// Null: it has not started. For the thread that watches for interrupts.
  std::atomic<engine::Engine*> started_engine_{nullptr};
  engine::ApplicationSpecification specification_;
  std::vector<PreparedComponent> prepared_;
};

}  // namespace

CLI::App& add_playground(CLI::App& commands, PlaygroundOptions& options) {
  CLI::App& command =
      *commands.add_subcommand("playground", "Run one application made of the given components");
  command
      .add_option("COMPONENT", options.components,
                  "Files of WebAssembly components, one per module")
      ->required()
      ->type_name("");
  command
      .add_option("--app-name", options.application_name,
                  "Name of the application; default: from the first file")
      ->type_name("NAME");
  command
      .add_option("--timeout-ms", options.timeout_ms,
                  "Stop after so many milliseconds, with exit status 0")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 50))
      ->type_name("MS");
  command
      .add_option("--grace-ms", options.grace_ms,
                  "How long what is under way may take when the run is stopped; default: 10000")
      ->check(CLI::Range(0, 24 * 60 * 60 * 1000))
      ->type_name("MS");
  command
      .add_option_function<std::string>(
          "--admin",
          [&options](const std::string& text) {
            const auto address = engine::parse_listen_address(text);
            if (!address) throw CLI::ValidationError("--admin", address.error().message);
            options.admin_address = *address;
          },
          "Show operators what happens, with metrics and health, over HTTP at IP:PORT, or PORT for "
          "127.0.0.1; port 0: a free one, which the log names (docs/operations.md)")
      ->type_name("ADDRESS");
  command
      .add_option_function<std::vector<std::string>>(
          "--admin-host",
          [&options](const std::vector<std::string>& names) {
            for (const std::string& name : names) {
              auto host = engine::parse_admin_host(name);
              if (!host) throw CLI::ValidationError("--admin-host", host.error().message);
              options.admin_hosts.push_back(std::move(*host));
            }
          },
          "A host name that --admin answers under, besides addresses and localhost")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command
      .add_option(
          "--http", options.http,
          "Answer HTTP requests: IP:PORT, PORT for 127.0.0.1, or a TOML file that says where "
          "and how (docs/routing.md)")
      ->type_name("ADDRESS|FILE");
  command
      .add_option("--state-dir", options.state_directory,
                  "Keep there what has to survive a restart; default: it is gone with the run")
      ->type_name("DIR");
  add_run_options(command, options.run);
  add_log_options(command, options.log);
  return command;
}

int run_playground(const PlaygroundOptions& options, const Console& console) {
  // First of all: the threads that are started later inherit the signal mask.
  std::atomic<Playground*> running{nullptr};
  auto interrupts = Interrupts::watch([&running](const Interrupt& interrupt) {
    if (Playground* playground = running) return playground->interrupted(interrupt);
    if (interrupt.reload) return;
    std::_Exit(kSignalBase + interrupt.signal);
  });
  if (!interrupts) {
    console.error(interrupts.error());
    return kFailure;
  }
  Playground playground(options, console);
  running = &playground;
  const int status = playground.run(**interrupts);
  interrupts->reset();
  return status;
}

}  // namespace hermes::cli
