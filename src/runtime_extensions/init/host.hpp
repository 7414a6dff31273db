// The function of hermes:init/api.
#pragma once

#include "wit/init/api.hpp"

#include <cstdint>

namespace hermes::ext::init {

class InitExtension;

/// Passes `done` on to the extension, or traps. Any thread.
class InitHost final : public wit::init::api::Host {
 public:
  explicit InitHost(InitExtension& extension) : extension_(extension) {}

  wasm::HostResult<void> done(wasm::CallContext& call, std::uint8_t status_code) override;

 private:
  InitExtension& extension_;
};

}  // namespace hermes::ext::init
