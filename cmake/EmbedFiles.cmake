# Text files as constants of the program.
#
#   hermes_embed(<target> SOURCE <name>.cpp HEADER <header> NAMESPACE <namespace>
#                FILES <constant> <file> ...)
#
# Adds a source file to <target> that defines each constant, a std::string_view that HEADER declares, with
# the bytes of its file. Made again when a file changes.

if(CMAKE_SCRIPT_MODE_FILE)
  set(text "#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\n\n")
  while(FILES)
    list(POP_FRONT FILES constant file)
    file(READ "${file}" content)
    string(APPEND text
      "const std::string_view ${constant} = R\"hermes_file(${content})hermes_file\";\n\n")
  endwhile()
  string(APPEND text "}  // namespace ${NAMESPACE}\n")
  file(WRITE "${OUTPUT}" "${text}")
  return()
endif()

function(hermes_embed target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SOURCE;HEADER;NAMESPACE" "FILES")
  hermes_reject_unparsed(hermes_embed ${target} "${arg_UNPARSED_ARGUMENTS}")
  set(files "")
  set(paths "")
  while(arg_FILES)
    list(POP_FRONT arg_FILES constant file)
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
    list(APPEND files ${constant} "${file}")
    list(APPEND paths "${file}")
  endwhile()
  set(output "${CMAKE_CURRENT_BINARY_DIR}/${arg_SOURCE}")
  set(script "${CMAKE_SOURCE_DIR}/cmake/EmbedFiles.cmake")
  add_custom_command(
    OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" "-DOUTPUT=${output}" "-DHEADER=${arg_HEADER}"
      "-DNAMESPACE=${arg_NAMESPACE}" "-DFILES=${files}" -P "${script}"
    DEPENDS ${paths} "${script}"
    COMMENT "Embedding ${arg_SOURCE}"
    VERBATIM)
  target_sources(${target} PRIVATE "${output}")
endfunction()
