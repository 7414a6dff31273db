#include "app/runtime_context.hpp"

#include "app/application.hpp"
#include "app/guest_output.hpp"
#include "app/module.hpp"

namespace hermes::app {

void RuntimeContext::begin(Application& application, const Module& module,
                           std::string_view event_name, event::EventId event,
                           std::uint64_t execution) {
  application_ = &application;
  module_ = &module;
  event_name_ = event_name;
  event_ = event;
  execution_ = execution;
}

void RuntimeContext::end() {
  if (output_ != nullptr && application_ != nullptr) {
    standard_output_.flush([this](std::string_view line) {
      output_->on_line(*this, wasm::OutputStream::kStandardOutput, line);
    });
    standard_error_.flush([this](std::string_view line) {
      output_->on_line(*this, wasm::OutputStream::kStandardError, line);
    });
  }
  application_ = nullptr;
  module_ = nullptr;
}

const vfs::Vfs& RuntimeContext::vfs() const { return application_->vfs(); }

LogScope RuntimeContext::log_scope() const {
  return {.application = application_->name(),
          .module = module_->name(),
          .event = event_name_,
          .counter = execution_};
}

void RuntimeContext::on_output(wasm::OutputStream stream, std::span<const std::byte> data) {
  if (output_ == nullptr || application_ == nullptr) return;
  const std::string_view text(reinterpret_cast<const char*>(data.data()), data.size());
  LineSplitter& lines =
      stream == wasm::OutputStream::kStandardOutput ? standard_output_ : standard_error_;
  lines.append(text, [&](std::string_view line) { output_->on_line(*this, stream, line); });
}

}  // namespace hermes::app
