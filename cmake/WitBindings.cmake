# hermes_wit_bindings(<name> WIT <dir> WORLD <world> [SUSPEND <place>#<function> ...])
#
# Runs hermes-bindgen over a WIT folder when that folder or the generator changed. Target
# hermes_<name>, alias hermes::<name>; the files are in build/<preset>/generated/<name>/:
#   include/...   the headers, which the target's users include
#   <name>.cpp    one translation unit that includes the source of every interface
# SUSPEND names the host functions that wait: they get a signature that completes later. The place is
# an interface, or a world that imports the function itself.
function(hermes_wit_bindings name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "WIT;WORLD" "SUSPEND")
  hermes_reject_unparsed(hermes_wit_bindings ${name} "${arg_UNPARSED_ARGUMENTS}")
  if(NOT arg_WIT OR NOT arg_WORLD)
    message(FATAL_ERROR "hermes_wit_bindings(${name}): WIT and WORLD are needed")
  endif()
  cmake_path(ABSOLUTE_PATH arg_WIT BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
  file(GLOB_RECURSE wit_files CONFIGURE_DEPENDS "${arg_WIT}/*.wit")
  if(NOT wit_files)
    message(FATAL_ERROR "hermes_wit_bindings(${name}): no .wit file below ${arg_WIT}")
  endif()

  set(out "${CMAKE_BINARY_DIR}/generated/${name}")
  set(suspend)
  foreach(function IN LISTS arg_SUSPEND)
    list(APPEND suspend --suspend ${function})
  endforeach()
  # Only files whose text changes are written, and headers of interfaces that are gone are removed.
  # Which headers there are is not known here, so ninja would see that one has changed in the next
  # build only. It knows of the stamp, which everything that uses the bindings includes.
  set(stamp "${out}/${name}.stamp.hpp")
  add_custom_command(
    OUTPUT "${out}/${name}.cpp" "${stamp}"
    COMMAND "${HERMES_BINDGEN}" host --wit "${arg_WIT}" --world ${arg_WORLD}
            --name ${name} --out "${out}" ${suspend}
    COMMAND "${CMAKE_COMMAND}" -DFOLDER=${out} -DSTAMP=${stamp}
            -P "${CMAKE_SOURCE_DIR}/cmake/StampBindings.cmake"
    DEPENDS "${HERMES_BINDGEN}" "${CMAKE_SOURCE_DIR}/cmake/StampBindings.cmake" ${wit_files}
    COMMENT "Bindings ${name}: world ${arg_WORLD}"
    VERBATIM)

  add_library(hermes_${name} STATIC "${out}/${name}.cpp")
  add_library(hermes::${name} ALIAS hermes_${name})
  target_include_directories(hermes_${name} PUBLIC "${out}/include" "${CMAKE_SOURCE_DIR}/src")
  target_link_libraries(hermes_${name} PUBLIC hermes::wasm PRIVATE hermes_flags)
  target_compile_options(hermes_${name}
    PUBLIC "SHELL:-include \"${stamp}\""
    PRIVATE ${HERMES_LTO_COMPILE})
  # Users compile against headers that the command above writes: it runs before they compile,
  # because CMake orders a target after the generated sources of the libraries it links.
endfunction()
