"""The main proof: whatever secret stands in an exchange, nothing that is kept or shown has it, in no disguise."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.cassettes.format import dump
from gateway.core.codings import CodingError
from gateway.core.devices import device_identifier
from gateway.core.model import Exchange, Headers, Leg, Request, Response
from gateway.core.redaction import Redaction
from gateway.core.secrets.policy import HEADERS, NAMES
from gateway.core.secrets.pseudonyms import Pseudonyms
from gateway.core.secrets.seen import SECRETS
from gateway.core.state import MemoryState
from gateway.exchanges.log import Log, LogSettings
from gateway.exchanges.logger import configure
from gateway.samples import samples
from tests import planting
from tests.harness.for_each import for_each
from tests.legs import again
from tests.planting import (
    BROKEN,
    CODINGS,
    ECHOES,
    KEY,
    PLACES,
    b64,
    disguises,
    examples,
    found_in,
    jwt,
    planted,
    recorded,
    secret_of,
    seeded,
    texts,
)


def logged(redaction: Redaction, request: Request, response: Response) -> str:
    """Return what the log says of it, to a program and to a person."""
    stream = StringIO()
    for settings in (LogSettings(format="json"), LogSettings(format="console")):
        log = Log(configure(stream, settings), settings).of(redaction, MemoryState())
        log.ended(Exchange("1", request, (Leg(request, response, 1.5),), response, 2.5))
    return stream.getvalue()


@examples(300)
@given(planted())
def test_no_secret_is_kept_or_shown(leg: planting.Leg) -> None:
    """No secret in no disguise: not in the cassette's text, not in the log, not in repr(). And the leak gate lets it pass."""
    redaction = Redaction(KEY)
    request, response = leg.made()
    sent = (request.target, request.headers.raw, request.body, response.headers.raw, response.body, response.reason)

    interaction = recorded(redaction, request, response)
    for text in texts(interaction):
        assert found_in(text, leg.secrets) == []
    assert found_in(dump(interaction).decode(), leg.secrets) == []
    assert redaction.leaks(interaction) == []
    assert found_in(logged(redaction, request, response), leg.secrets) == []
    assert found_in(repr((request.headers, replace(response, reason=""), response.headers)), leg.secrets) == []
    assert sent == (
        request.target,
        request.headers.raw,
        request.body,
        response.headers.raw,
        response.body,
        response.reason,
    )


@examples(150)
@given(planted())
def test_redacting_twice_is_redacting_once(leg: planting.Leg) -> None:
    """A pseudonym is known without the key, so nobody's redaction changes it again."""
    interaction = recorded(Redaction(KEY), *leg.made())
    for other in (Redaction(KEY), Redaction(bytes(32))):
        again = recorded(other, interaction.request, interaction.response)
        assert (again.request, again.response) == (interaction.request, interaction.response)


@examples(50)
@given(planted())
def test_what_is_suspected_holds_every_secret(leg: planting.Leg) -> None:
    """So a text that repeats nothing of it repeats no secret, and no pseudonym has to be made to say so."""
    redaction = Redaction(KEY)
    request = replace(leg.made()[0], body=b"")
    for asked in (request, redaction.redacted(request)[0]):
        assert redaction.secrets_of(asked).keys() <= redaction.suspected_in(asked)


@for_each("place", PLACES)
def test_each_place_is_redacted_and_so_are_its_repetitions(place: str) -> None:
    """Every place on its own, with a kind of secret that it can hold, echoed everywhere as it is."""
    is_redacted(place, [seeded(place).choice(PLACES[place][0])])


@pytest.mark.long
@pytest.mark.parametrize("place", PLACES)
def test_each_place_is_redacted_with_each_kind_of_secret(place: str) -> None:
    is_redacted(place, PLACES[place][0])


def is_redacted(place: str, kinds: Iterable[str]) -> None:
    _, plant = PLACES[place]
    for kind in kinds:
        leg = planting.Leg()
        secret = secret_of(kind, seeded(place + kind))
        plant(leg, secret)
        for echo in ECHOES.values():
            echo(leg, secret)
        redaction = Redaction(KEY)
        interaction = recorded(redaction, *leg.made())
        assert [found_in(text, {secret}) for text in texts(interaction)] == [[]] * len(texts(interaction))
        assert redaction.leaks(interaction) == []


@for_each("coding", CODINGS)
def test_a_coded_body_is_kept_decoded(coding: str) -> None:
    leg = planting.Leg(coding=coding, answer={"access_token": "xy" * 10}, prose=["xy" * 10])
    response = recorded(Redaction(KEY), *leg.made()).response
    assert "Content-Encoding" not in response.headers
    assert isinstance(response.body, bytes)
    assert response.headers["Content-Length"] == str(len(response.body))
    assert b"xy" * 10 not in response.body
    assert json.loads(response.body)["trace"] == planting.PUBLIC["trace"]


def test_codings_of_several_fields_are_one_list() -> None:
    body = CODINGS["gzip"](b'{"access_token":"a-secret-of-some-length"}')
    fields = Headers.of([("Content-Encoding", "identity"), ("content-encoding", "gzip")])
    response = recorded(Redaction(KEY), Request("GET", "/x"), Response(200, headers=fields, body=body)).response
    assert response.headers == Headers()
    assert b"access_token" in response.body  # type: ignore[operator]  # whole
    with pytest.raises(CodingError):
        recorded(
            Redaction(KEY),
            Request("GET", "/x"),
            Response(200, headers=Headers.of({"Content-Encoding": "gzip"}), body=b"x"),
        )


def test_what_is_no_secret_stays_exactly() -> None:
    leg = planting.Leg(
        query=["requestor=REF30", "format=json", "x=%7e~%C3%a9+1"],
        headers=[
            ("Host", "api.auth.adobe.com"),
            ("Accept", "application/json"),
            ("User-Agent", "Mozilla/5.0 (Apple TV)"),
        ],
        answer_headers=[
            ("Date", "Mon, 19 Aug 2024 17:17:48 GMT"),
            ("ETag", '"x"'),
            ("Content-Type", "application/json"),
        ],
    )
    request, response = leg.made()
    interaction = recorded(Redaction(KEY), request, response)
    assert (interaction.request.target, interaction.request.body) == (request.target, request.body)
    assert interaction.request.headers == request.headers.without("Host")
    assert interaction.response == response


def test_what_is_short_is_redacted_in_its_place_and_nowhere_else() -> None:
    request = Request(
        "DELETE",
        "/api/v1/logout?deviceId=logout&ast=Dish",
        Headers.of({"Authorization": "Bearer interactive", "Cookie": "a=mvpd", "X-Forwarded-For": "8.8.8.8"}),
    )
    body = b'{"mvpd": "Dish", "actionType": "interactive", "note": "logout from Dish", "userID": "Dish"}'
    stands = Pseudonyms(KEY)
    interaction = recorded(Redaction(KEY), request, Response(200, "OK", body=body))
    assert (
        interaction.request.target
        == f"/api/v1/logout?deviceId={stands('device', 'logout')}&ast={stands('token', 'Dish')}"
    )
    assert interaction.request.headers["Authorization"] == f"Bearer {stands('token', 'interactive')}"
    assert interaction.request.headers["Cookie"] == f"a={stands('cookie', 'mvpd')}"
    assert interaction.request.headers["X-Forwarded-For"] != "8.8.8.8"
    assert interaction.response.body == body.replace(
        b'"userID": "Dish"', f'"userID": "{stands("user", "Dish")}"'.encode()
    )


def test_a_secret_of_one_leg_is_removed_from_the_next() -> None:
    redaction = Redaction(KEY)
    recorded(redaction, Request("GET", "/x?ast=a-secret-of-some-length"), Response(200))
    later = recorded(
        redaction, Request("GET", "/a-secret-of-some-length"), Response(200, body=b"a-secret-of-some-length")
    )
    assert "a-secret" not in dump(later).decode()
    assert redaction.target("/a-secret-of-some-length") == later.request.target


def test_two_devices_stay_two_and_one_stays_one_in_both_dialects() -> None:
    redaction = Redaction(KEY)
    devices = [
        "ba23d141-d715-561c-94f4-e9e4c966b1eb",
        "c54fa2c80652b10abea58c0",
        "K\u00fcche-123456789",
        "tv of some body 1",
    ]
    names = set()
    for identifier in devices:
        wrapped = Headers.of({"AP-Device-Identifier": f"fingerprint {b64(identifier)}"})
        v2 = Request("GET", "/api/v2/REF30/logout/Dish", wrapped)
        v1 = Request("DELETE", f"/api/v1/logout?deviceId={quote(identifier)}")
        recordings = [recorded(redaction, request, Response(200)).request for request in (v1, v2)]
        assert {redaction.device(v1), redaction.device(v2), *map(device_identifier, recordings)} == {
            redaction.device(v1)
        }
        names.add(redaction.device(v1))
    assert len(names) == len(devices)


def test_the_documented_samples_are_readable_when_they_are_redacted() -> None:
    for sample in samples():
        request, _ = Redaction(KEY).redacted(sample.request)
        assert request.path == sample.request.path
        assert request.headers.get("User-Agent") == sample.request.headers.get("User-Agent")
        assert request.headers["X-Device-Info"] == sample.request.headers["X-Device-Info"]
        for name in ("Authorization", "AP-Device-Identifier", "Adobe-Subject-Token"):
            assert name not in request.headers or request.headers[name] != sample.request.headers[name]


def test_another_process_redacts_alike() -> None:
    """The order of a set, which differs from process to process, must not show."""
    program = (
        "import sys, hashlib; sys.path.insert(0, sys.argv[1])\n"
        "from tests.core.test_redaction import everything\n"
        "print(hashlib.sha256(everything()).hexdigest())"
    )
    root = str(Path(__file__).parents[2])
    printed = subprocess.run(  # noqa: S603  # this interpreter, and our own words
        [sys.executable, "-c", program, root],
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    assert printed.strip() == hashlib.sha256(everything()).hexdigest()


def everything() -> bytes:
    """Return many interactions, of one run, as the cassette has them."""
    redaction = Redaction(KEY)
    blocks = []
    for seed in range(12):
        chance = seeded(seed)
        leg = planting.Leg()
        for name in planting.exclusive(chance.sample(sorted(PLACES), 4)):
            kinds, plant = PLACES[name]
            secret = secret_of(chance.choice(kinds), chance)
            plant(leg, secret)
            for echo in sorted(ECHOES):
                ECHOES[echo](leg, chance.choice(sorted(set(disguises(secret)))))
        blocks.append(dump(recorded(redaction, *leg.made())))
    return b"".join(blocks)


JUNK = st.lists(
    st.sampled_from(
        [
            b"{", b"}", b"[", b"]", b'"', b"\\", b"\\u", b"\\ud800", b":", b",", b"<", b">", b"/", b"%", b"%25", b"%ff", b"=", b"&", b";",
            b"eyJ", b".", b"@", b"1.2.3.4", b"::1%", b"fingerprint ", b"Bearer ", b"Basic ", b'"deviceId":', b"<zip>", b"</zip>",
            b"<![CDATA[", b"]]>", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc3\xa9", b" ", b"\x00", b"\xc2\x85", b"http://", b"?", b"#",
            b"a", b"123456789012", b"YWJjZGVmZ2hpamtsbW5v", b"&#xd800;", b"GET requestor_id=x, nonce=", b"-", b"REDACTED-ZIP",
        ]
    )
    | st.binary(max_size=6),
    max_size=20,
).map(b"".join)  # fmt: skip
FIELDS = st.lists(st.tuples(st.sampled_from([*(name.encode() for name in HEADERS), b"X-A", b"ap_1"]), JUNK), max_size=4)
PARAMETERS = st.lists(st.tuples(st.sampled_from([*NAMES, "x"]), JUNK), max_size=3)


@examples(300)
@given(
    FIELDS, FIELDS, PARAMETERS, JUNK, JUNK, JUNK, st.sampled_from(["", "gzip", "br", "zstd", "deflate", "x", "\xff"])
)
def test_no_bytes_whatever_raise_anything_but_a_coding_error(
    sent: list[tuple[bytes, bytes]],
    answered: list[tuple[bytes, bytes]],
    query: list[tuple[str, bytes]],
    path: bytes,
    body: bytes,
    answer: bytes,
    coding: str,
) -> None:
    pairs = [f"{name}={value.decode('latin-1')}" for name, value in query]
    target = f"/{path.decode('latin-1')}?{'&'.join(pairs)}"
    if coding:
        answered = [*answered, (b"Content-Encoding", coding.encode("latin-1"))]
    request = Request("GET", target, Headers(tuple(sent)), body)
    response = Response(200, path.decode("latin-1"), Headers(tuple(answered)), answer, "upstream")
    redaction = Redaction(KEY)
    redaction.redacted(request, response)
    redaction.device(request)
    redaction.target(target)
    redaction.compared(request, whole=True)
    try:
        interaction = recorded(redaction, request, response)
    except CodingError:
        assert coding
        return
    redaction.leaks(interaction)
    again(redaction, interaction)


ENDLESS = (
    "a", '"', '\\"', '"\\', '{"a":', "[", '{"a":"\\', "<", "<a ", '<a "', "<a b='", "<![CDATA[", "<!--", "</a>", "<a>", "&", "a=", "%", "%25",
    "eyJ", "eyJa.", "eyJaaaa.b.", "ey", "@", "a@b.", " ", ",", "1.2.3.4,", ":", "::", ";", 'a="', "/", "/api/v2/", "//", "http://", "?", "#",
    "fingerprint ", "nonce=", 'for="', "日", "Aa0", "Aa0/", "\\/", "-",
)  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("piece", ENDLESS)
def test_no_text_takes_long_to_read(piece: str) -> None:
    """100 KB of what makes an expression try again and again; quadratic time would be minutes."""
    data = (piece * (100_000 // len(piece.encode()) + 1)).encode()
    for around in (b"%s!", b'{"access_token":"%s', b"<a %s>"):
        text = around.replace(b"%s", data)
        began = time.process_time()
        redaction = Redaction(KEY)
        interaction = recorded(redaction, Request("GET", "/x"), Response(200, body=text))
        redaction.leaks(interaction)
        assert time.process_time() - began < 3


ENDLESS_VALUES = (
    " ",
    ",",
    ";",
    "=",
    'a="',
    "a=",
    "[",
    ":",
    "%",
    "/?",
    "for=",
    "eyJ",
    ".",
    "@",
    "a@b.",
    "a ",
    "日",
    "8.8.8.8, ",
)


@pytest.mark.long
@pytest.mark.parametrize("kind", sorted(set(HEADERS.values())))
def test_no_field_takes_long_to_read(kind: str) -> None:
    name = next(name for name in HEADERS if HEADERS[name] == kind).encode()
    for piece in ENDLESS_VALUES:
        value = (piece * (40_000 // len(piece.encode()))).encode()
        for around in (b"%s!", b"Bearer %s"):
            headers = Headers(((name, around.replace(b"%s", value)),))
            began = time.process_time()
            Redaction(KEY).redacted(Request("GET", "/x", headers))
            assert time.process_time() - began < 3


def test_repr_of_what_is_live_says_no_value() -> None:
    secret = jwt(sub="a-secret-of-some-length")
    headers = Headers.of({"Authorization": secret, "X-Device-Info": b64(BROKEN), "Cookie": secret})
    request = Request("GET", f"/x?ast={secret}", headers, secret.encode(), client="8.8.8.8")
    response = Response(200, "OK", headers, secret.encode())
    exchange = Exchange("1", request, (Leg(request, response, 1),), response, 1)
    for value in (headers, request, response, exchange, recorded(Redaction(KEY), request, response)):
        assert secret[:30] not in repr(value)


def test_one_that_is_afresh_gives_the_same_pseudonyms_and_has_met_nothing() -> None:
    """A test must not depend on the secrets of the test before it."""
    first = Redaction(KEY)
    secret = "a-device-nobody-else-has"
    first.redacted(Request("GET", f"/api/v1/logout?deviceId={secret}"))
    second = first.afresh()

    said = Request("GET", f"/anything?note={secret}")
    assert secret not in first.redacted(said)[0].target
    assert second.redacted(said)[0].target == said.target
    assert second.target(f"/?deviceId={secret}") == first.target(f"/?deviceId={secret}")
    assert (second.key_id, second.policy, second.lasting) == (first.key_id, first.policy, first.lasting)


def test_another_one_learns_what_was_met() -> None:
    """In the order in which it came, and of very many the last: that is what it would know itself."""
    first, second = Redaction(KEY), Redaction(KEY)
    secrets = [(f"secret number {number}", f"REDACTED-{number}") for number in range(SECRETS + 10)]
    first.learn(secrets[:5])
    assert (first.generation, first.met_since(3), first.met_since(5)) == (5, secrets[3:5], [])
    first.learn(secrets[5:])
    first.learn(secrets[-5:])  # known already
    assert first.met_since(0) == secrets[10:]
    second.learn(first.met_since(0))
    assert second.target("/x?y=secret number 20") == "/x?y=REDACTED-20"


def test_a_target_as_it_came_is_not_kept_beside_the_redacted_one() -> None:
    raw = Request("GET", f"/caf%C3%A9?access_token={'x1' * 20}", raw_target=f"/caf\xc3\xa9?access_token={'x1' * 20}")
    assert Redaction(KEY).redacted(raw)[0].raw_target == ""
    assert recorded(Redaction(KEY), raw, Response(204)).request.raw_target == ""
