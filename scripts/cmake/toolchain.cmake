# Warnings, linker, sanitizers and ccache for our own targets.

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Relative paths and no directory hash: every checkout of this tree shares its objects.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1
    "CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime"
    "${CCACHE_PROGRAM}")
endif()

# gRPC's package asks it of its users; a precompiled header wants all alike.
add_compile_options(-pthread)

set(TB_WARNINGS -Wall -Wextra -Wconversion -Wshadow -Werror)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  list(APPEND TB_WARNINGS -Wthread-safety -Wthread-safety-beta)
  add_link_options(-fuse-ld=lld-19)
  # A precompiled header without a time stamp can be cached.
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
endif()

# Coroutine frames by operator new, and so from the allocator's per-thread cache, which glibc's
# aligned_alloc passes by.
add_compile_definitions(BOOST_ASIO_DISABLE_STD_ALIGNED_ALLOC BOOST_ASIO_DISABLE_BOOST_ALIGN)

if(TB_SANITIZE)
  add_compile_options(-fsanitize=${TB_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TB_SANITIZE})
endif()
if(TB_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
