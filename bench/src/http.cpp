#include "http.hpp"

#include "timing.hpp"
#include "wasm/call.hpp"
#include "wasm/call_context.hpp"
#include "wasm/error.hpp"
#include "wasm/http_exchange.hpp"
#include "wasm/instance_pre.hpp"
#include "wasm/linker.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace hermes::bench {
namespace {

constexpr std::size_t kAnswerBytes = sizeof("hello\n") - 1;

/// A browser's fields would be more; the peer sends the same.
constexpr std::array<wasm::HttpField, 3> kFields{
    {{"host", "app.localhost"}, {"accept", "*/*"}, {"user-agent", "bench"}}};

/// Bytes of the answer's body.
Result<std::size_t> take_all(wasm::HttpExchange& exchange) {
  if (exchange.poll_head() != wasm::HttpExchange::Poll::kReady || exchange.status() != 200 ||
      exchange.fields().empty()) {
    return fail(ErrorCode::kInternal, "the guest has not answered");
  }
  std::size_t bytes = 0;
  wasm::HttpChunk chunk;
  wasm::HttpExchange::Poll poll = exchange.take(chunk);
  for (; poll == wasm::HttpExchange::Poll::kReady; poll = exchange.take(chunk)) {
    bytes += chunk.bytes().size();
  }
  if (poll != wasm::HttpExchange::Poll::kEnd) {
    return fail(ErrorCode::kInternal, "the guest's answer does not end");
  }
  return bytes;
}

}  // namespace

Result<double> http_exchange(const Setup& setup, const std::string& file) {
  auto running = RunningEngine::start(setup);
  if (!running) return std::unexpected(std::move(running.error()));
  const auto component = running->load(file);
  if (!component) return std::unexpected(component.error());
  auto linker = wasm::Linker::create(*running->engine);
  if (!linker) return std::unexpected(std::move(linker.error()));
  if (auto added = linker->add_wasi(); !added) return std::unexpected(std::move(added.error()));
  if (auto added = linker->trap_missing_imports(component->component); !added) {
    return std::unexpected(std::move(added.error()));
  }
  const auto pre = wasm::InstancePre::create(*linker, component->component);
  if (!pre) return std::unexpected(pre.error());
  const auto handler = pre->find_http_handler();
  if (!handler) return std::unexpected(handler.error());
  if (!*handler) return fail(ErrorCode::kNotFound, file + " serves no wasi:http");

  const wasm::Engine::ThreadScope scope(*running->engine);
  wasm::CallContext context;
  wasm::BlockingOwner owner;
  const wasm::Ref<wasm::Call> call = wasm::Call::create();
  const wasm::HttpRequestHead head{.method = "GET",
                                   .authority = "app.localhost",
                                   .path_with_query = "/hello",
                                   .fields = kFields};
  const auto once = [&]() -> Result<void> {
    auto exchange = wasm::HttpExchange::create(head, {}, {}, {});
    if (!exchange) return std::unexpected(std::move(exchange.error()));
    if (auto finished = exchange->finish_body(); !finished) return finished;
    wasm::HttpHandle handle(*exchange);
    if (auto opened = call->open(*pre, context, owner, {}, nullptr); !opened) return opened;
    if (auto started = call->start(**handler, handle); !started) return started;
    const wasm::CallOutcome& outcome = owner.run_to_completion(*call);
    if (!outcome) return std::unexpected(wasm::to_error(outcome.error()));
    call->close();
    const auto bytes = take_all(*exchange);
    if (!bytes) return std::unexpected(bytes.error());
    if (*bytes != kAnswerBytes) return fail(ErrorCode::kInternal, "another answer than expected");
    return {};
  };
  const auto measured = nanoseconds([&](std::uint64_t count) {
    Result<void> done;
    for (std::uint64_t i = 0; i < count && done; ++i) done = once();
    return done;
  });
  call->close();
  return measured;
}

}  // namespace hermes::bench
