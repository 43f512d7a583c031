"""Access tokens are made and read again without being remembered."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.emulator.tokens import claims_of, client_of, has_expired, is_own, issue, scopes_of

TOKEN = issue("client", "a,b c", 1_000, b"seed")


def test_a_token_says_whose_it_is_for_what_and_how_long() -> None:
    assert is_own(TOKEN)
    assert (client_of(TOKEN), scopes_of(TOKEN)) == ("client", frozenset("abc"))
    assert (has_expired(TOKEN, 22_599), has_expired(TOKEN, 22_600)) == (False, True)
    assert is_own(issue("client", "a", 1_000, b"another")) != (issue("client", "a", 1_000, b"another") == TOKEN)


def test_a_token_that_was_changed_is_not_the_emulator_s() -> None:
    head, claims, signature = TOKEN.split(".")
    assert not any(
        map(
            is_own,
            (f"{head}.{claims}x.{signature}", f"{head}.{claims}.{signature}x", f"{head}.{claims}.", "opaque", ""),
        )
    )


@given(
    st.text(max_size=60)
    | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1"))
    | st.text("a.=_-W", max_size=20)
)
def test_any_text_is_read(text: str) -> None:
    assert not is_own(text)
    assert claims_of(text) is None or client_of(text) is not None
    assert has_expired(text, 0) in {True, False}
    assert isinstance(scopes_of(text), frozenset)
