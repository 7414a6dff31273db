# The functions that every folder's CMakeLists.txt is made of.

include(GoogleTest)

# Where test executables find what they read. Guests are built once, by scripts/build-guests.
set(HERMES_GUESTS_DIR "${CMAKE_SOURCE_DIR}/build/guests")

# With HERMES_LTO, libraries have both machine code and what the link-time optimiser needs: the
# engine and the benchmarks are optimised as a whole, tests link in a tenth of the time.
if(HERMES_LTO)
  set(HERMES_LTO_COMPILE -flto=auto -ffat-lto-objects)
  set(HERMES_LTO_LINK -flto=auto)
  set(HERMES_LTO_LINK_TESTS -fno-lto)
endif()

# Tests judge behaviour, not speed: optimised a little, they compile in four fifths of the time. (-O0 would
# need two thirds, but then a coroutine that resumes another one takes stack for it.)
if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo" AND NOT HERMES_FUZZ)
  set(HERMES_COMPILE_TESTS -O1)
endif()

# hermes_library(<name> [SOURCES a.cpp ...] [DEPENDS hermes::x ...] [FOR_TESTS])
#
# Target hermes_<name>, alias hermes::<name>. Include paths start at src/. Without sources it is a
# header-only library. A library never links hermes::native: the executable chooses. FOR_TESTS: it
# is not part of the engine.
function(hermes_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "FOR_TESTS" "" "SOURCES;DEPENDS")
  hermes_reject_unparsed(hermes_library ${name} "${arg_UNPARSED_ARGUMENTS}")
  if(arg_SOURCES)
    add_library(hermes_${name} STATIC ${arg_SOURCES})
    target_include_directories(hermes_${name} PUBLIC "${CMAKE_SOURCE_DIR}/src")
    target_link_libraries(hermes_${name} PUBLIC ${arg_DEPENDS} PRIVATE hermes_flags)
    if(arg_FOR_TESTS)
      target_compile_options(hermes_${name} PRIVATE ${HERMES_COMPILE_TESTS})
    else()
      target_compile_options(hermes_${name} PRIVATE ${HERMES_LTO_COMPILE})
    endif()
  else()
    add_library(hermes_${name} INTERFACE)
    target_include_directories(hermes_${name} INTERFACE "${CMAKE_SOURCE_DIR}/src")
    target_link_libraries(hermes_${name} INTERFACE ${arg_DEPENDS})
  endif()
  add_library(hermes::${name} ALIAS hermes_${name})
endfunction()

# hermes_executable(<target> SOURCES a.cpp ... [DEPENDS hermes::x ...] [NATIVE_TESTING] [NO_NATIVE]
#                   [FOR_TESTS])
#
# Links hermes::native, or hermes::native_testing with NATIVE_TESTING, or none with NO_NATIVE.
function(hermes_executable target)
  cmake_parse_arguments(PARSE_ARGV 1 arg
    "NATIVE_TESTING;NO_NATIVE;FOR_TESTS" "" "SOURCES;DEPENDS")
  hermes_reject_unparsed(hermes_executable ${target} "${arg_UNPARSED_ARGUMENTS}")
  add_executable(${target} ${arg_SOURCES})
  target_include_directories(${target} PRIVATE "${CMAKE_SOURCE_DIR}/src")
  target_link_libraries(${target} PRIVATE ${arg_DEPENDS} hermes_flags)
  if(arg_NATIVE_TESTING)
    target_link_libraries(${target} PRIVATE hermes::native_testing)
  elseif(NOT arg_NO_NATIVE)
    target_link_libraries(${target} PRIVATE hermes::native)
  endif()
  if(arg_FOR_TESTS)
    target_link_options(${target} PRIVATE ${HERMES_LTO_LINK_TESTS})
  else()
    target_compile_options(${target} PRIVATE ${HERMES_LTO_COMPILE})
    target_link_options(${target} PRIVATE ${HERMES_LTO_LINK})
  endif()
  if(HERMES_SANITIZE)
    target_sources(${target} PRIVATE "${CMAKE_SOURCE_DIR}/cmake/sanitizer_defaults.cpp")
  endif()
endfunction()

# hermes_test(<name> SOURCES a_test.cpp ... [DEPENDS ...] [LABELS ...] [TIMEOUT seconds]
#             [NATIVE_TESTING] [NO_NATIVE] [OWN_MAIN])
#
# A GoogleTest executable <name>; each of its tests is one test of ctest, named <name>.<suite>.<test>.
# OWN_MAIN: the sources have a main() of their own, for example to act as a compile worker.
# The macros HERMES_GUESTS_DIR and HERMES_SOURCE_DIR are absolute paths for the tests' inputs.
function(hermes_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg
    "NATIVE_TESTING;NO_NATIVE;OWN_MAIN" "TIMEOUT" "SOURCES;DEPENDS;LABELS")
  hermes_reject_unparsed(hermes_test ${name} "${arg_UNPARSED_ARGUMENTS}")
  if(HERMES_FUZZ)
    return()
  endif()
  set(options FOR_TESTS)
  foreach(option NATIVE_TESTING NO_NATIVE)
    if(arg_${option})
      list(APPEND options ${option})
    endif()
  endforeach()
  hermes_executable(${name} SOURCES ${arg_SOURCES} DEPENDS ${arg_DEPENDS} ${options})
  target_link_libraries(${name} PRIVATE GTest::gmock)
  target_compile_options(${name} PRIVATE ${HERMES_COMPILE_TESTS})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 sees uninitialised members in std::expected inside std::expected where there are none.
    target_compile_options(${name} PRIVATE -Wno-maybe-uninitialized)
  endif()
  if(NOT arg_OWN_MAIN)
    target_link_libraries(${name} PRIVATE GTest::gmock_main)
  endif()
  target_compile_definitions(${name} PRIVATE
    HERMES_GUESTS_DIR="${HERMES_GUESTS_DIR}" HERMES_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  # Tests are listed when ctest starts, not after each link: a build never runs what it builds.
  gtest_discover_tests(${name}
    TEST_PREFIX "${name}."
    # The values of parameters are bytes without a name; their index is enough.
    NO_PRETTY_VALUES
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
endfunction()

# hermes_fuzzer(<name> SOURCES a.cpp ... [DEPENDS ...] [CORPUS dir] [NATIVE_TESTING] [NO_NATIVE])
#
# SOURCES define LLVMFuzzerTestOneInput. In the preset `fuzz` this is the libFuzzer executable
# build/fuzz/fuzzers/<name>, with build/fuzz/fuzzers/<name>.corpus naming its seed corpus. In every
# other preset it is a test that replays the corpus, so that what a fuzzer once found stays fixed.
function(hermes_fuzzer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "NATIVE_TESTING;NO_NATIVE" "CORPUS" "SOURCES;DEPENDS")
  hermes_reject_unparsed(hermes_fuzzer ${name} "${arg_UNPARSED_ARGUMENTS}")
  if(NOT arg_CORPUS)
    set(arg_CORPUS "corpus/${name}")
  endif()
  cmake_path(ABSOLUTE_PATH arg_CORPUS BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
  if(NOT IS_DIRECTORY "${arg_CORPUS}")
    message(FATAL_ERROR "hermes_fuzzer(${name}): there is no seed corpus in ${arg_CORPUS}")
  endif()
  set(options FOR_TESTS)
  foreach(option NATIVE_TESTING NO_NATIVE)
    if(arg_${option})
      list(APPEND options ${option})
    endif()
  endforeach()
  if(HERMES_FUZZ)
    hermes_executable(${name} SOURCES ${arg_SOURCES} DEPENDS ${arg_DEPENDS} ${options})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${name} PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/fuzzers")
    file(WRITE "${CMAKE_BINARY_DIR}/fuzzers/${name}.corpus" "${arg_CORPUS}\n")
  else()
    hermes_executable(${name}
      SOURCES ${arg_SOURCES} "${CMAKE_SOURCE_DIR}/cmake/fuzz_replay.cpp"
      DEPENDS ${arg_DEPENDS} ${options})
    set_target_properties(${name} PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
    add_test(NAME ${name}.replay COMMAND ${name} "${arg_CORPUS}")
    set_tests_properties(${name}.replay PROPERTIES TIMEOUT 120 LABELS fuzz)
  endif()
endfunction()

function(hermes_reject_unparsed function name unparsed)
  if(unparsed)
    message(FATAL_ERROR "${function}(${name}): do not know what to do with: ${unparsed}")
  endif()
endfunction()
