"""Errors of the API, in the dialect of the API that is asked."""

from __future__ import annotations

import json

import pytest

from gateway.core.faults.error import ApiErrorFault, _code
from tests.core.faults.calls import Plan, request


async def test_a_documented_error_is_answered_and_the_request_is_not_sent() -> None:
    effect = await Plan(ApiErrorFault("invalid_integration")).at(request())
    assert effect is not None
    assert effect.answer is not None
    assert effect.answer.status == 400
    assert isinstance(effect.answer.body, bytes)
    assert json.loads(effect.answer.body)["code"] == "invalid_integration"
    assert effect.whole, "the checks judge what the app makes of it"


async def test_it_happens_to_apis_that_document_the_code_alone() -> None:
    v1 = request("/api/v1/logout?deviceId=x", "DELETE")
    register = request("/o/client/register", "POST")
    assert await Plan(ApiErrorFault("invalid_integration")).at(v1) is None
    assert await Plan(ApiErrorFault("invalid_device_id")).at(v1) is not None
    assert await Plan(ApiErrorFault("invalid_client")).at(register) is not None
    assert await Plan(ApiErrorFault("invalid_client")).at(request("/")) is None


def test_another_code_is_refused_with_the_nearest_one() -> None:
    assert _code("invalid_client") == "invalid_client"
    with pytest.raises(ValueError, match='found "invalid_integratio"; did you mean invalid_integration'):
        _code("invalid_integratio")
    with pytest.raises(ValueError, match=r"docs/reference/faults\.md lists them"):
        _code("x" * 10_000)
