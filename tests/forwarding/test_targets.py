"""The configuration says where a request goes, and no client does: targets, hosts, `connect_to`."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from gateway.core.model import Request, Response
from gateway.core.routing import Routing
from tests.harness.for_each import for_each
from tests.harness.lab import Lab
from tests.harness.sockets import GET


@pytest.mark.parametrize(
    ("target", "sent"),
    [
        (b"http://api.example/a%2Fb?c", b"/a%2Fb?c"),
        (b"HTTP://API.example:80//x", b"//x"),
        (b"https://api.example", b"/"),
        (b"http://api.example?a=b", b"/?a=b"),
    ],
)
async def test_absolute_form_of_our_own(lab: Lab, target: bytes, sent: bytes) -> None:
    """A target that names an upstream's host is that upstream's; the origin gets the origin-form."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin, routing=Routing("lab", own_hosts=frozenset({"api.example"})))

    await gateway.ask(b"GET " + target + b" HTTP/1.1\r\nHost: whatever\r\n\r\n")

    assert (origin.seen[0].target, origin.seen[0].all(b"Host")) == (sent, [b"127.0.0.1:%d" % origin.port])


@for_each(
    "target",
    [
        b"http://evil.example/",
        b"http://api.example@evil.example/",
        b"http://api.example:80@evil.example/",
        b"http://evil.example:80/?@api.example",
        b"http://api.example.evil.example/",
        b"ftp://api.example/",
        b"http://api.example:80:80/",
        b"http://[::1]/",
    ],
)
async def test_a_foreign_target_is_refused(lab: Lab, target: bytes) -> None:
    """No client chooses a host: this is no open proxy."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin, routing=Routing("lab", own_hosts=frozenset({"api.example"})))

    answer = await gateway.ask(b"GET " + target + b" HTTP/1.1\r\nHost: api.example\r\n\r\n")

    assert (answer.status in {400, 421}, answer.get(b"Connection"), origin.seen) == (True, b"close", [])


async def test_connect_is_refused(lab: Lab) -> None:
    """No tunnels; what would go through one is not read."""
    origin = await lab.origin()
    gateway = await lab.gateway(origin)
    wire = (await gateway.connect()).send(b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n" + GET)

    answer = await wire.message()

    assert (answer.status, answer.get(b"X-Gateway-Error")) == (405, b"connect_refused")
    assert (await wire.gone(), origin.seen) == (b"", [])


@for_each(
    ("host", "name"),
    [
        (b"api.example", b"two"),
        (b"API.Example:8080", b"two"),
        (b"other.example", b"one"),
        (b"api.example.evil", b"one"),
        (b"", b"one"),
        (b"[::1]:80", b"one"),
    ],
)
@for_each("by_host", [True, False])
async def test_a_host_selects_an_upstream_where_that_is_on(lab: Lab, host: bytes, name: bytes, by_host: bool) -> None:
    """`route_by_host`: port and case aside, a Host that is an upstream's selects it; any other goes to the default."""
    origins = {
        key: await lab.origin(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + key.encode()) for key in ("one", "two")
    }
    upstreams = {key: await lab.upstream(origin, name=key) for key, origin in origins.items()}

    async def send(request: Request) -> Response:
        return await upstreams[request.upstream].send(request)

    routing = Routing("one", by_host={"api.example": "two"} if by_host else {})
    gateway = await lab.gateway(send, routing=routing)

    answer = await gateway.ask(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")

    assert answer.body == (name if by_host else b"one")
    assert origins[answer.body.decode()].seen[0].all(b"Host") == [b"127.0.0.1:%d" % origins[answer.body.decode()].port]


async def test_connect_to_changes_the_address_alone(lab: Lab, certificate: Path) -> None:
    """Host and SNI stay the origin's, whose certificate is verified, and connections are used again."""
    names: list[str | None] = []
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _, name, __: names.append(name)
    origin = await lab.origin(tls=context)
    gateway = await lab.gateway(
        (
            await lab.upstream(
                origin="https://api.example", connect_to=f"127.0.0.1:{origin.port}", ca_file=str(certificate)
            )
        ).send
    )

    answers = [await gateway.ask(GET) for _ in range(2)]

    assert ([answer.body for answer in answers], names, origin.connections) == ([b"ok", b"ok"], ["api.example"], 1)
    assert origin.seen[0].all(b"Host") == [b"api.example"]


@pytest.mark.parametrize(
    ("origin_", "host"),
    [
        ("http://api.example", b"api.example"),
        ("http://api.example:80", b"api.example"),
        ("http://api.example:8080", b"api.example:8080"),
        ("http://bücher.example", b"xn--bcher-kva.example"),
        ("http://[::1]:8080", b"[::1]:8080"),
    ],
)
async def test_host_is_the_origins(lab: Lab, origin_: str, host: bytes) -> None:
    """As a browser would write it."""
    origin = await lab.origin()
    gateway = await lab.gateway((await lab.upstream(origin=origin_, connect_to=f"127.0.0.1:{origin.port}")).send)

    await gateway.ask(GET)

    assert origin.seen[0].all(b"Host") == [host]
