"""mitmproxy's flows without mitmproxy: what its objects say becomes interactions; the real one is in tests/interop."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.cassettes.converters.mitmproxy import interactions_of
from gateway.cassettes.converters.model import ConversionError, Losses
from tests.cassettes.converters.material import SEVERAL, UNKNOWN, read, written


def flow(**more: Any) -> Any:
    """Return what mitmproxy's reader yields, as far as it is looked at."""
    sent: dict[str, Any] = {
        "method": "GET",
        "pretty_url": "https://a.example/x?y=1",
        "headers": SimpleNamespace(fields=((b"X-One", b"caf\xe9"),)),
        "raw_content": b"",
        "trailers": None,
        "timestamp_start": 1_790_000_000.25,
    }
    answer: dict[str, Any] = {
        "status_code": 200,
        "reason": "OK",
        "headers": SimpleNamespace(fields=((b"Content-Encoding", b"gzip"), (b"Content-Length", b"99"))),
        "raw_content": b"plain",
        "trailers": None,
        "timestamp_end": 1_790_000_000.5,
    }
    made = {"type": "http", "websocket": None, "metadata": {}, **more}
    request = SimpleNamespace(**{**sent, **made.pop("sent", {})})
    response = made.pop("answer", {})
    return SimpleNamespace(request=request, response=response and SimpleNamespace(**{**answer, **response}), **made)


def test_a_flow_becomes_an_interaction() -> None:
    losses = Losses()
    [found] = interactions_of([flow(answer={"status_code": 201})], losses)
    assert (found.origin, found.request.target, found.request.headers["X-One"]) == (
        "https://a.example",
        "/x?y=1",
        "caf\xe9",
    )
    assert (found.response.status, found.response.body) == (201, b"plain")
    assert list(found.response.headers.items()) == [("Content-Length", "5")]
    assert found.recorded_at == "2026-09-21T14:13:20.250Z"
    assert found.about == {"imported_from": "mitmproxy", "elapsed_ms": 250.0}
    assert list(losses) == ["1 flow: addresses, TLS and the connection are not kept"]


def test_what_is_no_exchange_is_left_out_and_told() -> None:
    losses = Losses()
    flows = [flow(type="dns"), flow(answer=None), flow(answer={"status_code": 101}), flow(answer={"raw_content": None})]
    assert [found.response.body for found in interactions_of(flows, losses)] == [b""]
    assert list(losses)[:3] == [
        "1 flow: left out: not HTTP (a web socket, DNS, TCP, UDP)",
        "2 flows: left out: no final answer",
        "1 flow: mitmproxy did not keep the streamed body",
    ]


def test_an_answer_that_does_not_decode_is_left_out_alone() -> None:
    losses = Losses()
    coded = flow(answer={"headers": SimpleNamespace(fields=((b"Content-Encoding", b"dcb"),))})
    assert [found.response.body for found in interactions_of([coded, flow(answer={"reason": ""})], losses)] == [
        b"plain"
    ]
    assert next(iter(losses)) == f"1 flow: {UNKNOWN}"


def test_a_flow_that_no_wire_would_carry_is_left_out() -> None:
    bad = flow(answer={"headers": SimpleNamespace(fields=((b"X", b"a\nb"),))})
    losses = Losses()
    assert len(list(interactions_of([flow(answer={"reason": ""}), bad], losses))) == 1
    assert (
        "1 flow: left out: response.headers.X: expected a value without CR, LF and NUL, found one of them (flow[1])"
        in list(losses)
    )


def test_without_the_library_one_message_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mitmproxy", None)
    monkeypatch.setitem(sys.modules, "mitmproxy.io", None)
    for convert in (lambda: written("mitmproxy", SEVERAL), lambda: read("mitmproxy", b"1:x,")):
        with pytest.raises(ConversionError, match="pip install"):
            convert()
