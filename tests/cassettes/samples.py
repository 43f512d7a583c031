"""Interactions to write and read: one that is typical, and whatever hypothesis thinks of."""

from __future__ import annotations

from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.cassettes.format import HEAD, dump
from gateway.core.model import Headers, Interaction, Request, Response

ORIGIN = "https://api.auth.adobe.com"
RECORDED_AT = "2026-11-21T22:17:05.120Z"
LOGOUT = b'{"logouts": {"Cablevision": {"actionName": "logout", "mvpd": "Cablevision"}}}'


def logout(number: int = 0, body: bytes = LOGOUT) -> Interaction:
    """Return a recorded logout; `number` tells one from another."""
    return Interaction(
        origin=ORIGIN,
        request=Request(
            "GET",
            f"/api/v2/REF30/logout/Cablevision?redirectUrl=https%3A%2F%2Fadobe.com&n={number}",
            Headers.of({"Host": "api.auth.adobe.com", "AP-Device-Identifier": "fingerprint pseudonym"}),
        ),
        response=Response(
            200,
            "OK",
            Headers.of([("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("Date", "today")]),
            body,
            "cassette",
        ),
        recorded_at=RECORDED_AT,
        about={
            "id": f"01J{number}",
            "recorded_at": RECORDED_AT,
            "elapsed_ms": 84.5,
            "source": "upstream",
            "findings": [],
        },
    )


def cassette(*interactions: Interaction) -> bytes:
    """Return a file of our form."""
    return HEAD + b"".join(dump(interaction) for interaction in interactions)


TOKENS = st.text(
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=20
)
NAMES = (
    TOKENS
    | st.sampled_from(["on", "Off", "yes", "null", "~", "Host", "set-cookie", "Set-Cookie", "Cookie", "'", "1.5", "-"])
    | st.integers(900, 1100).map("n".__mul__)
)
VALUES = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0")) | st.sampled_from(
    [
        "",
        " ",
        "it's",
        "#",
        ": ",
        "- ",
        "\x85",
        "\xa0",
        "\x7f",
        "null",
        "{",
        "\t x \t",
        "caf\xe9",
        "2026-11-21",
        "\\ud83d\\ude00",
    ]
)
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=6).map(Headers.of)
TEXT = st.text() | st.sampled_from(
    [
        "\U0001f600",
        "\\ud83d\\ude00",
        "\\\U0001f600",
        "\x85\u2028\u2029\ufeff",
        "\0\x01\x1b\x7f\x9f",
        "'",
        '"',
        "\n- request:\n",
        "%",
        "\ufffe\uffff",
    ]
)
BODIES = TEXT.map(str.encode) | st.binary() | st.sampled_from([b"\xed\xa0\xbd", b"\r\n", b"\n  recorded_at: '1'\n"])
TARGETS = st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_characters="\x7f")).map("/".__add__)
KEYS = st.text(max_size=30) | st.sampled_from(["on", "id", "device", "<<", "=", "a b", "1"])
WORDS: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
REASONS = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=20)

INTERACTIONS = st.builds(
    Interaction,
    origin=st.sampled_from([ORIGIN, "http://127.0.0.1:8081", "https://[::1]:8443"]),
    request=st.builds(Request, TOKENS | st.sampled_from(["GET", "no", "HEAD"]), TARGETS, FIELDS, BODIES),
    response=st.builds(Response, st.integers(200, 999), REASONS, FIELDS, BODIES, st.just("upstream")),
    recorded_at=st.just(RECORDED_AT),
    about=st.dictionaries(KEYS, WORDS, max_size=4),
)


def as_read(interaction: Interaction) -> Interaction:
    """Return what is to come back: repeats gathered under one spelling, request fields folded, as the format says."""
    request, response = interaction.request, interaction.response
    gathered: dict[bytes, list[tuple[bytes, bytes]]] = {}
    for name, value in response.headers.raw:
        fields = gathered.setdefault(name.lower(), [])
        fields.append((fields[0][0] if fields else name, value))
    folded: dict[bytes, tuple[bytes, bytes]] = {}
    for name, value in request.headers.raw:
        first, values = folded.get(name.lower(), (name, b""))
        joint = b"; " if name.lower() == b"cookie" else b", "
        folded[name.lower()] = (first, values + joint + value if name.lower() in folded else value)
    return replace(
        interaction,
        request=replace(request, headers=Headers(tuple(folded.values()))),
        response=replace(
            response,
            headers=Headers(tuple(pair for fields in gathered.values() for pair in fields)),
            source="cassette",
        ),
        about={**interaction.about, "recorded_at": interaction.recorded_at},
    )
