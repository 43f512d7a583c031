"""What was secret in one place is secret in all."""

from __future__ import annotations

import json

from gateway.core.model import Headers, Request, Response
from gateway.core.redactors.repetitions import redact_repetitions
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import Pseudonyms
from gateway.core.secrets.scrub import Scrub
from gateway.core.secrets.seen import Seen
from tests.planting import KEY, b64, disguises, found_in

SECRET = "a secret/of+some=length"


def test_a_secret_that_was_met_is_removed_in_each_disguise_from_each_place() -> None:
    for disguise in set(disguises(SECRET)):
        scrub = Scrub(Pseudonyms(KEY), Policy())
        scrub("token", SECRET)
        headers = Headers.of({"X-A": disguise, "X-B": "nothing of it"})
        request, response = redact_repetitions(
            Request("GET", f"/{disguise}", headers, disguise.encode()),
            Response(200, disguise, headers, json.dumps([disguise]).encode()),
            scrub,
        )
        left = (request.target, str(request.headers.raw), str(request.body), response.reason, str(response.body))
        assert [found_in(text, {SECRET}) for text in left] == [[]] * 5
        assert request.headers["X-B"] == "nothing of it"


def test_also_from_what_base64_wraps() -> None:
    seen = Seen()
    seen.add(SECRET, "what-stands-for-it")
    text = f"info {b64(json.dumps({'model': SECRET, 'x': 1}))} end"
    assert seen.without(text)[0] == f"info {b64(json.dumps({'model': 'what-stands-for-it', 'x': 1}))} end"


def test_a_secret_of_an_earlier_leg_too() -> None:
    seen = Seen()
    redact_repetitions(
        Request("GET", "/"), Response(200), Scrub(Pseudonyms(KEY), Policy(), seen, found={SECRET: "stands-for-it"})
    )
    _, later = redact_repetitions(
        Request("GET", "/"), Response(200, body=SECRET.encode()), Scrub(Pseudonyms(KEY), Policy(), seen)
    )
    assert later.body == b"stands-for-it"


def test_what_has_no_secret_keeps_its_bytes() -> None:
    leg = (
        Request("GET", "/\xff", Headers(((b"A", b"\xff\xc3"),)), b"\xff"),
        Response(200, "\xff", Headers(), b"\xfe\xed"),
    )
    assert redact_repetitions(*leg, Scrub(Pseudonyms(KEY), Policy())) == leg
