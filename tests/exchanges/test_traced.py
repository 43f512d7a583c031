"""Fields that number or trace a call are left out, if nothing reads them and they are no secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.config import load
from gateway.core.adobe.reads import Reads
from gateway.core.checks import CHECKS
from gateway.core.model import Headers, Request
from gateway.core.redaction import Redaction
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.shapes import SHAPES
from gateway.exchanges.observers import Observers
from gateway.exchanges.traced import LONGEST, NAMES, as_it_is, untraced_by
from gateway.wiring.assembly import assemble
from tests.harness.for_each import for_each

KEY = bytes(range(32))
OWN = Headers.of({"Host": "gateway", "Accept": "*/*"})


@for_each(
    ("name", "value", "is_left_out"),
    [
        ("X-Request-Id", "0480b214-f6df-4087-99d5-a47693132ec5", True),
        ("x-request-ID", "7", True),
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", True),
        ("X-B3-TraceId", "", True),
        ("X-Request-Id", "a" * (LONGEST + 1), False),
        ("X-Request-Id", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiAiYzRmYzNlN2UtMTJkOS00OTVk.abcdefgh", False),
        ("X-Request", "7", False),
        ("User-Agent", "tv/7", False),
    ],
)
def test_what_numbers_or_traces_a_call_and_may_be_no_secret_is_left_out(
    name: str, value: str, is_left_out: bool
) -> None:
    untraced = untraced_by(Redaction(KEY))
    line = (name.encode(), value.encode())
    expected = OWN if is_left_out else None
    assert untraced(Headers((line, *OWN.raw))) == expected
    assert untraced(Headers((*OWN.raw, line))) == expected
    assert untraced(Headers((OWN.raw[0], line, OWN.raw[1], line))) == expected


@given(st.sampled_from(sorted(NAMES)), st.text("0123456789abcdef-", max_size=LONGEST))
def test_a_usual_value_is_no_secret(name: bytes, value: str) -> None:
    """So such a value is not searched for secrets."""
    traces = Headers(((name, value.encode()),))
    assert not Redaction(KEY).suspected_in(Request("", "", traces))


def test_no_token_of_a_known_shape_begins_with_usual_characters_only() -> None:
    assert not [start for shape in SHAPES for start in shape.starts if not start.strip("0123456789abcdef-")]


def test_a_field_that_a_configuration_lists_is_searched_with_any_value() -> None:
    policy = Policy(headers={"x-request-id": "token"})
    line = (b"X-Request-Id", b"0480b214-f6df-4087-99d5-a47693132ec5")
    assert untraced_by(Redaction(KEY, policy))(Headers((line, *OWN.raw))) is None


def test_no_check_reads_these_fields() -> None:
    for check in CHECKS:
        reads = Reads(check.info.reads)
        assert not [name for name in NAMES if name.decode() in reads], check.info.id


@for_each(
    ("settings", "is_on"),
    [
        ({}, True),
        ({"cassettes.match": ["method", "path", "body"]}, True),
        ({"cassettes.match": ["method", "path", "headers"]}, False),
        ({"cassettes.match": ["method", "path", "header:X-Request-Id"]}, False),
        ({"rules": [{"remove_header": {"name": "X-Request-Id"}}]}, False),
        ({"devices": {"own": {"match": {"user_agent": "x"}, "rules": [{"remove_header": {"name": "X"}}]}}}, False),
        ({"redaction.rules": [{"pattern": "abc[0-9]+", "as": "token"}]}, False),
    ],
)
async def test_where_a_configuration_may_read_them_each_head_is_found_as_it_is(
    settings: dict[str, Any], is_on: bool, tmp_path: Path
) -> None:
    config = load(None, {}, {"upstream": "lab", "upstreams.lab.origin": "http://lab.example", **settings})
    made = assemble(
        config, {"GATEWAY_REDACTION_KEY": KEY.hex()}, lambda *_: Observers(), cassette=tmp_path / "cassette.yaml"
    )
    assert (made.exchanges._untraced is not as_it_is) == is_on
    await made.close(1)
