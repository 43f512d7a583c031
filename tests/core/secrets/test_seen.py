"""The memory of secrets: which were met, and where a text repeats one."""

from __future__ import annotations

import base64
import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.secrets.seen import CHARACTERS, FEW, Seen
from tests.harness.for_each import for_each
from tests.planting import KINDS, disguises, examples, secret_of, seeded

SECRET, STANDS = "a-secret-of-24-letters/+", "b-pseudonym-of-24-char/+"


def seen(*secrets: str) -> Seen:
    memory = Seen()
    for secret in secrets:
        memory.add(secret, secret[::-1])
    return memory


@examples(150)
@given(st.sampled_from(KINDS), st.integers(0, 2**32))
def test_a_secret_is_found_in_each_of_its_disguises(kind: str, seed: int) -> None:
    secret = secret_of(kind, seeded(seed))
    memory = seen(secret)
    for disguise in disguises(secret):
        assert memory.repeated_in(f"it says {disguise}, no less")


def test_a_secret_is_replaced_in_the_encoding_that_it_has() -> None:
    memory = Seen()
    memory.add(SECRET, STANDS)
    for secret, stands in zip(disguises(SECRET), disguises(STANDS), strict=True):
        assert memory.without(f"<{secret}>") == (f"<{stands}>", 1)


def test_of_secrets_in_one_place_the_longest_is_replaced() -> None:
    memory = Seen()
    memory.add("abcdefghijkl", "<short>")
    memory.add("abcdefghijklmnop", "<long>")
    memory.add("cdefghijklmnopqrstuv", "<later>")
    assert memory.without("abcdefghijklmnop abcdefghijkl")[0] == "<long> <short>"
    assert memory.without("abcdefghijklmnopqrstuv")[0] == "<long>qrstuv"


def test_base64_is_looked_into_where_it_wraps_json() -> None:
    wrapped = base64.b64encode(json.dumps({"model": SECRET}).encode()).decode()
    assert seen(SECRET).repeated_in(f"X-Device-Info: {wrapped}")


def test_what_is_short_is_not_remembered() -> None:
    memory = seen("logout", "eleven-char")
    assert len(memory) == 0
    assert memory.repeated_in("GET /api/v2/REF30/logout/eleven-char") is False


@pytest.mark.parametrize("more", [1, FEW, FEW + 1, 3 * FEW])
def test_a_text_that_was_clean_is_looked_at_again_when_there_are_more_secrets(more: int) -> None:
    memory = seen(SECRET)
    assert not memory.repeated_in("the-other-secret is here")
    memory.add("the-other-secret", "x" * 16)
    for number in range(more - 1):
        memory.add(f"yet-another-secret-{number}", "y" * 20)
    assert memory.without("the-other-secret is here") == ("xxxxxxxxxxxxxxxx is here", 1)
    assert not memory.repeated_in("nothing at all is here")
    assert not memory.repeated_in("nothing at all is here")


UNUSUAL = "a secret that asks? in Zürich"
"""With this one among the secrets, no text is left out of the search, and no target is searched in parts."""


@examples(150)
@given(st.lists(st.sampled_from(KINDS), min_size=1, max_size=3), st.integers(0, 2**32), st.booleans(), st.booleans())
def test_where_all_secrets_are_usual_the_same_is_found(
    kinds: list[str], seed: int, asked: bool, noise: bool
) -> None:  # hypothesis
    random = seeded(seed)
    secrets = [secret_of(kind, random) for kind in kinds]
    usual, unusual = seen(*secrets), seen(UNUSUAL, *secrets)
    assert (usual._may_hold is not None) == all(map(str.isascii, secrets))
    assert (unusual._may_hold, unusual._none_asks) == (None, False)
    planted = random.choice([*disguises(secrets[0]), "nothing at all"])
    before = base64.b64encode(random.randbytes(24)).decode() if noise else "api/v2/REF30"
    at = random.randrange(len(planted) + 1)
    for text in (
        f"/{before}/{planted}{'?' if asked else ''}redirectUrl=https%3A%2F%2Fadobe.com",
        f"/{before}?x={planted}&y=%3F%26",
        f"/{before}/{planted[:at]}?{planted[at:]}",
        f"/{before}{planted}/logout",
    ):
        assert usual.without(text) == unusual.without(text), text
        assert usual.repeated_in(text) == unusual.repeated_in(text), text


@for_each(
    ("secret", "text"),
    [
        (UNUSUAL, f"/logout/{base64.b64encode(UNUSUAL.encode()).decode()}"),
        ("the-one?asks-for-more", "/logout/the-one?asks-for-more=1"),
        ("ü" * 12, f"/logout/{('ü' * 12).encode().hex()}"),
        ("\x01" * 12, f"/logout/{base64.b64encode(bytes([1]) * 12).decode()}"),
        ("8.8.4.4", f"/logout/{base64.b64encode(b'from 8.8.4.4 on').decode()}"),
    ],
)
def test_a_text_that_was_clean_is_searched_anew_for_the_first_secret_of_its_sort(secret: str, text: str) -> None:
    memory = seen(SECRET)
    assert not memory.repeated_in(text)
    memory.add(secret, "x" * len(secret))
    assert memory.repeated_in(text)


def test_the_last_word_on_a_secret_counts() -> None:
    memory = Seen()
    memory.add(SECRET, "one" * 8)
    memory.add(SECRET, STANDS)
    assert memory.without(SECRET)[0] == STANDS
    assert len(memory) == 1


@pytest.mark.parametrize("searched", [True, False], ids=["in automata", "one by one"])
def test_the_memory_is_bounded_and_the_oldest_are_forgotten(*, searched: bool) -> None:
    """So many secrets, and what they amount to: a SAML response is long."""
    memory = Seen(secrets=1000)
    for number in range(1150):
        memory.add(f"secret-number-{number:06}", "x" * 20)
        if searched and number % 30 == 0:
            memory.repeated_in(f"text number {number}")
    assert 800 < len(memory) <= 1000
    assert not memory.repeated_in("secret-number-000049")
    assert memory.repeated_in("secret-number-001149")
    long = seen(*(f"{number:06}" * 100_000 for number in range(30)))
    assert len(long) <= CHARACTERS // 1_200_000


def test_of_clean_texts_so_many_bytes_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.core.secrets.seen._CLEAN", 1 << 20)
    memory = seen(SECRET)
    for number in range(300):
        memory.repeated_in(f"{number:06}" * 500)
    assert 30 < len(memory._clean) < 300
    assert memory._clean.held <= memory._clean.limit
    memory.repeated_in("long" * 100_000)
    assert "long" * 100_000 not in memory._clean


def test_long_secrets_take_little_memory() -> None:
    tracemalloc.start()
    memory = Seen()
    for number in range(2000):
        memory.add(f"{number:06}" + "x" * 400 + f"{number:012}", f"{number:018}")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12_000_000


@for_each(
    ("text", "expected"),
    [
        ("from 8.8.4.4 port 80", "from 198.18.0.7 port 80"),
        ("8.8.4.4", "198.18.0.7"),
        ('{"ip":"8.8.4.4","v":"8.8.4.41"}', '{"ip":"198.18.0.7","v":"8.8.4.41"}'),
        ("8.8.4.4.", "198.18.0.7."),
        ("8.8.4.4:443, 18.8.4.4", "198.18.0.7:443, 18.8.4.4"),
        ("1.8.8.4.4", "1.8.8.4.4"),
        ("8.8.4.4.1", "8.8.4.4.1"),
        ("v8.8.4.4", "v8.8.4.4"),
        ("for=8.8.4.4;by=x", "for=198.18.0.7;by=x"),
        ("ip%3D8.8.4.4%26x", "ip%3D198.18.0.7%26x"),
    ],
)
def test_an_address_is_found_as_a_whole_however_short_it_is(text: str, expected: str) -> None:
    seen = Seen()
    seen.add("8.8.4.4", "198.18.0.7")
    seen.add("127.0.0.1", "198.18.0.8")
    assert seen.without(text)[0] == expected
    assert seen.without("on 127.0.0.1") == ("on 127.0.0.1", 0)
