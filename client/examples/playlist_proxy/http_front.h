// The proxy's own HTTP side: GET /users/<user>/<path of the API>, a thread for each connection.
#pragma once

#include "playlists.h"

// Listens on a free port of 127.0.0.1, prints "listening on PORT" and serves for ever.
void ServeHttp(const Playlists& playlists);
