"""The 429 of the throttling page: the emulator's is the same one."""

from __future__ import annotations

from gateway.core.adobe.throttling import _PAGE, CAPACITY, RATE, address_of, is_throttled, too_many
from gateway.core.model import Headers, Request
from gateway.emulator import throttle
from tests.harness.for_each import for_each

CALL = Request("GET", "/api/v2/REF30/profiles", id="ab-1")


def test_it_is_the_emulators() -> None:
    assert (RATE, CAPACITY, _PAGE) == (throttle.RATE, throttle.CAPACITY, throttle._PAGE)


def test_the_answer_has_the_fields_of_the_sample() -> None:
    answer = too_many(CALL)
    assert (answer.status, len(_PAGE), answer.headers["Content-Length"]) == (429, 166, "166")
    assert [value.partition("=")[0] for value in answer.headers.getall("Set-Cookie")] == ["AWSALB", "AWSALBCORS"]
    assert "Access-Control-Allow-Methods" in answer.headers
    assert "Retry-After" not in answer.headers


@for_each(
    ("path", "throttled"),
    [
        ("/api/v2/REF30/profiles", True), ("/o/client/token", True), ("/api/v1/logout", True), ("/api/v1/checkauthn/ABC", True),
        ("/reggie/v1/REF30/regcode", True), ("/api/v1/REF30/profile-requests/Dish", True), ("/adobe-services/config/REF30", True),
        ("/adobe-services/logout", False), ("/", False), ("/o/client/other", False),
    ],
)  # fmt: skip
def test_the_paths_of_the_list(path: str, throttled: bool) -> None:
    assert is_throttled(Request("GET", path)) is throttled


def test_an_address_is_told_by_its_hash() -> None:
    one, two = (
        Request("GET", "/", Headers.of({"X-Forwarded-For": address})) for address in ("203.0.113.7", "203.0.113.8")
    )
    assert address_of(one) != address_of(two)
    assert "203.0.113.7" not in address_of(one)
