# Installs the built library into a prefix of its own, and builds the example against that as somebody
# else's project would. Compiles three files; builds nothing of this tree.
#   cmake -DTREE=build/asan -DSOURCE=client/examples/playlist_proxy -DOUT=folder -DFLAGS=... -P this
file(REMOVE_RECURSE "${OUT}")
function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()
run("${CMAKE_COMMAND}" --install "${TREE}" --component client --prefix "${OUT}/prefix")
run("${CMAKE_COMMAND}" -S "${SOURCE}" -B "${OUT}/build" -G Ninja
  "-DCMAKE_PREFIX_PATH=${OUT}/prefix" "-DCMAKE_CXX_COMPILER=${COMPILER}"
  "-DCMAKE_C_COMPILER=${C_COMPILER}"
  "-DCMAKE_CXX_FLAGS=${FLAGS}" "-DCMAKE_EXE_LINKER_FLAGS=${LINK_FLAGS}")
run("${CMAKE_COMMAND}" --build "${OUT}/build")
execute_process(COMMAND "${OUT}/build/playlist-proxy" broker.example:8443 spotify http://127.0.0.1:1
  RESULT_VARIABLE code ERROR_VARIABLE said)
if(NOT code EQUAL 1 OR NOT said MATCHES "in plaintext")
  message(FATAL_ERROR "the example does not refuse plaintext over the network: ${code} ${said}")
endif()
