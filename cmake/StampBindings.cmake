# cmake -DFOLDER=<dir> -DSTAMP=<file> -P StampBindings.cmake
#
# Writes a header whose text changes when any generated file below FOLDER does, and only then.
file(GLOB_RECURSE generated LIST_DIRECTORIES false "${FOLDER}/include/*" "${FOLDER}/*.cpp")
list(SORT generated)
set(hashes)
foreach(path IN LISTS generated)
  file(SHA256 "${path}" hash)
  string(APPEND hashes "${path} ${hash}\n")
endforeach()
string(SHA256 all "${hashes}")
set(text "// ${all}\n")
if(EXISTS "${STAMP}")
  file(READ "${STAMP}" present)
endif()
if(NOT text STREQUAL "${present}")
  file(WRITE "${STAMP}" "${text}")
endif()
