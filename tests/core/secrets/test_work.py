"""The work of redaction grows with the size of a message and no faster, whatever it is made of: four times as much takes about four times as long."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from gateway.core.model import Headers, Request, Response
from gateway.core.redaction import Redaction
from gateway.core.redactors.repetitions import redact_repetitions
from gateway.core.secrets.budget import OverBudgetError
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import Pseudonyms
from gateway.core.secrets.scrub import Scrub
from gateway.core.secrets.seen import SECRETS, Seen
from gateway.scrubbing.pasted import redact
from tests.harness.for_each import for_each
from tests.planting import KEY, b64, jwt, recorded, seeded

SMALL = 8 << 10
FLOOR = 0.03
"""Seconds below which times say nothing."""


def many(piece: str, before: str = "", after: str = "") -> Callable[[int], str]:
    return lambda size: before + piece * (size // len(piece)) + after


def each(piece: Callable[[int], str], between: str = ",") -> Callable[[int], str]:
    return lambda size: between.join(piece(number) for number in range(size // (len(piece(99)) + 1)))


def random(number: int, length: int = 18) -> str:
    return seeded(number).randbytes(length).hex()


TEXTS: dict[str, Callable[[int], str]] = {
    **{
        repr(piece): many(piece)
        for piece in (
            "\\", '\\"', '"', "'", '{"a":', "[", "[,", '{"a":[', "<a>", "<a><b>", "<a ", '<a b="', "<![CDATA[", "<!--", "&a=",
            "&a=b", "&", "%25", "%", "%2", "&amp;", "&#64;", "&#", "+", "=", "eyJ", "eyJ.", "eyJhbGci.", ".", "@", "a@b.", ",", ";",
            " ", "\n", "/", "/a", "https://", "http://a/?u=", "Bearer ", "for=", 'for="', "--b\n", "--b", "A", "AAAA", "H4sI", "eJ",
            "e", "0", "61", "\0", "a\0", "\u00e9", "a1B", "REDACTED-", "%5Cu0041", "\\u0041", "\\\\u005c", "/api/v2/",
            "/api/v2/x/sessions/", "fingerprint ", "::", "1.", "----------------", "________________", "x" * 39 + " ",
        )
    },
    "e-mails": each(lambda n: f'{{"email":"u{n}@host{n % 100}.example"}}'),
    "e-mails of one host": each(lambda n: f'{{"email":"user{n}@comcast.net"}}'),
    "tokens": each(lambda n: f'{{"access_token":"{random(n)}"}}'),
    "tokens of one beginning": each(lambda n: f'{{"access_token":"{"a" * 80}{n}"}}'),
    "tokens of one end": each(lambda n: f'{{"access_token":"{n}{"a" * 80}"}}'),
    "tokens in tokens": lambda size: ",".join(f'{{"access_token":"{"a" * n}X"}}' for n in range(12, int((2 * size) ** 0.5))),
    "JSON Web Tokens": lambda size: ",".join(jwt(sub=f"somebody-{n}") for n in range(size // 600)),
    "tokens in a form": each(lambda n: f"access_token={random(n)}", "&"),
    "tokens in XML": each(lambda n: f"<zip>{random(n)}</zip>", ""),
    "Base64 of tokens": each(lambda n: f'{{"ast":"{random(n)}","x":"{b64(f"u:{random(n)}")}"}}'),
    "Base64": lambda size: b64(seeded(1).randbytes(size * 3 // 4)),
    "deep JSON with names": lambda size: '{"zip":' * (size // 8) + '"94107",' * (size // 8),
    "deep XML": lambda size: "<zip>" * (size // 20) + "94107</x>" * (size // 20),
    "URLs in URLs": lambda size: "/x?u=" + "%252Fx%253Fast%253D1%2526u%253D" * (size // 30),
    "parts": lambda size: "".join(f'--b\r\nContent-Disposition: form-data; name="zip"\r\n\r\n{random(n)}\r\n' for n in range(size // 90)),
}  # fmt: skip


def as_answer(text: str) -> None:
    recorded(Redaction(KEY), Request("GET", "/x"), Response(200, body=text.encode()))


def as_form(text: str) -> None:
    fields = Headers.of({"Content-Type": "multipart/form-data; boundary=b"})
    redaction = Redaction(KEY, Policy(parameters={"zip": "", "ast": "token"}))
    redaction.leaks(recorded(redaction, Request("POST", "/x", fields, text.encode()), Response(200)))


def as_fields(text: str) -> None:
    latin = text.encode()
    for name in (
        b"Authorization",
        b"Cookie",
        b"X-Forwarded-For",
        b"Forwarded",
        b"Referer",
        b"X-Device-Info",
        b"X-Other",
    ):
        recorded(Redaction(KEY), Request("GET", "/x", Headers(((name, latin),))), Response(200))


def as_target(text: str) -> None:
    recorded(Redaction(KEY), Request("GET", f"/{text.encode().decode('latin-1')}"), Response(200))


def as_paste(text: str) -> None:
    redact(text.encode(), Pseudonyms(KEY), Policy())


def seconds(work: Callable[[str], None], text: str) -> float:
    began = time.process_time()
    with suppress(OverBudgetError):
        work(text)
    return time.process_time() - began


def grows_too_fast(work: Callable[[str], None], make: Callable[[int], str], size: int, factor: int = 4) -> str:
    """Return what to say of work that grows faster than its text; nothing where it does not. What is slow is measured twice."""
    for _ in range(3):
        large = seconds(work, make(size * factor))
        if large < FLOOR * factor:
            return ""
        small = seconds(work, make(size))
        if large <= max(small, FLOOR / 2) * factor * 2:
            return ""
    return f"{small:.3f} s, {factor} times as much: {large:.3f} s"


@for_each("name", TEXTS)
def test_an_answer_is_redacted_in_linear_time(name: str) -> None:
    assert not grows_too_fast(as_answer, TEXTS[name], SMALL)


@pytest.mark.long
@pytest.mark.parametrize("work", [as_answer, as_form, as_fields, as_target, as_paste])
@pytest.mark.parametrize("name", TEXTS)
def test_so_is_everything_else_and_at_every_size(work: Callable[[str], None], name: str) -> None:
    assert not grows_too_fast(work, TEXTS[name], 64 << 10)


def test_many_secrets_of_one_end_do_not_slow_down_the_next_exchange() -> None:
    """Nine hundred users of one provider share the last characters of their addresses."""
    memory = Seen()
    for number in range(900):
        memory.add(f"user{number}@comcast.net", f"{number:012}@redacted.example")
    memory.repeated_in("to build the automaton")
    text = '{"email":"user5000@comcast.net"}' * 300
    began = time.process_time()
    assert not any(memory.repeated_in(f"{text}{number}") for number in range(10))
    assert time.process_time() - began < 1
    assert memory.without("to user899@comcast.net")[1] == 1


def test_what_unfolds_to_too_much_is_refused_and_not_searched_for_ever() -> None:
    """Secrets that share all but their beginning, and a text that is full of what they share."""
    memory = Seen()
    for number in range(3000):
        memory.add(f"{number:06}" + "a" * 400, "x" * 20)
    began = time.process_time()
    with pytest.raises(OverBudgetError):
        memory.repeated_in("a" * 200_000)
    assert time.process_time() - began < 5


def test_more_secrets_than_can_be_remembered_are_refused() -> None:
    found = {f"a-secret-{number:08}": "x" * 20 for number in range(SECRETS + 1)}
    with pytest.raises(OverBudgetError):
        redact_repetitions(Request("GET", "/"), Response(200), Scrub(Pseudonyms(KEY), Policy(), found=found))


@pytest.mark.parametrize("signs", ["=" * 400, "=1" * 200 + "=" * 400, "." * 400, "a" * 40_000, "\\" * 40_000])
def test_pasting_what_follows_a_scheme_takes_no_time(signs: str) -> None:
    for before in (
        "Bearer abcdefghijklmnop",
        "Authorization: Bearer abcdefghijklmnop1",
        "curl -H 'Bearer abcdefghijklmnop1",
    ):
        assert seconds(as_paste, before + signs) < 1
