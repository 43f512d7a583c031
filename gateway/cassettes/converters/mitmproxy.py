"""mitmproxy's flows, read and written by mitmproxy's own library (the extra `mitmproxy`)."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from gateway.cassettes.converters.messages import (
    At,
    Word,
    body_of,
    interaction,
    leaving_out,
    moment,
    notes_of,
    request,
    response,
)
from gateway.cassettes.converters.model import ConversionError, Converter, Losses
from gateway.cassettes.errors import Problem
from gateway.cassettes.format import STATUSES
from gateway.core.model import Interaction
from gateway.core.times import seconds_of, stamp

OURS = "pass_gateway"
_TNETSTRING = re.compile(rb"[0-9]{1,12}:")
_MISSING = (
    "mitmproxy's flows are read and written by its own library: pip install '.[mitmproxy]' (Python 3.12 or later)"
)


def recognises(data: bytes) -> bool:
    """Whether the file begins with a length, as a tnetstring does."""
    return _TNETSTRING.match(data) is not None


def read(data: bytes, losses: Losses, _origin: str = "") -> Iterator[Interaction]:
    """Read the HTTP flows that have an answer."""
    try:
        from mitmproxy.io import FlowReader  # noqa: PLC0415  an extra
    except ImportError as error:
        raise ConversionError(_MISSING) from error

    def flows() -> Iterator[Any]:
        try:
            yield from FlowReader(io.BytesIO(data)).stream()
        except Exception as error:  # its reader raises any type of error for damaged bytes
            raise Problem(
                0, "", "flows of mitmproxy", f"data that its reader refuses: {type(error).__name__}"
            ) from error

    return interactions_of(flows(), losses)


def write(interactions: Sequence[Interaction], losses: Losses) -> bytes:
    """Write one flow for each interaction."""
    try:
        from mitmproxy import connection, http  # noqa: PLC0415  an extra
        from mitmproxy.io import FlowWriter  # noqa: PLC0415  an extra
    except ImportError as error:
        raise ConversionError(_MISSING) from error
    output = io.BytesIO()
    writer = FlowWriter(output)
    for recorded in interactions:
        sent, answer = recorded.request, recorded.response
        url = urlsplit(recorded.origin)
        host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
        start = _seconds(recorded, losses)
        took = recorded.about.get("elapsed_ms")
        end = start + (took / 1000 if isinstance(took, int | float) else 0)
        client = connection.Client(peername=("127.0.0.1", 0), sockname=("127.0.0.1", 0), timestamp_start=start)
        server = connection.Server(address=(host, port))
        client.state = server.state = connection.ConnectionState.CLOSED
        flow = http.HTTPFlow(client, server)
        flow.request = http.Request(
            host=host,
            port=port,
            method=sent.method.encode("latin-1"),
            scheme=url.scheme.encode("ascii"),
            authority=b"",
            path=sent.target.encode("latin-1"),
            http_version=b"HTTP/1.1",
            headers=http.Headers((*_host(recorded), *sent.headers.raw)),
            content=body_of(sent),
            trailers=None,
            timestamp_start=start,
            timestamp_end=start,
        )
        flow.response = http.Response(
            http_version=b"HTTP/1.1",
            status_code=answer.status,
            reason=answer.reason.encode("latin-1"),
            headers=http.Headers(answer.headers.raw),
            content=body_of(answer),
            trailers=None,
            timestamp_start=end,
            timestamp_end=end,
        )
        flow.metadata[OURS] = _plain(recorded.about)
        losses.add("a cassette has no addresses, no TLS and no connection. The flow says 127.0.0.1")
        writer.add(flow)
    return output.getvalue()


CONVERTER = Converter("mitmproxy", recognises, read, write)


def interactions_of(flows: Iterable[Any], losses: Losses) -> Iterator[Interaction]:
    """Yield the interactions of flows."""
    for number, flow in enumerate(flows):
        with leaving_out(losses, "flow"):
            found = _read_one(flow, At("flow") / number, losses)
            if found is not None:
                yield found


def _read_one(flow: Any, at: At, losses: Losses) -> Interaction | None:
    if getattr(flow, "type", "") != "http" or getattr(flow, "websocket", None) is not None:
        losses.add("left out: not HTTP (a web socket, DNS, TCP, UDP)", "flow")
        return None
    sent, answer = flow.request, flow.response
    if answer is None or answer.status_code < STATUSES.start:
        losses.add("left out: no final answer", "flow")
        return None
    if sent.raw_content is None or answer.raw_content is None:
        losses.add("mitmproxy did not keep the streamed body", "flow")
    if sent.trailers or answer.trailers:
        losses.add("trailers are not kept", "flow")
    asked = request(at / "request", sent.method, sent.pretty_url, sent.headers.fields, sent.raw_content or b"")
    got = response(
        at / "response",
        asked.request.method,
        answer.status_code,
        answer.reason,
        answer.headers.fields,
        answer.raw_content or b"",
    )
    about = notes_of(flow.metadata.get(OURS))
    if not about:
        losses.add("addresses, TLS and the connection are not kept", "flow")
        about = {"imported_from": "mitmproxy"}
        if answer.timestamp_end and sent.timestamp_start:
            about["elapsed_ms"] = round(max(0.0, answer.timestamp_end - sent.timestamp_start) * 1000, 1)
    recorded_at = about.get("recorded_at")
    when = recorded_at if isinstance(recorded_at, str) else _stamp(sent.timestamp_start, at)
    return interaction(asked, got, when, about, "mitmproxy")


def _stamp(seconds: object, at: At) -> str:
    if not isinstance(seconds, int | float):
        return ""
    try:
        return stamp(seconds)
    except ValueError:
        (at / "request" / "timestamp_start").refuse("a time", Word("another number"))


def _seconds(recorded: Interaction, losses: Losses) -> float:
    when = seconds_of(moment(recorded.recorded_at))
    if when is None:
        losses.add("the time of its recording is not known. The flow says 1970")
        return 0.0
    return when


def _host(recorded: Interaction) -> tuple[tuple[bytes, bytes], ...]:
    authority = recorded.origin.partition("://")[2].encode("latin-1")
    return () if "Host" in recorded.request.headers else ((b"Host", authority),)


def _plain(value: object) -> Any:
    """Return notes with only the types that a tnetstring has."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
