# Language, warnings, sanitizers, linker and compiler cache: everything that holds for all C++ code.

set(HERMES_SANITIZE "" CACHE STRING "Sanitizers to build with, as -fsanitize= takes them")
option(HERMES_FUZZ "Build the libFuzzer targets instead of the engine's tests (needs clang)" OFF)

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

set(optimised OFF)
if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(optimised ON)
endif()
option(HERMES_LTO "Optimise the engine and the benchmarks across files (GCC)" ${optimised})

# Line tables are enough for backtraces and profiles, and keep objects and links small.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
# libstdc++'s assertions catch bad indices and empty optionals in every unoptimised build.
set(CMAKE_CXX_FLAGS_DEBUG "-Og -g -D_GLIBCXX_ASSERTIONS")

add_library(hermes_flags INTERFACE)
target_compile_options(hermes_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Werror
  -fno-omit-frame-pointer -ffunction-sections -fdata-sections)
target_link_options(hermes_flags INTERFACE -Wl,--gc-sections)

if(HERMES_SANITIZE)
  # -O1 keeps an instrumented run bearable. GCC's flow analysis raises false alarms about
  # uninitialised and out-of-bounds accesses in instrumented code; the other presets keep those on.
  target_compile_options(hermes_flags INTERFACE
    -fsanitize=${HERMES_SANITIZE} -fno-sanitize-recover=all -O1)
  target_link_options(hermes_flags INTERFACE -fsanitize=${HERMES_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(hermes_flags INTERFACE
      -Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overflow -Wno-tsan)
  endif()
endif()

if(HERMES_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "HERMES_FUZZ needs clang: libFuzzer is part of it. Use the preset `fuzz`.")
  endif()
  target_compile_options(hermes_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# The static libraries are archives that refer to each other's symbols in any order (generated
# bindings, Rust library): mold and lld resolve that, and they link in a tenth of the time.
find_program(HERMES_MOLD mold)
if(HERMES_MOLD)
  target_link_options(hermes_flags INTERFACE -fuse-ld=mold)
else()
  find_program(HERMES_LLD NAMES ld.lld-19 ld.lld)
  if(HERMES_LLD AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_link_options(hermes_flags INTERFACE -fuse-ld=${HERMES_LLD})
  elseif(HERMES_LLD)
    target_link_options(hermes_flags INTERFACE -fuse-ld=lld)
  else()
    message(FATAL_ERROR "Neither mold nor lld found. Run scripts/install build.")
  endif()
endif()

find_program(HERMES_CCACHE ccache)
if(HERMES_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${HERMES_CCACHE}")
endif()
