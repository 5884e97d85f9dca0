#!/usr/bin/python3
"""Holds one user's token by a stream: no call per use, and a new token as soon as there is one.

    protoc --proto_path=PROTO --python_out=MESSAGES tokenbroker/v1/*.proto tokenbroker/rpc/v1/*.proto
    python3 watch_token.py MESSAGES ADDRESS PROVIDER SUBJECT [CA CERTIFICATE KEY]

Needs grpcio and protobuf; with grpcio-tools `--grpc_python_out` writes stubs, too. Prints what
happens, a line each; ends when the broker refuses to be asked.
"""

import json
import pathlib
import random
import sys
import threading
import time

import grpc

HOPELESS = (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.PERMISSION_DENIED,
            grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.UNIMPLEMENTED)
LONGEST_PAUSE = 30


def connect(address, files=()):
    """In plaintext, or with the PEM files of (authorities, client certificate, key)."""
    if not files:
        return grpc.insecure_channel(address)
    ca, certificate, key = (pathlib.Path(file).read_bytes() for file in files)
    return grpc.secure_channel(address, grpc.ssl_channel_credentials(ca, key, certificate))


def reason_of(error):
    """One of ErrorReason in error.proto, without its prefix; gRPC's code when there is none."""
    from tokenbroker.rpc.v1 import status_pb2

    trailers = dict(error.trailing_metadata() or ())
    for detail in status_pb2.Status.FromString(trailers.get("grpc-status-details-bin", b"")).details:
        if detail.type_url == "type.googleapis.com/google.rpc.ErrorInfo":
            return status_pb2.ErrorInfo.FromString(detail.value).reason
    return error.code().name


class TokenHolder:
    """A thread that watches, and a token for any thread."""

    def __init__(self, channel, provider, subject, tell=lambda event: None):
        from tokenbroker.v1 import grant_pb2, token_broker_pb2

        self._api = token_broker_pb2
        self._state_name = grant_pb2.GrantState.Name
        self._request = {"provider": provider, "subject": subject}
        self._watch = channel.unary_stream(
            "/tokenbroker.v1.TokenBrokerService/WatchToken",
            request_serializer=self._api.WatchTokenRequest.SerializeToString,
            response_deserializer=self._api.WatchTokenResponse.FromString)
        self._tell = tell
        self._token = None
        self.state = "GRANT_STATE_UNSPECIFIED"
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def token(self):
        """The token, or None when there is none that is good; `state` says why."""
        token = self._token
        if token is None:
            return None
        if token.HasField("expire_time") and token.expire_time.ToNanoseconds() <= time.time_ns():
            return None
        return token.access_token

    def _run(self):
        failures = 0
        while True:
            # What we have already is not sent again.
            known = self._token.generation if self._token else 0
            request = self._api.WatchTokenRequest(known_generation=known, **self._request)
            try:
                for message in self._watch(request):
                    failures = 0
                    self._take(message)
            except grpc.RpcError as error:
                if error.code() in HOPELESS:
                    self._tell({"error": reason_of(error)})
                    return
            # The broker restarts, a connection is cut: that is no event. The pause grows, and is
            # drawn by lot, so that many watchers do not come back at once.
            time.sleep(random.uniform(0, min(LONGEST_PAUSE, 0.1 * 2**failures)))
            failures = min(failures + 1, 20)

    def _take(self, message):
        if message.WhichOneof("event") == "token":
            self._token = message.token
            self.state = "GRANT_STATE_ACTIVE"
            self._tell({"token": message.token.generation})
            return
        self.state = self._state_name(message.status.state)
        # The last token of a grant that must be authorized anew may be used until it expires.
        if self.state in ("GRANT_STATE_REVOKED", "GRANT_STATE_ABSENT"):
            self._token = None
        self._tell({"state": self.state, "reason": message.status.state_reason})


def main():
    messages, address, provider, subject, *files = sys.argv[1:]
    sys.path.insert(0, messages)

    def tell(event):
        print(json.dumps(event), flush=True)
        # The user's turn: somebody must send them to the login.
        if event.get("state") == "GRANT_STATE_REAUTHORIZATION_REQUIRED":
            print(json.dumps({"log_in_again": subject}), flush=True)

    TokenHolder(connect(address, files), provider, subject, tell).thread.join()
    return 1


if __name__ == "__main__":
    sys.exit(main())
