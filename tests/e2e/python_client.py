#!/usr/bin/python3
"""A client of the broker as a Python service would write one: Debian's python3-grpcio.

Usage: python_client.py MESSAGES ADDRESS JSON [CA CERTIFICATE KEY]

MESSAGES is the folder where `protoc --python_out` wrote the API's messages; Debian packages no
plugin for stubs, so the method is called by its path. Sends one GetFreshToken, over mutual TLS when
the files for it are named, and prints the response, or what the error carries, as JSON.
"""

import json
import pathlib
import sys

import grpc
from google.protobuf import json_format

DETAILS = "grpc-status-details-bin"


def connect(address, files):
    if not files:
        return grpc.insecure_channel(address)
    ca, certificate, key = (pathlib.Path(file).read_bytes() for file in files)
    return grpc.secure_channel(address, grpc.ssl_channel_credentials(ca, key, certificate))


def get_fresh_token(address, request, files):
    from tokenbroker.v1 import token_broker_pb2 as api

    with connect(address, files) as channel:
        call = channel.unary_unary(
            "/tokenbroker.v1.TokenBrokerService/GetFreshToken",
            request_serializer=api.GetFreshTokenRequest.SerializeToString,
            response_deserializer=api.GetFreshTokenResponse.FromString)
        return call(json_format.ParseDict(request, api.GetFreshTokenRequest()), timeout=20)


def explain(error):
    """The code's name, and the ErrorInfo and RetryInfo that the error carries."""
    from tokenbroker.rpc.v1 import status_pb2

    trailers = dict(error.trailing_metadata() or ())
    found = {"code": error.code().name, "message": error.details(),
             "pushback": trailers.get("grpc-retry-pushback-ms")}
    for detail in status_pb2.Status.FromString(trailers.get(DETAILS, b"")).details:
        if detail.type_url == "type.googleapis.com/google.rpc.ErrorInfo":
            info = status_pb2.ErrorInfo.FromString(detail.value)
            found.update(reason=info.reason, domain=info.domain, metadata=dict(info.metadata))
        elif detail.type_url == "type.googleapis.com/google.rpc.RetryInfo":
            retry = status_pb2.RetryInfo.FromString(detail.value)
            found["retryDelay"] = retry.retry_delay.ToTimedelta().total_seconds()
    return found


def main():
    messages, address, request, *files = sys.argv[1:]
    sys.path.insert(0, messages)
    try:
        response = get_fresh_token(address, json.loads(request), files)
    except grpc.RpcError as error:
        print(json.dumps({"error": explain(error)}))
        return 1
    print(json.dumps(json_format.MessageToDict(response, preserving_proto_field_name=True)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
