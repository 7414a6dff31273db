// Answers the requests of the admin listener.
#pragma once

#include "base/clock.hpp"
#include "engine/admin/health.hpp"
#include "http/handler.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::engine {

/// What is answered. Functions are called on the thread of the listener.
struct AdminContent {
  std::function<HealthReport()> live;
  std::function<HealthReport()> ready;
  /// Prometheus' text format.
  std::function<std::string()> metrics;
  /// JSON, for the page.
  std::function<std::string()> state;
};

/// GET and HEAD of / and the files of the page, /api/state, /metrics, /healthz and /readyz. There
/// is no authentication, and nothing can be changed here. What browsers can be made to do is
/// refused: a page of somebody else gets no answer under a name of its own (DNS rebinding), may not
/// show this one in a frame, and reads nothing across origins. One thread.
class AdminHandler final : public http::Handler {
 public:
  /// `host_names`: under which it may be asked, in lower case, besides addresses and localhost.
  /// `clock` outlives it.
  AdminHandler(AdminContent content, std::vector<std::string> host_names, const Clock& clock)
      : content_(std::move(content)), host_names_(std::move(host_names)), clock_(clock) {}

  http::Awaitable<http::Response> handle(http::Request& request) override;

  /// The state is made anew when it is older than this: many who look cost what one costs.
  static constexpr Duration kStateLives = std::chrono::milliseconds{250};

 private:
  [[nodiscard]] http::Response answer(const http::Request& request);
  [[nodiscard]] bool may_be_asked_as(std::string_view authority) const;
  [[nodiscard]] http::Response found(std::string_view path, std::string_view request_id);
  [[nodiscard]] std::shared_ptr<const std::string> state();

  AdminContent content_;
  std::vector<std::string> host_names_;
  const Clock& clock_;
  std::shared_ptr<const std::string> state_;
  SteadyTime state_made_at_{};
};

}  // namespace hermes::engine
