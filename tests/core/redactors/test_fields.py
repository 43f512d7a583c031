"""Header fields and the reason phrase."""

from __future__ import annotations

import pytest

from gateway.core.model import Headers, Request, Response
from gateway.core.redactors.fields import redact_fields
from gateway.core.secrets.policy import HEADERS, Policy
from gateway.core.secrets.pseudonyms import Pseudonyms
from gateway.core.secrets.scrub import Memory, Scrub
from tests.harness.for_each import for_each
from tests.planting import KEY, jwt

SECRET = "a-secret-of-some-length-0123456789"


def redacted(headers: Headers, reason: str = "OK", scrub: Scrub | None = None) -> tuple[Headers, Headers, str]:
    request, response = redact_fields(
        Request("GET", "/x", headers), Response(200, reason, headers), scrub or Scrub(Pseudonyms(KEY), Policy())
    )
    return request.headers, response.headers, response.reason


@for_each("name", [*HEADERS, "X-Roku-Reserved-Sso", "ap_z"])
def test_each_field_of_the_lists_is_redacted_on_both_sides_whatever_its_value(name: str) -> None:
    for form in ("{}", "?token={}", "x={}", '"{}"', "Bearer {}", "fingerprint {}"):
        value = form.format(SECRET)
        if HEADERS.get(name) == "url" and "?" not in value:
            continue
        sent, answered, _ = redacted(Headers.of([(name.title(), value), ("Accept", "*/*")]))
        assert SECRET not in sent[name]
        assert sent == answered
        assert list(sent) == [name.title(), "Accept"]


def test_other_fields_keep_their_bytes_but_for_urls_and_tokens() -> None:
    fields = Headers(
        (
            (b"Accept", b"*/*"),
            (b"X-A", b"\xff\xfe \xc3\xbc"),
            (b"Link", b"</x?a=b>; rel=next"),
            (b"Origin", b"https://a.example"),
        )
    )
    assert redacted(fields)[0] == fields
    assert redacted(Headers.of({"X-Original-URL": f"/x?deviceId={SECRET}"}))[0]["X-Original-URL"].startswith(
        "/x?deviceId="
    )
    for value in (f"/x?deviceId={SECRET}", f"got {jwt(sub=SECRET)}.", f'{{"access_token":"{SECRET}"}}'):
        assert SECRET not in redacted(Headers.of({"X-A": value}))[0]["X-A"]
        assert jwt(sub=SECRET) not in redacted(Headers.of({"X-A": value}))[0]["X-A"]


def test_the_reason_is_free_text() -> None:
    assert jwt(sub=SECRET) not in redacted(Headers(), f"No {jwt(sub=SECRET)}")[2]
    assert redacted(Headers(), "Not F\xc3\xbcr You")[2] == "Not F\xc3\xbcr You"


def test_a_kept_field_keeps_its_bytes() -> None:
    scrub = Scrub(Pseudonyms(KEY), Policy(headers={"authorization": ""}))
    fields = Headers.of({"Authorization": f"Bearer {jwt(sub=SECRET)}"})
    assert redacted(fields, scrub=scrub)[0] == fields
    assert scrub.found == {}


def test_what_was_redacted_before_is_remembered_with_the_secrets_in_it() -> None:
    memory = Memory()
    fields = Headers.of({"Authorization": f"Bearer {SECRET}"})
    first, second = (Scrub(Pseudonyms(KEY), Policy(), memory=memory) for _ in range(2))
    assert redacted(fields, scrub=first) == redacted(fields, scrub=second)
    assert first.found == second.found
    assert SECRET in second.found


@for_each(
    ("name", "value"),
    [
        ("X-Original-Forwarded-For", "81.2.69.160"),
        ("X-Client-Address", "8.8.4.4"),
        ("X-Something", "8.8.4.4, 10.0.0.7"),
        ("X-Session-Token", "abc123def"),
        ("X-Amz-Security-Token", "FwoGZXIvYXdzEBYaDKx"),
        ("X-Auth-User", "jdoe"),
        ("Authentication", "Basic dXNlcjpwYXNz"),
        ("X-Contact", "jane@doe.example"),
    ],
)
def test_a_field_in_no_list_is_judged_by_its_words_and_by_its_value(name: str, value: str) -> None:
    sent, answered, _ = redacted(Headers.of({name: value}))
    assert sent[name] == answered[name] != value
    assert redacted(sent)[0] == sent


@pytest.mark.parametrize(
    ("name", "value"), [("X-App-Version", "4.2.1.16"), ("X-Token-Type", "bearer"), ("ETag", f'"{"0af1" * 10}"')]
)
def test_a_version_a_type_and_an_etag_stay(name: str, value: str) -> None:
    assert redacted(Headers.of({name: value}))[0][name] == value


def test_a_device_info_that_does_not_parse_teaches_nothing() -> None:
    """Later good headers of other devices of that model are recorded as they are."""
    raw = '{"model":"AppleTV5,3 of 2015","osName":"tvOS","connectionIp":"203.45.101.20"}'
    scrub = Scrub(Pseudonyms(KEY), Policy())
    broken = redacted(Headers.of({"X-Device-Info": raw}), scrub=scrub)[0]["X-Device-Info"]
    assert broken.startswith('{"model":"AppleTV5,3 of 2015","osName":"tvOS"')
    assert "203.45.101.20" not in broken
    redacted(Headers.of({"X-Device-Info": "Apple TV 4K of 2021"}), scrub=scrub)
    assert set(scrub.found) == {"203.45.101.20"}


def test_a_clients_address_among_other_things_is_redacted() -> None:
    """What a load balancer says of the client in one field: its country stays."""
    told = {
        "X-Real-Ip-Port": ("81.2.69.178:4711", ":4711"),
        "X-Client-Info": ("ip=81.2.69.178; country=GB", "; country=GB"),
        "X-Info": ('client_ip="2a02:8071:5f0::1234",asn=12', ",asn=12"),
        "X-Akamai-Edgescape": ("georegion=263,country_code=US,ip=81.2.69.178", "georegion=263,country_code=US,ip="),
        "X-Forwarded": ("for=81.2.69.178;proto=https", ";proto=https"),
    }
    fields = redacted(Headers.of({name: value for name, (value, _) in told.items()}))[0]
    for name, (_, stays) in told.items():
        assert stays in fields[name]
        assert "81.2.69.178" not in fields[name]
        assert "8071" not in fields[name]
    other = Headers.of({"X-Versions": "ip=v4; sdk=4.2.1.16", "X-Cache-Info": "ip=; ttl=12", "X-Geo": "server=10.0.0.1"})
    assert redacted(other)[0] == other
