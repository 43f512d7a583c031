"""Statuses."""

from __future__ import annotations

from gateway.core.faults.status import StatusFault, _fields
from gateway.core.model import Headers, Response
from tests.core.faults.calls import Plan, request


async def answer(fault: StatusFault) -> Response:
    effect = await Plan(fault).at(request())
    assert effect is not None
    assert effect.answer is not None
    assert not effect.whole, "it is no answer of the API"
    return effect.answer


async def test_by_default_it_is_an_edges_page() -> None:
    got = await answer(StatusFault(503))
    assert (got.status, got.reason, got.headers["Content-Type"]) == (503, "Service Unavailable", "text/html")
    assert isinstance(got.body, bytes)
    assert b"<h1>503 Service Unavailable</h1>" in got.body
    assert got.headers["Content-Length"] == str(len(got.body))


async def test_body_and_fields_may_be_given() -> None:
    fields = _fields({"Retry-After": 5, "Server": "x"})
    assert fields is not None
    got = await answer(StatusFault(500, body="{}", content_type="application/json", headers=fields))
    assert got.body == b"{}"
    assert dict(got.headers.items()) == {
        "Content-Type": "application/json",
        "Content-Length": "2",
        "Server": "x",
        "Retry-After": "5",
    }


async def test_a_status_without_a_body_has_none() -> None:
    got = await answer(StatusFault(204))
    assert (got.body, "Content-Length" in got.headers) == (b"", False)


def test_a_field_that_could_not_be_sent_is_refused() -> None:
    assert _fields({"Content-Length": "5"}) is _fields({"X": "a\r\nb"}) is _fields({"X": []}) is _fields("X") is None
    assert _fields({}) == Headers()
