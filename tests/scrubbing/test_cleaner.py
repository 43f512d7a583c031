"""Many interactions without their secrets: each is searched once, and ends as if everything had been known from the start."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.cassettes.coding import replayable
from gateway.core.model import Interaction, Request, Response
from gateway.core.redaction import Redaction
from gateway.core.secrets.policy import Policy
from gateway.scrubbing.cleaner import Cleaner
from gateway.scrubbing.inspector import Inspector
from tests import planting
from tests.cassettes.samples import ORIGIN
from tests.planting import KEY, examples, found_in, planted, texts
from tests.scrubbing.plants import ACCESS, BEARER, COOKIE, betrayed
from tests.scrubbing.test_lint import CLEAN, RANDOM, answers, asks


def cleaned(*interactions: Interaction) -> list[tuple[Interaction, dict[str, int]]]:
    """Return what became of them, and what was removed of each; nothing may be left."""
    cleaner = Cleaner(Redaction(KEY))
    done = [cleaner.end(begun) for begun in [cleaner.begin(one) for one in interactions]]
    assert [one.left for one in done] == [[] for _ in done]
    return [(one.interaction, dict(one.removed)) for one in done]


def test_what_is_learned_last_is_removed_first() -> None:
    """A later interaction names what an earlier one, its origin and its notes only repeat; what looks like a secret is repeated, too."""
    echo = replace(
        answers(f"you are {ACCESS.encode().hex()}, {RANDOM}")(CLEAN),
        origin=f"https://{ACCESS}.example",
        about={"device": ACCESS, "more": [{"t": BEARER}]},
    )
    both = cleaned(echo, asks(Authorization=f"Bearer {ACCESS}")(CLEAN), answers(f'{{"n": "{RANDOM}"}}')(CLEAN), CLEAN)
    assert betrayed(repr(both).encode(), ACCESS, BEARER, RANDOM) == []
    assert [bool(removed) for _, removed in both] == [True, True, True, False]


def test_one_that_only_repeats_a_secret_is_changed_wherever_it_does() -> None:
    """What is not said to be changed is kept as it was read."""
    secret = asks(Authorization=f"Bearer {ACCESS}")(CLEAN)
    for one in (
        replace(CLEAN, origin=f"https://{ACCESS}.example"),
        replace(CLEAN, about={"id": [{"x": ACCESS}]}),
        replace(CLEAN, response=replace(CLEAN.response, reason=ACCESS)),
        replace(CLEAN, request=replace(CLEAN.request, target=f"/a/{ACCESS}")),
        asks(**{f"X-{ACCESS[:24]}": "1", "X-B": ACCESS})(CLEAN),
    ):
        (after, removed), _ = cleaned(one, secret)
        assert removed == {"a repeated secret": 1}
        assert (
            betrayed(repr((after, after.request.target, after.request.headers.raw, after.about)).encode(), ACCESS) == []
        )


def test_kinds_are_counted_where_a_text_was_met_before_too() -> None:
    signed_in = asks(Authorization=f"Bearer {BEARER}", Cookie=f"a={COOKIE}")(CLEAN)
    assert [removed for _, removed in cleaned(signed_in, signed_in)] == [{"token": 1, "cookie": 1}] * 2


def as_read(request: Request, response: Response) -> Interaction:
    """Return an interaction as a reader makes it: the answer is decoded."""
    assert isinstance(response.body, bytes)
    headers, body = replayable(request.method, response.status, response.headers, response.body)
    return Interaction(ORIGIN, request, replace(response, headers=headers, body=body), "2026-11-21T22:17:05.120Z")


@given(legs=st.lists(planted(), min_size=1, max_size=3))
@examples(60)
def test_it_is_what_redaction_makes_of_each_when_it_knows_all(legs: list[planting.Leg]) -> None:
    interactions = [as_read(*leg.made()) for leg in legs]
    redaction = Redaction(KEY)
    for _ in range(2):
        known = [
            redaction.interaction(one.request, one.response, origin=ORIGIN, recorded_at=one.recorded_at, about={})
            for one in interactions
        ]
    cleaner = Cleaner(Redaction(KEY))
    begun = [cleaner.begin(one) for one in interactions]
    done = [cleaner.end(one) for one in begun]
    if any(one.looks for one in begun):  # words that only look like secrets are replaced here, and refused there
        for leg, one in zip(legs, done, strict=True):
            assert not [text for text in texts(one.interaction) if found_in(text, set(leg.secrets))]
        return
    assert [one.interaction for one in done] == known
    for before, after in zip(interactions, done, strict=True):
        inspector = Inspector(Policy())
        assert after.removed or not inspector.found(before), "what is kept as it was holds no secret"
