"""Tokens that expire in the middle."""

from __future__ import annotations

import json

from gateway.core.faults.expired_token import ExpiredToken
from gateway.core.model import Request
from tests.core.faults.calls import LOGOUT, Plan, request


def bearing(token: str, target: str = LOGOUT, method: str = "GET") -> Request:
    return request(target, method, Authorization=f"Bearer {token}")


async def test_a_token_is_good_for_some_calls_and_a_new_one_anew() -> None:
    plan = Plan(ExpiredToken(calls=2))
    tokens = ["one", "one", "one", "one", "two", "two", "two"]
    assert [await plan.at(bearing(token)) is None for token in tokens] == [True, True, False, False, True, True, False]


async def test_a_token_is_good_for_some_seconds_from_its_first_call_on() -> None:
    plan = Plan(ExpiredToken(seconds=60.0))
    assert [await plan.at(bearing("one"), now) is None for now in (100.0, 130.0, 159.0, 160.0)] == [
        True,
        True,
        True,
        False,
    ]


async def test_the_answer_is_401_in_the_dialect_of_the_api() -> None:
    bodies = []
    for call in (bearing("one"), bearing("two", "/api/v1/checkauthn?requestor=REF30&deviceId=x")):
        effect = await Plan(ExpiredToken(calls=0)).at(call)
        assert effect is not None
        assert effect.answer is not None
        assert effect.answer.status == 401
        assert isinstance(effect.answer.body, bytes)
        bodies.append(json.loads(effect.answer.body))
    assert bodies[0]["code"] == "invalid_access_token_client_application"
    assert bodies[0]["action"] == "application-registration"
    assert bodies[1]["status"] == 401


async def test_calls_without_a_bearer_token_and_those_for_one_are_let_be() -> None:
    plan = Plan(ExpiredToken(calls=0))
    assert await plan.at(request()) is None
    assert await plan.at(request(Authorization="Basic eDp5")) is None
    assert await plan.at(bearing("one", "/o/client/token", "POST")) is None
