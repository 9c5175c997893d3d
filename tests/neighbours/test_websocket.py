# SPDX-License-Identifier: Apache-2.0
"""WebSocket through mod_proxy_wstunnel and mod_proxy_http, with the library
websockets at both ends."""
import asyncio
import inspect
import json
import threading

import pytest

from harness.httpd import Httpd
from harness.recipes import FILES, SIGNER, recipe
from harness.settings import SLOWNESS

websockets = pytest.importorskip(
    "websockets", reason="not here: python3-websockets")

TIMEOUT_S = 10 * SLOWNESS
# Its name in later versions of the library
HEADERS = "additional_headers" if "additional_headers" in \
    inspect.signature(websockets.connect.__init__).parameters \
    else "extra_headers"


async def handle(socket, *_):
    """Sends what it was asked by, then each message as it came."""
    request = getattr(socket, "request", None)
    headers = request.headers if request else socket.request_headers
    await socket.send(json.dumps({
        "path": request.path if request else socket.path,
        "subprotocol": socket.subprotocol,
        "headers": list(headers.raw_items())}))
    async for message in socket:
        await socket.send("you said " + message)


def choose(*offers):
    """The one that it knows, if the client offers any: some versions of the
    library refuse clients that offer none."""
    client = next(offer for offer in offers if isinstance(offer, list))
    return "bearer" if "bearer" in client else None


class WebSocketBackend:
    """Use it in a `with`."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever,
                                       daemon=True)

    async def _start(self):
        return await websockets.serve(handle, "127.0.0.1", 0,
                                      subprotocols=["bearer"],
                                      select_subprotocol=choose)

    def __enter__(self):
        self.thread.start()
        self.server = asyncio.run_coroutine_threadsafe(
            self._start(), self.loop).result(TIMEOUT_S)
        port = list(self.server.sockets)[0].getsockname()[1]
        self.address = f"127.0.0.1:{port}"
        return self

    def __exit__(self, *_):
        async def stop():
            self.server.close()
            await self.server.wait_closed()
        asyncio.run_coroutine_threadsafe(stop(), self.loop).result(TIMEOUT_S)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(TIMEOUT_S)


@pytest.fixture(scope="module")
def backend():
    with WebSocketBackend() as backend:
        yield backend


def serve(backend, heading, replace=(), mpm="event"):
    block = recipe(heading, replace=[("127.0.0.1:8080", backend.address),
                                     *replace])
    return Httpd(block, mpm, FILES, ["proxy_wstunnel"])


def talk(server, path="/orders/live", headers=(), **how):
    """What the backend was asked by, once a message has gone back and forth."""
    async def one():
        async with websockets.connect(
                f"ws://127.0.0.1:{server.port}{path}",
                **{HEADERS: list(headers)}, **how) as socket:
            asked = json.loads(await socket.recv())
            await socket.send("hello")
            assert await socket.recv() == "you said hello"
            assert socket.subprotocol == asked["subprotocol"]
            return asked
    return asyncio.run(asyncio.wait_for(one(), TIMEOUT_S))


def is_refused(server, path="/orders/live", headers=(), **how):
    """The status in place of 101."""
    with pytest.raises(websockets.exceptions.InvalidHandshake) as failure:
        talk(server, path, headers, **how)
    error = failure.value
    return error.response.status_code if hasattr(error, "response") \
        else error.status_code


def values(asked, name):
    return [value for key, value in asked["headers"]
            if key.lower().replace("_", "-") == name]


def bearer(token):
    return [("Authorization", f"Bearer {token}")]


UPGRADE = ('"ws://', '"http://'), ('/orders"\n\n', '/orders" upgrade='
                                   "websocket\n\n")


@pytest.mark.parametrize("replace", [(), UPGRADE], ids=["ws", "upgrade"])
@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_websocket(backend, replace, mpm):
    token = SIGNER.mint()
    with serve(backend, "WebSocket", replace, mpm) as server:
        for headers in (bearer(token), [("Cookie", f"a=b; token={token}")]):
            asked = talk(server, "/orders/live?room=1", [
                *headers, ("X_User", "forged"), ("X-User", "forged")])
            assert asked["path"] == "/orders/live?room=1"
            assert values(asked, "x-user") == ["alice"]
            assert token not in str(asked)
        assert is_refused(server) == 401
        server.log.take("JWT0001")
        assert is_refused(server, headers=bearer(SIGNER.mint(exp=1))) == 401
        server.log.take("JWT0307")


def test_a_token_in_the_url(backend):
    with serve(backend, "WebSocket", [
            ("header cookie:token", "query:access_token")]) as server:
        asked = talk(server, f"/orders/live?access_token={SIGNER.mint()}&a=b")
        assert asked["path"] == "/orders/live?a=b"


def test_a_browser_with_subprotocols(backend):
    token = SIGNER.mint()
    with serve(backend, "WebSocket from a browser") as server:
        asked = talk(server, subprotocols=["bearer", token])
        assert asked["subprotocol"] == "bearer"
        assert values(asked, "x-user") == ["alice"]
        assert token not in str(asked)
        assert is_refused(server) == 401
        server.log.take("JWT0001")
        assert is_refused(server, subprotocols=[
            "bearer", SIGNER.mint(exp=1)]) == 401
        server.log.take("JWT0307")
