# What makes a mistake in memory an abort instead of an opening. tests/hardening looks for it in the
# programs.
option(TB_HARDEN "Compile and link with the compiler's and the linker's defences" ON)

# Sanitizers find more, and do not go together with it.
if(TB_HARDEN AND NOT TB_SANITIZE)
  add_compile_options(-fstack-protector-strong -fstack-clash-protection)
  add_compile_definitions(_FORTIFY_SOURCE=3 _GLIBCXX_ASSERTIONS)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    add_compile_options(-fcf-protection=full)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    add_compile_options(-mbranch-protection=standard)
  endif()
  add_link_options(-Wl,-z,relro,-z,now -Wl,-z,noexecstack)
endif()
