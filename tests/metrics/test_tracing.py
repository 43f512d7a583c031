"""A span for each exchange and a child for each leg, in the app's trace, with nothing secret in any attribute."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from gateway.metrics import tracing
from tests.harness.lab import Lab
from tests.harness.sockets import OK
from tests.legs import DISH, device_header

SECRET = "q8Zt4LmW7xKc2VbN9pRs3YdF6hJ1aG5u"
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def spans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    monkeypatch.chdir(tmp_path)
    exporter = InMemorySpanExporter()
    monkeypatch.setattr(tracing, "OTLPSpanExporter", lambda: exporter)
    monkeypatch.setattr(exporter, "shutdown", lambda: None)
    return exporter


def asked(target: str = DISH, method: str = "GET", more: str = "") -> bytes:
    fields = f"AP-Device-Identifier: {device_header('roku')}\r\nAuthorization: Bearer {SECRET}\r\n{more}"
    return f"{method} {target} HTTP/1.1\r\nHost: gateway\r\n{fields}\r\n".encode()


def in_order(spans: InMemorySpanExporter) -> list[ReadableSpan]:
    return sorted(spans.get_finished_spans(), key=lambda span: (span.start_time or 0, span.kind != SpanKind.SERVER))


async def test_an_exchange_is_a_span_and_its_leg_a_child(lab: Lab, spans: InMemorySpanExporter) -> None:
    running = await lab.run("passthrough", await lab.origin(OK), traces=True)
    await running.ask(asked(f"/api/v2/REF30/logout/{SECRET}?redirectUrl=x", more=f"traceparent: {PARENT}\r\n"))
    await running.stop()
    outer, leg = in_order(spans)
    assert (outer.name, outer.kind, leg.kind) == ("GET /api/v2/{sp}/logout/{mvpd}", SpanKind.SERVER, SpanKind.CLIENT)
    assert outer.context is not None
    assert outer.parent is not None
    assert leg.parent is not None
    assert f"{outer.context.trace_id:032x}" == PARENT.split("-")[1]
    assert f"{outer.parent.span_id:016x}" == PARENT.split("-")[2]
    assert leg.parent.span_id == outer.context.span_id
    assert outer.attributes is not None
    assert outer.attributes["http.response.status_code"] == 200
    assert outer.attributes["gateway.upstream"] == "lab"
    assert outer.attributes["gateway.device"] == running.events("exchange")[0]["device"]
    assert outer.attributes["url.path"] == running.events("exchange")[0]["path"]
    assert (outer.start_time or 0) <= (leg.start_time or 0) <= (leg.end_time or 0) <= (outer.end_time or 0)
    assert SECRET not in "".join(span.to_json() for span in (outer, leg))
    assert device_header("roku") not in json.dumps([dict(span.attributes or {}) for span in (outer, leg)])


async def test_the_legs_of_a_rewrite_follow_one_another(lab: Lab, spans: InMemorySpanExporter) -> None:
    rules = [{"v1_logout": {"redirect_url": "https://example.com/bye"}}]
    running = await lab.run("passthrough", traces=True, rules=rules)
    await running.ask(asked("/api/v1/logout?requestor=REF30&deviceId=abcdefghijkl", "DELETE"))
    await running.stop()
    outer, *legs = in_order(spans)
    assert outer.name == "DELETE /api/v1/logout{.json,.xml,}"
    assert len(legs) > 1
    assert all((one.end_time or 0) <= (other.start_time or 0) for one, other in pairwise(legs))


async def test_what_failed_is_an_error_and_a_broken_parent_is_none(lab: Lab, spans: InMemorySpanExporter) -> None:
    running = await lab.run("passthrough", await lab.origin(b"nonsense\r\n\r\n"), traces=True)
    for parent in ("", "00-zz-yy-01", "0" * 5000, "~"):
        await running.ask(asked("/", "PROPFIND", f"traceparent: {parent}\r\n"))
    await running.stop()
    outer = [span for span in spans.get_finished_spans() if span.kind == SpanKind.SERVER]
    assert len(outer) == 4
    for span in outer:
        assert span.parent is None
        assert span.name == "HTTP"
        assert span.status.status_code == StatusCode.ERROR
        assert (span.attributes or {})["error.type"] == "upstream_protocol"
