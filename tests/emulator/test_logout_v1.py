"""v1 logout, in v1's dialect."""

from __future__ import annotations

import pytest

from gateway.emulator import Emulator, Options
from tests.emulator.calls import INFO, call, document, header
from tests.harness.for_each import for_each

NO_INFO = {"X-Device-Info": None, "Authorization": None, "AP-Device-Identifier": None}
XML = "application/xml;charset=UTF-8"
JSON = "application/json;charset=UTF-8"


@for_each("suffix", ["", ".json", ".xml"])
@for_each(
    ("query", "headers", "body"),
    [
        pytest.param("deviceId=x&requestor=REF30", {"X-Device-Info": INFO}, b"", id="Base64"),
        pytest.param(
            "deviceId=x", {"X-Device-Info": INFO.replace("=", "%3D").replace("+", "%2B")}, b"", id="percent-encoded"
        ),
        pytest.param(f"deviceId=x&device_info={INFO.replace('=', '%3D')}", NO_INFO, b"", id="in the query"),
        pytest.param("deviceId=x&device_info=YT4+", NO_INFO, b"", id="in the query, its plus forgotten"),
        pytest.param("deviceId=x", NO_INFO, b"device_info=" + INFO.encode(), id="in a form"),
        pytest.param("deviceId=x", NO_INFO, b"", id="without device information"),
    ],
)
def test_a_logout_that_names_its_device_is_answered_204(
    suffix: str, query: str, headers: dict[str, str | None], body: bytes
) -> None:
    answer = Emulator().handle(call(f"DELETE /api/v1/logout{suffix}?{query}", headers, body))
    assert (answer.status, answer.body) == (204, b"")


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        pytest.param("", {}, id="no query"),
        pytest.param("requestor=REF30", {}, id="no deviceId"),
        pytest.param("deviceId=", {}, id="an empty deviceId"),
        pytest.param("deviceId=x", {"X-Device-Info": "{}"}, id="device information that is no Base64"),
        pytest.param("deviceId=x&device_info=%7B", {}, id="the same in the query"),
    ],
)
def test_any_other_is_a_400_with_status_message_and_details(query: str, headers: dict[str, str | None]) -> None:
    answer = Emulator().handle(call(f"DELETE /api/v1/logout?{query}", headers))
    assert answer.status == 400
    assert list(document(answer)) == ["status", "message", "details"]
    assert document(answer)["status"] == 400


@pytest.mark.parametrize("info", [None, "YQ=="])
def test_strict_wants_device_information_that_is_a_json_object(info: str | None) -> None:
    request = call("DELETE /api/v1/logout?deviceId=x", {"X-Device-Info": info})
    assert Emulator(Options(strict=True)).handle(request).status == 400
    assert Emulator(Options(strict=True)).handle(call("DELETE /api/v1/logout?deviceId=x")).status == 204


@for_each(
    ("path", "accept", "content"),
    [
        ("/api/v1/logout", None, JSON),
        ("/api/v1/logout", "*/*", JSON),
        ("/api/v1/logout", "application/xml", XML),
        ("/api/v1/logout", "application/xml, application/json", JSON),
        ("/api/v1/logout?format=xml", "application/json", XML),
        ("/api/v1/logout.xml?format=json", "application/json", XML),
        ("/api/v1/logout.json?format=xml", "text/xml", JSON),
    ],
)
def test_an_error_speaks_the_language_that_was_asked_for(path: str, accept: str | None, content: str) -> None:
    answer = Emulator().handle(call(f"DELETE {path}", {"Accept": accept}))
    assert (answer.status, header(answer, "Content-Type")) == (400, [content])
    assert (b"<error><status>400</status><message>" in answer.body) == (content == XML)
