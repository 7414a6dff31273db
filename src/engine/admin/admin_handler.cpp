#include "engine/admin/admin_handler.hpp"

#include "engine/admin/page.hpp"
#include "runtime_extensions/http_gateway/host_name.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hermes::engine {
namespace {

using http::Response;

/// The page is all that a browser may show of this, and it may do nothing but ask its own server.
/// Trusted types make the browser refuse text as HTML wherever the script would try.
constexpr std::string_view kSecurity =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Cache-Control: no-store\r\n";

constexpr std::string_view kJson = "application/json";

struct PageFile {
  std::string_view path;
  std::string_view media_type;
  const std::string_view* content;
};
constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kCss = "text/css; charset=utf-8";
constexpr std::string_view kJavaScript = "text/javascript; charset=utf-8";
constexpr std::array kPageFiles{
    PageFile{"/", kHtml, &kIndexHtml},
    PageFile{"/page.css", kCss, &kPageCss},
    PageFile{"/page.js", kJavaScript, &kPageJs},
    PageFile{"/sections.js", kJavaScript, &kSectionsJs},
    PageFile{"/samples.js", kJavaScript, &kSamplesJs},
    PageFile{"/document.js", kJavaScript, &kDocumentJs},
    PageFile{"/format.js", kJavaScript, &kFormatJs},
};

Response with_text(unsigned status, std::string_view media_type, std::string text) {
  Response response(status);
  response.add("Content-Type", media_type);
  response.set_content(std::move(text));
  return response;
}

/// Whether a browser says that a page of another site asks (Fetch Metadata). Following a link to
/// the page is no asking.
bool asked_by_another_site(const http::Request& request) {
  const std::string_view site = request.field("sec-fetch-site");
  if (site.empty() || site == "same-origin" || site == "none") return false;
  return request.field("sec-fetch-mode") != "navigate" ||
         request.field("sec-fetch-dest") != "document";
}

}  // namespace

http::Awaitable<Response> AdminHandler::handle(http::Request& request) {
  Response response = answer(request);
  response.add_lines(kSecurity);
  co_return response;
}

Response AdminHandler::answer(const http::Request& request) {
  const std::string_view id = request.id.text();
  if (!may_be_asked_as(request.authority)) {
    return http::problem(421,
                         "this listener answers under addresses, localhost and the names of "
                         "--admin-host only",
                         id);
  }
  if (asked_by_another_site(request)) {
    return http::problem(403, "pages of other sites get no answer here", id);
  }
  if (request.method != "GET" && request.method != "HEAD") {
    Response response = http::problem(405, "everything here can only be read", id);
    response.add("Allow", "GET, HEAD");
    return response;
  }
  if (request.has_content) return http::problem(400, "requests have no content here", id);
  return found(request.path(), id);
}

bool AdminHandler::may_be_asked_as(std::string_view authority) const {
  // Only HTTP/1.0 has none, and no browser speaks that.
  if (authority.empty()) return true;
  const auto host = ext::http_gateway::HostName::parse(authority);
  if (!host) return false;
  if (host->kind() != ext::http_gateway::HostKind::kName) return true;
  const std::string_view name = host->name();
  return name == "localhost" || name.ends_with(".localhost") ||
         std::ranges::find(host_names_, name) != host_names_.end();
}

Response AdminHandler::found(std::string_view path, std::string_view request_id) {
  for (const PageFile& file : kPageFiles) {
    if (path != file.path) continue;
    Response response;
    response.add("Content-Type", file.media_type);
    response.set_content(http::SharedContent{nullptr, *file.content});
    return response;
  }
  if (path == "/healthz") {
    const HealthReport report = content_.live();
    return with_text(report.good() ? 200 : 503, kJson, report.json("alive", "stuck"));
  }
  if (path == "/readyz") {
    const HealthReport report = content_.ready();
    return with_text(report.good() ? 200 : 503, kJson, report.json("ready", "not ready"));
  }
  if (path == "/metrics") {
    return with_text(200, "text/plain; version=0.0.4; charset=utf-8", content_.metrics());
  }
  if (path == "/api/state") {
    Response response;
    response.add("Content-Type", kJson);
    const std::shared_ptr<const std::string> text = state();
    response.set_content(http::SharedContent{text, *text});
    return response;
  }
  return http::problem(
      404, "there are /, /api/state, /metrics, /healthz and /readyz here, and nothing else",
      request_id);
}

std::shared_ptr<const std::string> AdminHandler::state() {
  const SteadyTime now = clock_.steady();
  if (state_ == nullptr || now - state_made_at_ > kStateLives) {
    state_ = std::make_shared<const std::string>(content_.state());
    state_made_at_ = now;
  }
  return state_;
}

}  // namespace hermes::engine
