"""The nearest requests: exact where there are few, cheap where there are many."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.matching import Difference, Index, Matcher
from gateway.core.model import Interaction, Request, Response
from gateway.core.nearest import LOOK_AT, Cost, Key, Nearby, unlike

MATCHER = Matcher()
TEXT = st.text(alphabet="ab/", max_size=6)
KEYS = st.tuples(
    st.sampled_from(["GET", "DELETE"]),
    TEXT,
    st.lists(st.tuples(st.sampled_from("xyz"), TEXT), max_size=3).map(lambda pairs: "&".join(map("=".join, pairs))),
)


def slowly_unlike(difference: Difference) -> int:
    left, right = difference.recorded, difference.got
    shorter = min(len(left), len(right))
    start = next((at for at in range(shorter) if left[at] != right[at]), shorter)
    end = next((at for at in range(shorter - start) if left[-1 - at] != right[-1 - at]), shorter - start)
    return len(left) + len(right) - 2 * (start + end)


def cost(recorded: Key, got: Key) -> tuple[int, int]:
    """What a request costs, as it is shown."""
    differences = MATCHER.differences(recorded, got)
    return len(differences), sum(map(slowly_unlike, differences))


@given(st.lists(KEYS, unique=True, max_size=30), KEYS)
def test_of_few_requests_the_nearest_are_those_that_cost_least(keys: list[Key], got: Key) -> None:
    order = sorted(range(len(keys)), key=lambda number: (cost(keys[number], got), number))
    assert Nearby(keys).nearest(got, 3, MATCHER.cost_against(got)) == order[:3]


@given(TEXT, TEXT)
def test_two_texts_are_as_unlike_as_what_remains_between_their_common_start_and_end(left: str, right: str) -> None:
    assert unlike(left, right) == slowly_unlike(Difference("", left, right))


def counting(got: Key, compared: list[Key]) -> Callable[[Key], Cost]:
    """Note what is compared."""
    measure = MATCHER.cost_against(got)

    def noted(key: Key) -> Cost:
        compared.append(key)
        return measure(key)

    return noted


def many(number: int = 20_000) -> list[Key]:
    return [
        (
            "GET",
            f"/api/v2/REF{at % 7}/profiles/mvpd{at // 50}",
            f"code={at:06}&redirectUrl=https%3A%2F%2F{at % 97}.example",
        )
        for at in range(number)
    ]


def test_of_many_requests_a_bounded_number_is_compared_and_the_nearest_is_found() -> None:
    """Whatever one part differs in."""
    keys = many()
    nearby = Nearby(keys)
    method, path, query = keys[12_345]
    for got in (
        ("PUT", path, query),
        (method, path + "x", query),
        (method, path.replace("REF", "REX"), query),
        (method, path, query + "x"),
        (method, path, query.replace("code=0", "code=x")),
        (method, path, query + "&x=1"),
    ):
        compared: list[Key] = []
        first, *_ = nearby.nearest(got, 3, counting(got, compared))
        assert cost(keys[first], got)[0] == 1
        assert len(compared) <= LOOK_AT


def test_what_is_compared_is_bounded_in_characters_too() -> None:
    keys: list[Key] = [("GET", f"/{number}" + "x" * 60_000, "") for number in range(300)]
    compared: list[Key] = []
    got = ("GET", "/", "")
    Nearby(keys).nearest(got, 3, counting(got, compared))
    assert 1 <= len(compared) < 10


def test_what_is_shown_of_a_long_difference_is_short() -> None:
    index = Index(MATCHER, [Interaction("", Request("GET", "/a?x=1"), Response(200), "")], lambda request: request)
    (near,) = index.nearest(("GET", "/" + "b" * 60_000, "x=" + "y" * 60_000))
    said = [str(difference) for difference in near.differences]
    assert len(said) == 2
    assert all(len(text) < 500 and "(6000" in text for text in said)
