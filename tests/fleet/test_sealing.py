"""What is sealed opens with the fleet's key at its place alone, and a name says nothing to others."""

from __future__ import annotations

import pytest

from gateway.fleet.sealing import NotSealedError, Sealing
from tests.harness.for_each import for_each

KEY, OTHER = bytes(32), bytes(31) + b"\1"
OURS = Sealing(KEY, "lab")
SEALED = OURS.seal(b"a token", "place")


@for_each(
    ("sealing", "sealed", "place"),
    [
        (Sealing(OTHER, "lab"), SEALED, "place"),
        (Sealing(KEY, "another fleet"), SEALED, "place"),
        (OURS, SEALED, "another place"),
        (OURS, SEALED[:-1], "place"),
        (OURS, SEALED[:-1] + bytes([SEALED[-1] ^ 1]), "place"),
        (OURS, bytes([SEALED[0] ^ 1]) + SEALED[1:], "place"),
        (OURS, b"", "place"),
        (OURS, b"plain text", "place"),
    ],
)
def test_nothing_else_opens(sealing: Sealing, sealed: bytes, place: str) -> None:
    with pytest.raises(NotSealedError):
        sealing.unseal(sealed, place)


def test_what_was_sealed_opens_and_no_two_seals_are_equal() -> None:
    assert Sealing(KEY, "lab").unseal(SEALED, "place") == b"a token"
    assert OURS.seal(b"a token", "place") != SEALED
    assert b"a token" not in SEALED


def test_pseudonyms_are_the_same_for_all_who_have_the_key() -> None:
    assert OURS.pseudonym("cursor", "a") == Sealing(KEY, "lab").pseudonym("cursor", "a")
    others = {
        Sealing(OTHER, "lab").pseudonym("cursor", "a"),
        Sealing(KEY, "x").pseudonym("cursor", "a"),
        OURS.pseudonym("cursor", "b"),
        OURS.pseudonym("count", "a"),
    }
    assert len(others) == 4
    assert OURS.pseudonym("cursor", "a") not in others
    assert OURS.fingerprint(b"key") != OURS.fingerprint(b"another")
