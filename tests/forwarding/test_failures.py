"""What goes wrong, at an upstream or behind the seam, is an answer of the gateway with its reason."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.core.flow import chain
from gateway.core.model import Flow, Headers, Request, Response
from tests.harness.for_each import for_each
from tests.harness.lab import Lab
from tests.harness.sockets import GET, OK, Script, Wire, settle

POST = b"POST / HTTP/1.1\r\nHost: gateway\r\n"
MEGABYTE = b"x" * (1 << 20)


def says(*data: bytes) -> Script:
    """Answer with these bytes and close."""

    async def script(wire: Wire) -> None:
        await wire.head()
        wire.send(b"".join(data))

    return script


async def speaks_plainly(wire: Wire) -> None:
    await wire.exactly(1)
    wire.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def reads_nothing(_: Wire) -> None:
    await asyncio.Event().wait()


async def speaks_first(wire: Wire) -> None:
    wire.send(b"220 mail.example ESMTP\r\n")
    await wire.gone()


async def hangs_up(wire: Wire) -> None:
    wire.close()


async def is_silent(wire: Wire) -> None:
    await wire.gone()


async def only_continues(wire: Wire) -> None:
    await wire.head()
    wire.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    await wire.gone()


FAILURES: dict[str, tuple[Script | None, dict[str, Any], int, str]] = {
    "refused": (None, {"origin": "http://127.0.0.1:1"}, 502, "upstream_unreachable"),
    "no such name": (None, {"origin": "http://nobody.invalid"}, 502, "upstream_unreachable"),
    "garbage": (says(b"hello\r\n\r\n"), {}, 502, "upstream_protocol"),
    "no answer": (says(b""), {}, 502, "upstream_protocol"),
    "half a head": (says(b"HTTP/1.1 200 OK\r\nContent-"), {}, 502, "upstream_protocol"),
    "hangs up": (hangs_up, {}, 502, "upstream_protocol"),
    "speaks first": (speaks_first, {}, 502, "upstream_protocol"),
    "101": (says(b"HTTP/1.1 101 Switching\r\n\r\n"), {}, 502, "upstream_protocol"),
    "000": (says(b"HTTP/1.1 000 X\r\nContent-Length: 0\r\n\r\n"), {}, 502, "upstream_protocol"),
    "silent": (is_silent, {"read_seconds": 0.05}, 504, "upstream_timeout"),
    "100 and then silent": (only_continues, {"read_seconds": 0.05}, 504, "upstream_timeout"),
    "plain where TLS is expected": (speaks_plainly, {"scheme": "https"}, 502, "upstream_tls"),
    "no TLS handshake": (is_silent, {"scheme": "https", "connect_seconds": 0.05}, 504, "upstream_timeout"),
}


@pytest.mark.parametrize(("script", "about", "status", "code"), FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("upload", [False, True])
async def test_what_an_upstream_does_wrong(
    *,
    lab: Lab,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    script: Script | None,
    about: dict[str, Any],
    status: int,
    code: str,
    upload: bool,
) -> None:
    """It is answered with a status and a code, and quotes nothing of the request, be it in a log or in the body."""
    origin = await lab.origin(script=script)
    about = {"origin": f"{about.get('scheme', 'http')}://127.0.0.1:{origin.port}"} | about
    about.pop("scheme", None)
    if "TLS" in code or about["origin"].startswith("https"):
        about["connect_to"] = f"127.0.0.1:{origin.port}"
    gateway = await lab.gateway((await lab.upstream(**about)).send)
    secret = b"GET /SECRET?deviceId=SECRET HTTP/1.1\r\nHost: gateway\r\nAuthorization: SECRET\r\n"
    wire = await gateway.connect()
    wire.send(secret + (b"Content-Length: 9\r\n\r\n" if upload else b"\r\n"))
    if upload:
        await settle()
        wire.send(b"SECRET...")

    with caplog.at_level(0):
        answer = await wire.message()

    assert (answer.status, answer.get(b"X-Gateway-Error").decode()) == (status, code)
    assert answer.get(b"Content-Type") == b"application/json"
    await gateway.witness.until(lambda: bool(gateway.witness.exchanges))
    assert gateway.witness.exchanges[0].reply.source == "gateway"
    assert gateway.witness.exchanges[0].legs[0].response.source == "gateway"
    told = caplog.text + "".join(capfd.readouterr()) + repr(gateway.witness.warnings) + str(answer)
    assert ("SECRET" in told, gateway.witness.warnings) == (False, [])


async def test_a_certificate_of_another_is_a_tls_error(lab: Lab, certificate: Path) -> None:
    """TLS is verified: who it is, and who says so."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    origin = await lab.origin(tls=context)
    where = f"127.0.0.1:{origin.port}"
    cases = (
        ({"origin": "https://api.example", "connect_to": where}, b"self-signed certificate"),
        ({"origin": "https://other.example", "connect_to": where, "ca_file": str(certificate)}, b"Hostname mismatch"),
    )
    for about, why in cases:
        gateway = await lab.gateway((await lab.upstream(**about)).send)
        answer = await gateway.ask(GET)
        assert (answer.status, answer.get(b"X-Gateway-Error")) == (502, b"upstream_tls")
        assert why in answer.body
    assert origin.seen == []


@pytest.mark.parametrize(
    ("origin", "why"),
    [("http://127.0.0.1:1", b"Connection refused"), ("http://nobody.invalid", b"DNS has no address")],
)
async def test_why_an_upstream_is_unreachable_is_said(lab: Lab, origin: str, why: bytes) -> None:
    gateway = await lab.gateway((await lab.upstream(origin=origin)).send)
    assert why in (await gateway.ask(GET)).body


async def test_an_upstream_that_takes_no_upload_is_a_timeout(lab: Lab) -> None:
    """It reads nothing and says nothing: 504, and not forever."""
    gateway = await lab.gateway(await lab.origin(script=reads_nothing), read_seconds=0.2)
    wire = (await gateway.connect()).send(POST + b"Content-Length: %d\r\n\r\n" % (64 << 20))

    async def upload() -> None:
        for _ in range(64):
            wire.send(MEGABYTE)
            await wire.writer.drain()

    task = asyncio.create_task(upload())
    answer = await wire.message()
    task.cancel()

    assert (answer.status, answer.get(b"X-Gateway-Error")) == (504, b"upstream_timeout")


async def test_a_slow_upload_is_no_silence_of_the_upstream(lab: Lab) -> None:
    """The time for an answer begins when the request is whole; an interim answer changes nothing."""

    async def script(wire: Wire) -> None:
        await wire.head()
        wire.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await wire.exactly(8)
        wire.send(OK)
        await wire.gone()

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin, read_seconds=0.25)
    wire = (await gateway.connect()).send(POST + b"Content-Length: 8\r\n\r\n")
    for _ in range(8):
        await asyncio.sleep(0.04)  # what is tested is that time passes
        wire.send(b"x")

    assert [(await wire.message()).status for _ in range(2)] == [103, 200]


async def test_a_rule_that_fails_is_a_500_without_its_words(lab: Lab) -> None:
    """Whatever is raised behind the seam, the app gets an answer, and the log a place."""

    async def send(_: Request) -> Response:
        message = "SECRET"
        raise LookupError(message)

    gateway = await lab.gateway(send)
    answer = await gateway.ask(GET)

    assert (answer.status, answer.get(b"X-Gateway-Error")) == (500, b"gateway_defect")
    assert [(w["event"], w["error"]) for w in gateway.witness.warnings] == [("defect", "LookupError")]
    assert str(gateway.witness.warnings[0]["where"]).startswith("test_failures.py:")
    assert "SECRET" not in repr(gateway.witness.warnings) + str(answer)


class Pieces:
    """A stream of pieces, of which the last may be an error."""

    def __init__(self, *pieces: bytes | Exception) -> None:
        self.pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    async def aclose(self) -> None:
        """Nothing to give up."""


ANSWERS: dict[str, tuple[Response, bytes]] = {
    "a wrong length": (Response(200, "OK", Headers.of({"Content-Length": "99"}), b"ok"), OK),
    "an empty piece": (
        Response(200, "OK", body=Pieces(b"a", b"", b"b")),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n",
    ),
    "no body at all": (Response(200, "OK"), b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
}


@pytest.mark.parametrize(("answer", "written"), ANSWERS.values(), ids=ANSWERS)
async def test_what_a_rule_or_a_cassette_answers_is_framed(lab: Lab, answer: Response, written: bytes) -> None:
    """An answer that did not come from a wire is framed like one that did."""

    async def send(_: Request) -> Response:
        return answer

    gateway = await lab.gateway(send)
    wire = (await gateway.connect()).send(GET)

    assert await wire.exactly(len(written)) == written
    assert (await wire.send(GET).exactly(len(written))) == written


@for_each(
    "field", [("X-A", "a\r\nSet-Cookie: b"), ("X-A\r\nB", "a"), ("X-A", "a\0"), ("X A", "a"), ("", "a"), ("X-A:", "a")]
)
async def test_a_field_that_would_end_its_line_is_not_sent(lab: Lab, field: tuple[str, str]) -> None:
    """Not to an app, and not to an upstream: whatever a rule or a cassette holds."""

    async def send(_: Request) -> Response:
        return Response(200, "OK", Headers.of([field]), b"")

    class Inject:
        needs_request_body = False
        needs_answer_body = False
        needs_credentials = False

        def concerns(self, _: Request) -> bool:
            return True

        def __call__(self, request: Request) -> Flow:
            return chain((), replace(request, headers=Headers.of([*request.headers.items(), field])))

    origin = await lab.origin()
    to_app = await (await lab.gateway(send)).ask(GET)
    to_upstream = await (await lab.gateway(origin, rules=[Inject()])).ask(GET)

    assert (to_app.status, to_app.get(b"X-Gateway-Error")) == (502, b"unsendable_answer")
    assert (to_upstream.status, to_upstream.get(b"X-Gateway-Error")) == (502, b"unsendable_request")
    assert origin.seen == []


@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
async def test_a_stream_that_raises_breaks_off_like_any_other(lab: Lab, version: bytes) -> None:
    """A defect in a stream is no clean end either, and the log says where it is."""

    async def send(_: Request) -> Response:
        return Response(200, "OK", body=Pieces(b"a", LookupError("SECRET")))

    gateway = await lab.gateway(send)
    wire = (await gateway.connect()).send(b"GET / HTTP/" + version + b"\r\nHost: a\r\n\r\n")

    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await wire.message()
    await gateway.witness.until(lambda: bool(gateway.witness.warnings))
    assert [(w["event"], w["error"]) for w in gateway.witness.warnings] == [("defect", "LookupError")]
