# SPDX-License-Identifier: Apache-2.0
"""A gRPC server behind mod_proxy_http2, called through httpd with tokens."""
from concurrent import futures

import pytest

from harness.httpd import Httpd
from harness.recipes import FILES, SIGNER, recipe
from harness.settings import SLOWNESS

grpc = pytest.importorskip("grpc", reason="not here: python3-grpcio")

TIMEOUT_S = 10 * SLOWNESS


class Service(grpc.GenericRpcHandler):
    """Answers each call with who called, as bytes."""

    def service(self, details):
        if details.method == "/orders.Orders/Fail":
            return grpc.unary_unary_rpc_method_handler(self.fail)
        if details.method == "/orders.Orders/Watch":
            return grpc.unary_stream_rpc_method_handler(self.watch)
        return grpc.unary_unary_rpc_method_handler(self.get)

    def get(self, body, context):
        metadata = dict(context.invocation_metadata())
        assert "authorization" not in metadata
        return body + b" " + metadata["x-user"].encode()

    def watch(self, body, context):
        for number in range(3):
            yield body + str(number).encode()

    def fail(self, body, context):
        context.abort(grpc.StatusCode.NOT_FOUND, "no such order")


@pytest.fixture(scope="module")
def channel():
    backend = grpc.server(futures.ThreadPoolExecutor(4))
    backend.add_generic_rpc_handlers((Service(),))
    port = backend.add_insecure_port("127.0.0.1:0")
    backend.start()
    block = recipe("HTTP/2 and gRPC", replace=[
        ("127.0.0.1:8080", f"127.0.0.1:{port}")])
    with Httpd("Protocols h2c http/1.1\n" + block, files=FILES,
               modules=["http2", "proxy_http2"]) as server:
        with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            channel.log = server.log
            yield channel
    backend.stop(0).wait(TIMEOUT_S)


def call(channel, method, token=None, **metadata):
    if token:
        metadata["authorization"] = f"Bearer {token}"
    return channel.unary_unary(f"/orders.Orders/{method}")(
        b"7", TIMEOUT_S, metadata=list(metadata.items()))


def test_a_call(channel):
    answer = call(channel, "Get", SIGNER.mint(), **{"x-user": "forged"})
    assert answer == b"7 alice"


def test_a_stream(channel):
    token = SIGNER.mint()
    answers = channel.unary_stream("/orders.Orders/Watch")(
        b"7-", TIMEOUT_S, metadata=[("authorization", f"Bearer {token}")])
    assert list(answers) == [b"7-0", b"7-1", b"7-2"]


def test_an_error_of_the_server_arrives(channel):
    """It is in a trailer."""
    with pytest.raises(grpc.RpcError) as failure:
        call(channel, "Fail", SIGNER.mint())
    assert failure.value.code() == grpc.StatusCode.NOT_FOUND
    assert failure.value.details() == "no such order"


def test_a_refusal(channel):
    for token in (None, SIGNER.mint(exp=1)):
        with pytest.raises(grpc.RpcError) as failure:
            call(channel, "Get", token)
        assert failure.value.code() == grpc.StatusCode.UNAUTHENTICATED
        channel.log.take("JWT0307" if token else "JWT0001")
