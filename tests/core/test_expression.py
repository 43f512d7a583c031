"""A user's expression is run by RE2: a search is linear in the text, whatever it says, and all searches have a budget."""

from __future__ import annotations

import pickle
import time

import pytest

from gateway.core.expression import A_MATCH, Expression
from gateway.core.secrets.budget import OverBudgetError
from tests.harness.for_each import for_each


def starred(expression: str, text: str) -> str:
    return Expression(expression).sub(lambda _: "*", text)


@pytest.mark.parametrize(
    ("expression", "text", "changed"),
    [
        ("acct-[0-9]+", "acct-12 and acct-7", "* and *"),
        ("küche-[a-zß]+", "eine küche-groß, ja", "eine *, ja"),
        ("b", "\ud800b\udfff", "\ud800*\udfff"),
        (r"\d+$", "1 2 33", "1 2 *"),
        ("x", "", ""),
    ],
)
def test_whatever_matches_is_replaced_and_every_other_character_stays(expression: str, text: str, changed: str) -> None:
    assert starred(expression, text) == changed


@for_each("expression", ["(", "(?<=a)b", "(?=a)", r"(a)\1", "a++", "\ud800"])
def test_what_re2_does_not_take_is_a_value_error_that_says_why(expression: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Expression(expression)


@pytest.mark.parametrize("expression", ["(a+)+b", "(a|aa)+$b", "(.*)*=", "a*a*a*a*b", r"\S+@x"])
def test_no_expression_takes_more_than_its_text_is_worth(expression: str) -> None:
    """Each takes Python's own engine minutes, or for ever."""
    began = time.thread_time()
    starred(expression, "a" * (1 << 20))
    assert time.thread_time() - began < 1


@pytest.mark.parametrize("expression", ["a(.*b)?", "a(a*b)*", "(a.*c|a)"])
def test_searches_that_each_read_on_to_the_end_are_over_the_budget(expression: str) -> None:
    """All of them would take half an hour. The clock runs fast, so that the budget is used up soon."""
    began = time.thread_time()
    with pytest.raises(OverBudgetError, match="takes too long in a text of 1048576 characters"):
        Expression(expression, lambda: 5 * time.thread_time()).sub(lambda _: "*", "a" * (1 << 20))
    assert time.thread_time() - began < 3


def test_each_match_adds_to_the_budget_and_what_is_done_with_it_takes_none() -> None:
    ticks = iter(range(10**6))
    seconds = Expression("a", lambda: next(ticks) * A_MATCH * 0.99)
    assert seconds.sub(lambda _: "*", "a" * 50_000) == "*" * 50_000
    now = [0.0]

    def replaced(_: object) -> str:
        now[0] += 60
        return "*"

    assert Expression("a", lambda: now[0]).sub(replaced, "aaa") == "***"


def test_it_can_be_handed_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(Expression("a"))).sub(lambda _: "*", "ba") == "b*"  # noqa: S301  # our own
