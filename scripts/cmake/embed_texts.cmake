# cmake -DOUT=x.cc -DSOURCES=a.lua;b.lua -DHEADER=store/lua_sources.h -DFUNCTION=LuaSource -P embed_texts.cmake
#   Writes a C++ source that gives the text of each file by its name without extension.
set(cases "")
foreach(source IN LISTS SOURCES)
  get_filename_component(name "${source}" NAME_WE)
  file(READ "${source}" text)
  string(APPEND cases "  if (name == \"${name}\") return R\"text(${text})text\";\n")
endforeach()
file(WRITE "${OUT}"
  "#include \"${HEADER}\"\n\n"
  "namespace tokenbroker {\n\n"
  "absl::string_view ${FUNCTION}(absl::string_view name) {\n${cases}  return {};\n}\n\n"
  "}  // namespace tokenbroker\n")
