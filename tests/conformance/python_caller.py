#!/usr/bin/python3
"""Answers one JSON object a line by GetFreshToken, as a Python service would call it.

Usage: python_caller.py MESSAGES ADDRESS

MESSAGES is as python_client.py of tests/e2e has it. Each line of stdin is the request, and beside it
`timeout` and `cancel_after` (seconds), `compression` (a name of grpc.Compression) and `padding` (bytes
of metadata).
"""

import json
import pathlib
import sys
import threading

import grpc
from google.protobuf import json_format

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import python_client  # noqa: E402


def ask(channel, api, request):
    timeout = request.pop("timeout", 20)
    cancel_after = request.pop("cancel_after", None)
    compression = request.pop("compression", None)
    padding = request.pop("padding", 0)
    method = channel.unary_unary(
        "/tokenbroker.v1.TokenBrokerService/GetFreshToken",
        request_serializer=api.GetFreshTokenRequest.SerializeToString,
        response_deserializer=api.GetFreshTokenResponse.FromString)
    call = method.future(
        json_format.ParseDict(request, api.GetFreshTokenRequest()), timeout=timeout,
        metadata=(("x-padding", "a" * padding),) if padding else None,
        compression=getattr(grpc.Compression, compression) if compression else None)
    if cancel_after is not None:
        threading.Timer(cancel_after, call.cancel).start()
    return call.result()


def answer(channel, api, request):
    try:
        response = ask(channel, api, request)
    except grpc.FutureCancelledError:
        return {"error": {"code": "CANCELLED"}}
    except grpc.RpcError as error:
        return {"error": python_client.explain(error)}
    return json_format.MessageToDict(response, preserving_proto_field_name=True)


def main():
    messages, address = sys.argv[1:]
    sys.path.insert(0, messages)
    from tokenbroker.v1 import token_broker_pb2 as api

    with grpc.insecure_channel(address) as channel:
        for line in sys.stdin:
            print(json.dumps(answer(channel, api, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
