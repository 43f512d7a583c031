"""One value, one treatment: what an answer tells the app to ask next finds its recording."""

from __future__ import annotations

import json
from urllib.parse import quote, urljoin

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.matching import Index, Matcher
from gateway.core.model import Headers, Request, Response
from gateway.core.redaction import Redaction
from tests.planting import KEY, KINDS, examples, recorded, secret_of, seeded

NAMES = (
    "page",
    "lang",
    "state",
    "code",
    "token",
    "deviceId",
    "redirectUrl",
    "session",
    "q",
    "SAMLRequest",
    "sig",
    "user",
    "email",
    "v",
    "next",
    "zip",
)
FIXED = (
    "2",
    "en",
    "",
    "a b",
    "8BLW4RW",
    "USD",
    "https://app.example/x?page={}&t={}",
    "404",
    "jane{}.{}@doe.example",
    "94107",
)
VALUES = st.sampled_from(FIXED) | st.sampled_from(KINDS)
"""A value, or the kind of a secret that stands nowhere else in the chain."""
QUERIES = st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=4)
CARRIERS = ("location", "json", "escaped json")


def target(number: int, query: list[tuple[str, str]]) -> str:
    pairs = "&".join(f"{name}={quote(value, safe='')}" for name, value in query)
    return f"/r/{number}" + (f"?{pairs}" if pairs else "")


def answer(carrier: str, url: str) -> Response:
    if carrier == "location":
        return Response(302, "Found", Headers.of({"Location": url}))
    body = json.dumps({"url": url, "actionName": "logout"})
    return Response(200, "OK", body=(body.replace("/", "\\/") if carrier == "escaped json" else body).encode())


def told(response: Response) -> str:
    if response.status == 302:
        return response.headers["Location"]
    assert isinstance(response.body, bytes)
    return str(json.loads(response.body)["url"])


@examples(80)
@given(
    st.lists(
        st.tuples(QUERIES, st.sampled_from(CARRIERS), st.sampled_from(("", "https://api.auth.adobe.com"))),
        min_size=2,
        max_size=5,
    ),
    st.booleans(),
)
def test_who_follows_the_replayed_answers_finds_every_recording(
    chain: list[tuple[list[tuple[str, str]], str, str]], same_key: bool
) -> None:
    """Whatever stands in the URLs, under the recording's key or another one."""
    redaction = Redaction(KEY)
    targets = [
        target(
            number,
            [
                (name, secret_of(value, seeded(f"{number} {at}")) if value in KINDS else value.format(number, at))
                for at, (name, value) in enumerate(query)
            ],
        )
        for number, (query, _, _) in enumerate(chain)
    ]
    recordings = [
        recorded(
            redaction,
            Request("GET", asked),
            answer(chain[number + 1][1], chain[number + 1][2] + targets[number + 1])
            if number + 1 < len(chain)
            else Response(200),
        )
        for number, asked in enumerate(targets)
    ]
    player = Redaction(KEY if same_key else bytes(32))
    matcher = Matcher()
    index = Index(matcher, recordings, lambda request: player.compared(request, whole=False))
    asked = targets[0]
    for number, recording in enumerate(recordings):
        live = player.compared(Request("GET", asked), whole=False)
        found = index.find(matcher.key(live, recording.origin))
        assert found is not None, (number, asked)
        assert number in found.positions
        if number + 1 < len(recordings):
            following = urljoin("https://api.auth.adobe.com" + asked, told(recording.response))
            asked = following.removeprefix("https://api.auth.adobe.com")


def test_a_page_of_a_redirect_is_no_secret() -> None:
    location = Headers.of({"Location": "/r/b?page=2&lang=en"})
    interaction = recorded(Redaction(KEY), Request("GET", "/r/a"), Response(302, "Found", location))
    assert interaction.response.headers == location
