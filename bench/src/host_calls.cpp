#include "host_calls.hpp"

#include "timing.hpp"
#include "wasm/call.hpp"
#include "wasm/call_context.hpp"
#include "wasm/instance_pre.hpp"
#include "wasm/linker.hpp"
#include "wit/bench/host.hpp"
#include "wit/bench/loops.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace hermes::bench {
namespace {

namespace loops = wit::bench::loops;

/// Host calls per call of the guest: enough for the latter to vanish.
constexpr std::uint32_t kCalls = 1000;
/// The same for calls that move a megabyte.
constexpr std::uint32_t kLargeCalls = 20;

/// Does what the peer's host functions do.
class Host final : public wit::bench::host::Host {
 public:
  wasm::HostResult<void> noop(wasm::CallContext&) override {
    ++calls_;
    return {};
  }
  wasm::HostResult<bool> add(wasm::CallContext&, const wit::bench::host::EntryView& entry,
                             bool retrigger) override {
    return entry.when.size() + entry.tag.size() == 21 && retrigger;
  }
  wasm::HostResult<std::vector<std::byte>> transform(wasm::CallContext&,
                                                     std::span<const std::byte> data) override {
    return std::vector<std::byte>(data.begin(), data.end());
  }
  wasm::HostResult<std::uint32_t> take(wasm::CallContext&,
                                       std::span<const std::byte> data) override {
    // The peer's function owns a copy by now; here a copy is the function's own choice. Make it, so
    // that both have moved the bytes.
    received_.assign(data.begin(), data.end());
    return static_cast<std::uint32_t>(received_.size());
  }
  wasm::HostResult<std::vector<std::byte>> give(wasm::CallContext&, std::uint32_t size) override {
    payload_.resize(size, std::byte{7});
    return payload_;
  }

 private:
  std::uint64_t calls_ = 0;
  std::vector<std::byte> received_;
  std::vector<std::byte> payload_;
};

/// One instance of the guest, in which export after export is called.
class Instance {
 public:
  static Result<std::unique_ptr<Instance>> make(const Setup& setup) {
    std::unique_ptr<Instance> instance(new Instance);
    auto running = RunningEngine::start(setup);
    if (!running) return std::unexpected(std::move(running.error()));
    instance->running_ = std::move(*running);
    auto component = instance->running_.load(setup.components / "calls.wasm");
    if (!component) return std::unexpected(std::move(component.error()));
    auto linker = wasm::Linker::create(*instance->running_.engine);
    if (!linker) return std::unexpected(std::move(linker.error()));
    if (auto linked = wit::bench::host::link(*linker, instance->host_); !linked) {
      return std::unexpected(std::move(linked.error()));
    }
    auto pre = wasm::InstancePre::create(*linker, component->component);
    if (!pre) return std::unexpected(std::move(pre.error()));
    instance->pre_.emplace(std::move(*pre));
    instance->scope_.emplace(*instance->running_.engine);
    if (auto opened = instance->call_->open(*instance->pre_, instance->context_, instance->owner_,
                                            {}, nullptr);
        !opened) {
      return std::unexpected(std::move(opened.error()));
    }
    return instance;
  }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  ~Instance() { call_->close(); }

  /// Nanoseconds that one call of an export with these arguments takes.
  template <class Call, class... Arguments>
  Result<double> time(Arguments... arguments) {
    auto exported = pre_->find<Call>();
    if (!exported) return std::unexpected(std::move(exported.error()));
    if (!*exported) return fail(ErrorCode::kNotFound, "the benchmark's guest lacks an export");
    return nanoseconds([&](std::uint64_t count) {
      Result<void> done;
      for (std::uint64_t i = 0; i < count && done; ++i) {
        Call call(arguments...);
        done = run(**exported, call);
      }
      return done;
    });
  }

 private:
  Instance() = default;

  Result<void> run(const wasm::ExportFunc& exported, wasm::ExportCall& call) {
    if (auto started = call_->start(exported, call); !started) return started;
    const wasm::CallOutcome& outcome = owner_.run_to_completion(*call_);
    if (!outcome) return std::unexpected(wasm::to_error(outcome.error()));
    return {};
  }

  RunningEngine running_;
  Host host_;
  std::optional<wasm::InstancePre> pre_;
  std::optional<wasm::Engine::ThreadScope> scope_;
  wasm::CallContext context_;
  wasm::BlockingOwner owner_;
  wasm::Ref<wasm::Call> call_ = wasm::Call::create();
};

/// Nanoseconds of one of the `calls` that `Call` makes the guest do.
template <class Call, class... Arguments>
Result<double> time_each(const Setup& setup, std::uint32_t calls, Arguments... arguments) {
  auto instance = Instance::make(setup);
  if (!instance) return std::unexpected(std::move(instance.error()));
  auto time = (*instance)->template time<Call>(calls, arguments...);
  if (!time) return time;
  return *time / calls;
}

Result<double> rate(Result<double> time, std::uint32_t size) {
  if (!time) return time;
  return size / *time;
}

}  // namespace

Result<double> host_call_noop(const Setup& setup) {
  return time_each<loops::LoopNoop>(setup, kCalls);
}

Result<double> host_call_string(const Setup& setup) {
  return time_each<loops::LoopAdd>(setup, kCalls);
}

Result<double> host_call_bytes(const Setup& setup, std::uint32_t size) {
  return time_each<loops::LoopTransform>(setup, kCalls, size);
}

Result<double> bytes_in(const Setup& setup, std::uint32_t size) {
  return rate(time_each<loops::LoopTake>(setup, kLargeCalls, size), size);
}

Result<double> bytes_out(const Setup& setup, std::uint32_t size) {
  return rate(time_each<loops::LoopGive>(setup, kLargeCalls, size), size);
}

}  // namespace hermes::bench
