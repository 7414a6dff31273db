// The parts of the page's document that are about applications.
#pragma once

#include "app/application.hpp"
#include "app/event_catalogue.hpp"
#include "engine/metrics/collector.hpp"
#include "event/event_queue.hpp"
#include "runtime_extensions/cron/extension.hpp"

#include <boost/json.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace hermes::engine {

/// One application, with at most `most_modules` of its modules.
[[nodiscard]] boost::json::object describe(app::Application& application,
                                           const MetricsSources& sources, std::size_t most_modules);

/// Lanes of several applications.
class LaneRows {
 public:
  void add(const app::Application& application, const app::EventCatalogue& events,
           std::size_t most);
  /// The longest `most` of them.
  [[nodiscard]] boost::json::array take(std::size_t most);

 private:
  struct Row {
    std::string application;
    std::string event;
    event::LaneStats lane;
    /// In which order they came.
    std::size_t number = 0;
  };
  std::vector<Row> rows_;
};

/// Cron entries of several applications.
class CronRows {
 public:
  void add(app::Application& application, const ext::cron::CronExtension& cron, std::size_t most);
  /// Of all that were added, shown or not.
  [[nodiscard]] std::size_t total() const { return total_; }
  /// The `most` that fire first.
  [[nodiscard]] boost::json::array take(std::size_t most);

 private:
  struct Row {
    std::string application;
    ext::cron::Schedule::Row entry;
    /// In which order they came.
    std::size_t number = 0;
  };
  std::vector<Row> rows_;
  std::size_t total_ = 0;
};

}  // namespace hermes::engine
