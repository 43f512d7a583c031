"""The baseline: what is known stays known, and nothing else does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.core.model import Finding
from gateway.core.redaction import Redaction
from gateway.reports.baseline import BaselineError, fingerprint, read, route_of, shape, write
from tests.harness.for_each import for_each
from tests.reports.recordings import audited, call, identifier, recorded, token

FINDING = Finding("AUTH003", "error", "header Authorization", "JWT exp 2024-08-19T23:17:48Z sub c4fc…", "a later exp")
LOGOUT = "/api/v2/REF30/logout/Dish?redirectUrl=x"


def test_a_recording_made_anew_has_the_same_fingerprints(tmp_path: Path) -> None:
    """Another day, another key, another device and another line, and the same mistakes."""

    def recording(key: bytes, device: str, lines: int, shift: float) -> set[str]:
        redaction = Redaction(key)
        wrong = call(
            Authorization=f"Bearer {token(ends_in=-60 - shift)}", AP_Device_Identifier=identifier(device), Accept="*/*"
        )
        other = call(X_Forwarded_For="81.2.69.142", Authorization=f"Bearer {token('another-client')}")
        fine = [recorded(other, seconds=n * 60, redaction=redaction) for n in range(lines)]
        result = audited(tmp_path, *fine, recorded(wrong, seconds=shift, redaction=redaction))
        return {reported.fingerprint for _, reported in result.findings}

    assert recording(b"1" * 32, "device-identifier-number-one", 0, 0) == recording(
        b"2" * 32, "device-identifier-number-two", 3, 90_000
    )


@pytest.mark.parametrize(
    "other",
    [
        replace(FINDING, id="AUTH004"),
        replace(FINDING, where="header AD-Service-Token"),
        replace(FINDING, found="an opaque token"),
        replace(FINDING, expected="another scope"),
    ],
)
def test_another_mistake_has_another_fingerprint(other: Finding) -> None:
    assert fingerprint(other, "GET", LOGOUT) != fingerprint(FINDING, "GET", LOGOUT)


def test_the_route_counts_and_the_mvpd_does_not() -> None:
    assert fingerprint(FINDING, "GET", LOGOUT) == fingerprint(FINDING, "GET", "/api/v2/OTHER/logout/Comcast")
    assert fingerprint(FINDING, "GET", LOGOUT) != fingerprint(FINDING, "GET", "/api/v2/REF30/profiles")


def test_the_severity_does_not_count() -> None:
    """A team that turns an error into a warning knows it all the same."""
    assert fingerprint(replace(FINDING, severity="info"), "GET", LOGOUT) == fingerprint(FINDING, "GET", LOGOUT)


@for_each(
    ("found", "left"),
    [
        ("JWT exp 2024-08-19T23:17:48Z sub c4fc…", "JWT exp <time> sub …"),
        ("fingerprint <base64 of 36 bytes>", "fingerprint <base64 of 0 bytes>"),
        ("a call 0.2 s after a 429", "a call 0 s after a 0"),
        ("10.0.0.7, 2001:db8::1", "<address>, <address>"),
        ("REST API v1", "REST API v1"),
        ("line 6, column 2: expecting ',' delimiter", "line 0, column 0: expecting ',' delimiter"),
    ],
)
def test_a_shape_has_nothing_that_changes(found: str, left: str) -> None:
    assert shape(found) == left


@pytest.mark.parametrize(
    ("method", "target", "route"),
    [
        ("GET", LOGOUT, "GET v2 logout"),
        ("DELETE", LOGOUT, "DELETE v2 logout (method)"),
        ("GET", "/api/v2/logout/REF30/Dish", "GET v2 logout (swapped)"),
        ("GET", "/somewhere/12345/else?x=1", "GET /somewhere/{}/else"),
    ],
)
def test_a_route_is_a_name_or_a_path_without_its_secrets(method: str, target: str, route: str) -> None:
    assert route_of(method, target) == route


def test_what_is_written_is_read_and_stays_in_order(tmp_path: Path) -> None:
    result = audited(tmp_path)
    text = write(result)

    assert read(text) == {reported.fingerprint for _, reported in result.findings}
    assert text == write(result)
    ids = [entry["id"] for entry in json.loads(text)["findings"]]
    assert ids == sorted(ids)


@for_each(
    "text",
    [
        "", "{", "[]", "7", '{"version": 2, "findings": []}', '{"version": 1}', '{"version": 1, "findings": [7]}',
        '{"version": 1, "findings": [{"fingerprint": 7}]}', "[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_baseline_is_said(text: str) -> None:
    with pytest.raises(BaselineError, match="expected"):
        read(text)
