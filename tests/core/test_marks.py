"""The place of a finding in its exchange."""

from __future__ import annotations

from gateway.core.marks import Marks, marks_of
from gateway.core.model import Finding, Headers, Request, Response
from tests.harness.for_each import for_each

REQUEST = Request(
    "GET",
    "/api/v2/REF30/logout/Dish?redirectUrl=x&deviceId=y",
    Headers.of({"X-Device-Info": "e30=", "Accept": "*/*"}),
)
RESPONSE = Response(200, "OK", Headers.of({"Content-Type": "text/html"}), b"<html>")


@for_each(
    ("check", "where", "marks"),
    [
        ("INFO004", "header X-Device-Info", Marks(header="x-device-info")),
        ("INFO006", "header X-Device-Info, osName", Marks(header="x-device-info")),
        ("AUTH001", "header Authorization", Marks(header="authorization", missing="Authorization")),
        ("URL001", "query redirectUrl", Marks(parameter="redirectUrl")),
        ("V1003", "query requestor", Marks(parameter="requestor", missing="requestor")),
        ("ROUTE005", "query", Marks(query=True)),
        ("ROUTE001", "method", Marks(method=True)),
        ("ROUTE002", "path", Marks(path=True)),
        ("ROUTE009", "path segment 4", Marks(segment=4)),
        ("ROUTE007", "origin", Marks(origin=True)),
        ("THR002", "time", Marks(time=True)),
        ("THR001", "status", Marks(answer=True, status=True)),
        ("RESP004", "body", Marks(answer=True, body=True)),
        ("RESP002", 'body logouts "Dish"', Marks(answer=True, body=True)),
        ("HDR002", "body", Marks(body=True)),
        ("RESP004", "header Content-Type", Marks(header="content-type", answer=True)),
        ("DEV006", "parameter deviceId", Marks(parameter="deviceId")),
        ("DEV007", "device identifier", Marks(parameter="deviceId")),
        ("RW001", "profiles", Marks()),
    ],
)
def test_what_a_finding_names_is_marked(check: str, where: str, marks: Marks) -> None:
    assert marks_of(Finding(check, "error", where, "", ""), REQUEST, RESPONSE) == marks


def test_the_device_identifier_of_v2_is_a_header() -> None:
    request = Request("GET", "/", Headers.of({"AP-Device-Identifier": "fingerprint x"}))

    assert marks_of(Finding("DEV007", "error", "device identifier", "", ""), request, RESPONSE) == Marks(
        header="ap-device-identifier"
    )


def test_a_parameter_that_is_not_in_the_query_may_be_in_the_form() -> None:
    request = Request("POST", "/reggie/v1/REF30/regcode", body=b"deviceId=1")

    assert marks_of(Finding("DEV006", "error", "parameter deviceId", "", ""), request, RESPONSE) == Marks(body=True)
