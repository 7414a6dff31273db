// The files of the page, which are part of the program.
#pragma once

#include <string_view>

namespace hermes::engine {

/// Their contents; made of the files in page/ by the build.
extern const std::string_view kIndexHtml;
extern const std::string_view kPageCss;
extern const std::string_view kPageJs;
extern const std::string_view kSectionsJs;
extern const std::string_view kSamplesJs;
extern const std::string_view kDocumentJs;
extern const std::string_view kFormatJs;

}  // namespace hermes::engine
