"""A TLS handshake that fails is said with its peer and its reason, on the app's side and on the upstream's."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from gateway.wire import accepting
from gateway.wire.connections import Limits
from gateway.wire.tls_failures import CLOSED, LATE, OF_APPS, OF_UPSTREAMS, reason_of
from tests.harness.certificate import PEM
from tests.harness.lab import Lab
from tests.harness.sockets import GET, PATIENCE, Wire

Client = Callable[[int], None]


def shaking(**options: Any) -> Client:
    """Return a client that trusts the certificates of the system; unlike asyncio's, it says why it leaves."""

    def shake(port: int) -> None:
        context = ssl.create_default_context()
        for name, value in options.items():
            setattr(context, name, value)
        if options.get("maximum_version", 0) == ssl.TLSVersion.TLSv1_1:
            context.set_ciphers("ALL:@SECLEVEL=0")
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as plain, suppress(OSError):
            context.wrap_socket(plain, server_hostname="localhost")

    return shake


def saying(data: bytes) -> Client:
    """Return a client that sends these bytes, and waits for the end where there are any."""

    def say(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as plain, suppress(OSError):
            plain.sendall(data)
            if data:
                plain.recv(100)

    return say


APPS: list[tuple[Client, str]] = [
    (shaking(), "it does not trust our certificate: the authority is unknown to it"),
    (
        shaking(maximum_version=ssl.TLSVersion.TLSv1_2),
        "it does not trust our certificate: the authority is unknown to it",
    ),
    (
        shaking(minimum_version=ssl.TLSVersion.TLSv1_1, maximum_version=ssl.TLSVersion.TLSv1_1),
        "no TLS version in common",
    ),
    (saying(GET), "plain HTTP on the TLS port"),
    (saying(b"CONNECT a:1 HTTP/1.1\r\n\r\n"), "plain HTTP on the TLS port: a request to a proxy"),
    (saying(b"\x00\x01\x02 this is no TLS, is it"), "what it sent is not TLS"),
    (saying(b""), CLOSED),
]


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    """How a server speaks TLS that nobody trusts."""
    (tmp_path / "lab.pem").write_text(PEM)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "lab.pem")
    return context


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_each_handshake_of_an_app_that_fails_is_said(lab: Lab, tls: ssl.SSLContext) -> None:
    """Once for each reason, at once; the next one of its kind is counted."""
    gateway = await lab.gateway(await lab.origin(), tls=tls)
    for client, _ in [*APPS, APPS[0]]:
        await asyncio.to_thread(client, gateway.port)
    reasons = {reason for _, reason in APPS}
    await gateway.witness.until(lambda: len(gateway.witness.warnings) >= len(reasons))
    said = [(warning["peer"], warning["reason"], warning["count"]) for warning in gateway.witness.warnings]
    assert sorted(said) == sorted(("127.0.0.1", reason, 1) for reason in reasons)


async def test_a_handshake_that_is_not_finished_in_time_is_said(lab: Lab, tls: ssl.SSLContext) -> None:
    gateway = await lab.gateway(await lab.origin(), tls=tls, limits=Limits(head_seconds=0.05))
    await gateway.connect()
    await gateway.witness.until(lambda: bool(gateway.witness.warnings))
    assert gateway.witness.warnings == [{"event": accepting.HANDSHAKE, "count": 1, "peer": "127.0.0.1", "reason": LATE}]


async def test_an_upstream_s_handshake_says_why(lab: Lab, tmp_path: Path, tls: ssl.SSLContext) -> None:
    """To the app in the answer, and so to the log."""

    async def plain(wire: Wire) -> None:
        wire.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await wire.gone()

    def alerting(listening: socket.socket) -> None:
        """Shake hands as servers do that say why they refuse; asyncio's just closes."""
        with listening, listening.accept()[0] as accepted, suppress(OSError):
            tls.wrap_socket(accepted, server_side=True)

    tls.verify_mode = ssl.CERT_REQUIRED
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    listening = socket.create_server(("localhost", 0))
    table = [
        ((await lab.origin(script=plain)).port, "what it answered is not TLS"),
        ((await lab.origin(tls=tls)).port, "it closed the connection"),
        (listening.getsockname()[1], "it has no cipher in common with us, or asks for a certificate of ours"),
    ]
    serving = asyncio.create_task(asyncio.to_thread(alerting, listening))
    for port, reason in table:
        about = {"origin": f"https://localhost:{port}", "ca_file": str(tmp_path / "lab.pem")}
        gateway = await lab.gateway((await lab.upstream(**about)).send)
        answer = await gateway.ask(GET)
        assert (answer.status, answer.get(b"X-Gateway-Error")) == (502, b"upstream_tls")
        assert f"with upstream lab failed: {reason}." in answer.body.decode()
    await serving


def test_a_reason_that_nobody_put_into_words_is_openssl_s_own() -> None:
    unknown = ssl.SSLError(1, "[SSL: SOME_NEW_REASON] …")
    unknown.reason = "SOME_NEW_REASON"
    for words in (OF_APPS, OF_UPSTREAMS):
        assert reason_of(unknown, words) == "some new reason"
        assert reason_of(ssl.SSLError(), words) == "it is not known why"
        assert reason_of(ConnectionResetError(), words) == reason_of(None, words) == CLOSED
