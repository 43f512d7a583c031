"""The memory of secrets: which were met, and where a text repeats one."""

from __future__ import annotations

import base64
import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.secrets.forms import FORMS, ends, forms
from gateway.core.secrets.seen import CHARACTERS, FEW, SECRETS, Seen
from tests.planting import ALNUM, KINDS, disguises, examples, secret_of, seeded

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


@examples(150)
@given(st.text(min_size=12, max_size=60) | st.text(ALNUM + "-._~", min_size=12, max_size=60))
def test_the_ends_of_its_forms_are_found_without_making_them(secret: str) -> None:
    assert forms(secret) == tuple(encode(secret) for encode in FORMS)
    assert tuple(form[-12:] for form in forms(secret)) == ends(secret)


def test_the_forms_of_a_secret_and_of_its_pseudonym_pair_up() -> None:
    memory = Seen()
    memory.add(SECRET, STANDS)
    for secret, stands in zip(disguises(SECRET), disguises(STANDS), strict=True):
        text = f"<{secret}>"
        for form, replacement in memory.repeated_in(text):
            text = text.replace(form, replacement)
        assert text == f"<{stands}>"


def test_the_longest_form_comes_first() -> None:
    found = seen("abcdefghijkl", "abcdefghijklmnop").repeated_in("abcdefghijklmnop")
    assert [form for form, _ in found] == ["abcdefghijklmnop", "abcdefghijkl"]


def test_base64_is_looked_into_where_it_wraps_json() -> None:
    wrapped = base64.b64encode(json.dumps({"model": SECRET}).encode()).decode()
    assert seen(SECRET).repeated_in(f"X-Device-Info: {wrapped}")


def test_what_is_short_is_not_remembered() -> None:
    memory = seen("logout", "eleven-char")
    assert len(memory) == 0
    assert memory.repeated_in("GET /api/v2/REF30/logout/eleven-char") == []


@pytest.mark.parametrize("more", [1, FEW, FEW + 1, 3 * FEW])
def test_a_text_that_was_clean_is_looked_at_again_when_there_are_more_secrets(more: int) -> None:
    memory = seen(SECRET)
    assert memory.repeated_in("the-other-secret is here") == []
    memory.add("the-other-secret", "x" * 16)
    for number in range(more - 1):
        memory.add(f"yet-another-secret-{number}", "y" * 20)
    assert [form for form, _ in memory.repeated_in("the-other-secret is here")] == ["the-other-secret"]
    assert memory.repeated_in("nothing at all is here") == memory.repeated_in("nothing at all is here") == []


def test_the_last_word_on_a_secret_counts() -> None:
    memory = Seen()
    memory.add(SECRET, "one" * 8)
    memory.add(SECRET, STANDS)
    assert [entry.replacement for entry in memory.repeated_in(SECRET)] == [STANDS]
    assert len(memory) == 1


def test_the_memory_is_bounded_and_the_oldest_is_forgotten() -> None:
    """Ten thousand secrets, and what they amount to: a SAML response is long."""
    memory = seen(*(f"secret-number-{number:06}" for number in range(SECRETS + 50)))
    assert len(memory) == SECRETS
    assert memory.repeated_in("secret-number-000049") == []
    assert memory.repeated_in("secret-number-000050")
    ends_held = sum(map(len, memory._ends.values()))
    assert ends_held < 8 * SECRETS
    long = seen(*(f"{number:06}" * 100_000 for number in range(30)))
    assert len(long) == CHARACTERS // 1_200_000


def test_long_secrets_take_little_memory() -> None:
    tracemalloc.start()
    memory = Seen()
    for number in range(2000):
        memory.add(f"{number:06}" + "x" * 400 + f"{number:012}", f"{number:018}")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12_000_000
