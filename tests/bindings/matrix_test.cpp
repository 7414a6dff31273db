// Values of every type through the generated bindings and Wasmtime's dynamic values, which have to
// agree about each of them.
//
// HERMES_MATRIX_VALUES sets how many values each function carries (default 50), HERMES_MATRIX_SEED
// the seed that they are made of. A failure names function, encoding and seed.

#include "hermes_native_testing/oracle.h"
#include "matrix_parts.hpp"
#include "wasm/call.hpp"
#include "wasm/engine.hpp"
#include "wasm/epoch_ticker.hpp"
#include "wasm/error.hpp"
#include "wasm/instance_pre.hpp"
#include "wasm/testing/guest_component.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>
#include <string>

namespace hermes::matrix {
namespace {

using wasm::Component;
using wasm::InstancePre;
using wasm::Linker;

struct Encoding {
  std::string name;
  hn_string_encoding value;
};

const Encoding kEncodings[] = {
    {"utf8", HN_STRING_UTF8}, {"utf16", HN_STRING_UTF16}, {"latin1_utf16", HN_STRING_LATIN1_UTF16}};

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// What the oracle's host functions got last.
struct OracleRecord {
  std::string received;
  static void note(void* env, hn_str /*name*/, hn_str arguments) {
    static_cast<OracleRecord*>(env)->received = wasm::to_view(arguments);
  }
};

/// A component of one part in one encoding, linked to the bindings and to the oracle.
class Matrix {
 public:
  Matrix(std::size_t part, hn_string_encoding encoding) : part_(make(part)) {
    component_ = compile(part, encoding);
    if (!component_) return;
    // The first resource type that a linker gets is 1.
    resources_ = {.make = part_.make, .number = part_.number, .type_id = 1};
    to_bindings_ = link([&](Linker& linker) { return part_.link(linker); });
    to_oracle_ = link([&](Linker& linker) {
      return wasm::check(hnt_define_echoes(linker.native(), component_->native(),
                                           wasm::to_native(part_.interface_name), &resources_,
                                           &record_, &OracleRecord::note));
    });
  }

  [[nodiscard]] bool ready() const { return to_bindings_.has_value() && to_oracle_.has_value(); }
  [[nodiscard]] const std::vector<Case>& cases() const { return part_.cases; }

  /// The oracle calls, the bindings are called: what they got has to be what it passed, and what
  /// they answered has to come back. The text of the arguments.
  std::string from_oracle(const Case& function, std::uint64_t seed) {
    recorder_.clear();
    hn_buffer* arguments = nullptr;
    hn_buffer* result = nullptr;
    const auto called = wasm::check(
        hnt_call_export(to_bindings_->native(), &context_, wasm::to_native(part_.interface_name),
                        wasm::to_native(function.name), seed, &resources_, &arguments, &result));
    context_.reset();
    if (!called) {
      ADD_FAILURE() << called.error().message << "\nthe bindings got: " << recorder_.received;
      return {};
    }
    const std::string passed(wasm::to_view(wasm::NativeBuffer(arguments)));
    const std::string returned(wasm::to_view(wasm::NativeBuffer(result)));
    EXPECT_EQ(recorder_.received, passed);
    if (function.gives_back) {
      EXPECT_EQ(returned, wrapped(function, passed));
    }
    return passed;
  }

  /// The same, but the bindings keep what they got, which cannot be copied, and stop the guest.
  void keep_from_oracle(const Case& function, std::uint64_t seed) {
    recorder_.clear();
    recorder_.keep = true;
    hn_buffer* arguments = nullptr;
    hn_buffer* result = nullptr;
    const auto called = wasm::check(
        hnt_call_export(to_bindings_->native(), &context_, wasm::to_native(part_.interface_name),
                        wasm::to_native(function.name), seed, &resources_, &arguments, &result));
    recorder_.keep = false;
    context_.reset();
    ASSERT_FALSE(called);
    ASSERT_NE(called.error().message.find("kept"), std::string::npos) << called.error().message;
  }

  /// The bindings call with what they got before, the oracle is called.
  void from_bindings(const Case& function, const std::string& expected) {
    if (function.call_with == nullptr) return;
    ASSERT_NE(recorder_.value, nullptr);
    const auto found = to_oracle_->find_export(*function.type);
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_TRUE(found->has_value());
    const auto opened = call_->open(*to_oracle_, context_, owner_, {}, nullptr);
    ASSERT_TRUE(opened) << opened.error().message;
    record_.received.clear();
    const std::unique_ptr<CallOfValue> typed = function.call_with(recorder_.value);
    const auto started = call_->start(**found, typed->call());
    ASSERT_TRUE(started) << started.error().message;
    const wasm::CallOutcome outcome = owner_.run_to_completion(*call_);
    call_->close();
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(record_.received, expected);
    EXPECT_EQ(typed->result_text(), wrapped(function, expected));
  }

 private:
  Part make(std::size_t part) { return kParts[part](recorder_); }

  /// A result of several parameters is a tuple of them.
  static std::string wrapped(const Case& function, const std::string& arguments) {
    return function.parameters == 1 ? arguments : "(" + arguments + ")";
  }

  std::optional<Component> compile(std::size_t part, hn_string_encoding encoding) {
    const std::string folder = HERMES_MATRIX_DIR "/part_" + std::to_string(part);
    std::ifstream file(folder + "/guest.wat");
    std::stringstream core;
    core << file.rdbuf();
    const std::string text = core.str();
    const std::string wit = folder + "/wit";
    const hn_componentize_options options{
        .core = {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()},
        .wit_path = wasm::to_native(wit),
        .world = wasm::to_native("part"),
        .encoding = encoding};
    hn_buffer* bytes = nullptr;
    if (const auto made = wasm::check(hn_componentize(&options, &bytes)); !made) {
      ADD_FAILURE() << made.error().message;
      return std::nullopt;
    }
    const wasm::NativeBuffer owned(bytes);
    auto component = wasm::testing::compile_guest(*engine_, wasm::to_view(owned));
    if (!component) {
      ADD_FAILURE() << component.error().message;
      return std::nullopt;
    }
    return *std::move(component);
  }

  std::optional<InstancePre> link(const std::function<Result<void>(Linker&)>& define) {
    auto linker = Linker::create(*engine_);
    Result<void> linked = linker ? part_.link_things(*linker) : std::unexpected(linker.error());
    if (linked) linked = define(*linker);
    if (!linked) {
      ADD_FAILURE() << linked.error().message;
      return std::nullopt;
    }
    auto pre = InstancePre::create(*linker, *component_);
    if (!pre) {
      ADD_FAILURE() << pre.error().message;
      return std::nullopt;
    }
    return *std::move(pre);
  }

  static std::shared_ptr<const wasm::Engine> make_engine() {
    auto engine = wasm::Engine::create(wasm::EngineConfig::on_demand());
    if (!engine) {
      ADD_FAILURE() << engine.error().message;
      std::abort();
    }
    return *engine;
  }

  // The engine is the last to go.
  std::shared_ptr<const wasm::Engine> engine_ = make_engine();
  wasm::EpochTicker ticker_{engine_, std::chrono::milliseconds(1)};
  wasm::Engine::ThreadScope scope_{*engine_};
  Recorder recorder_;
  OracleRecord record_;
  Part part_;
  hnt_resources resources_{};
  std::optional<Component> component_;
  std::optional<InstancePre> to_bindings_;
  std::optional<InstancePre> to_oracle_;
  wasm::CallContext context_;
  wasm::BlockingOwner owner_;
  wasm::Ref<wasm::Call> call_ = wasm::Call::create();
};

class MatrixTest : public ::testing::TestWithParam<std::tuple<std::size_t, Encoding>> {};

TEST_P(MatrixTest, AgreesWithTheOracle) {
  const auto& [part, encoding] = GetParam();
  const std::uint64_t values = setting("HERMES_MATRIX_VALUES", 50);
  const std::uint64_t base = setting("HERMES_MATRIX_SEED", 20260101);
  Matrix matrix(part, encoding.value);
  ASSERT_TRUE(matrix.ready());
  ASSERT_FALSE(matrix.cases().empty());
  for (std::size_t index = 0; index < matrix.cases().size(); ++index) {
    const Case& function = matrix.cases()[index];
    for (std::uint64_t value = 0; value < values; ++value) {
      const std::uint64_t seed = base + index * 1'000'003 + value;
      SCOPED_TRACE(std::string(function.name) + " in part " + std::to_string(part) + ", " +
                   encoding.name + ", value seed " + std::to_string(seed) + "\n" +
                   std::string(function.type->function.signature));
      const std::string passed = matrix.from_oracle(function, seed);
      if (!HasFailure() && !function.copyable && function.gives_back)
        matrix.keep_from_oracle(function, seed);
      if (!HasFailure()) matrix.from_bindings(function, passed);
      ASSERT_FALSE(HasFailure());
    }
  }
}

std::string name_of(const ::testing::TestParamInfo<MatrixTest::ParamType>& test) {
  return "part" + std::to_string(std::get<0>(test.param)) + "_" + std::get<1>(test.param).name;
}

INSTANTIATE_TEST_SUITE_P(All, MatrixTest,
                         ::testing::Combine(::testing::Range<std::size_t>(0, std::size(kParts)),
                                            ::testing::ValuesIn(kEncodings)),
                         &name_of);

}  // namespace
}  // namespace hermes::matrix
