"""OPTIONS is answered for what stands in for the API; what a real upstream is asked reaches it, and its answer the app."""

from __future__ import annotations

import pytest

from gateway.core.errors import gateway_error
from gateway.core.model import Headers, Request, Response
from gateway.transports.cross_origin import CrossOrigin
from tests.conversation import request

PAGE = {"Origin": "http://tv.example:3000"}
PREFLIGHT = request("OPTIONS", "/api/v2/REF30/profiles", **PAGE, Access_Control_Request_Method="GET")
RECORDED = Response(200, "OK", Headers.of({"Allow": "GET"}), b"", "cassette")
MISS = gateway_error(502, "gateway_replay_miss", "none")


class Behind:
    def __init__(self, answer: Response = RECORDED, *, stands_in: bool = True, is_on: bool = True) -> None:
        self.seen: list[Request] = []
        self.told = 0
        self.answer = answer
        self.cross_origin = CrossOrigin(lambda _: stands_in, is_on=is_on, says_off=self.tell)

    def tell(self) -> None:
        self.told += 1

    async def send(self, asked: Request) -> Response:
        self.seen.append(asked)
        return self.answer


async def test_options_is_answered_and_goes_no_further() -> None:
    behind = Behind()
    answer = await behind.cross_origin.around(behind.send)(PREFLIGHT)
    assert (answer.status, behind.seen) == (204, [])


async def test_every_other_method_goes_on() -> None:
    behind = Behind()
    asked = request("GET", "/", **PAGE)
    assert await behind.cross_origin.around(behind.send)(asked) is RECORDED
    assert behind.seen == [asked]


@pytest.mark.parametrize(("held", "status"), [(RECORDED, 200), (MISS, 204)])
async def test_what_the_cassette_holds_of_options_goes_first(held: Response, status: int) -> None:
    behind = Behind(held)
    assert (await behind.cross_origin.around(behind.send, recorded=True)(PREFLIGHT)).status == status
    assert [asked.may_be_missing for asked in behind.seen] == [True]


async def test_a_real_upstream_answers_for_itself() -> None:
    """A permission of ours would let any web page log televisions out."""
    behind = Behind(stands_in=False)
    assert await behind.cross_origin.around(behind.send)(PREFLIGHT) is RECORDED
    assert behind.seen == [PREFLIGHT]
    assert behind.cross_origin.readable(PREFLIGHT, RECORDED) is RECORDED


async def test_off_allows_nothing_and_says_so() -> None:
    behind = Behind(MISS, is_on=False)
    assert await behind.cross_origin.around(behind.send)(PREFLIGHT) is MISS
    assert behind.cross_origin.readable(PREFLIGHT, RECORDED) is RECORDED
    assert behind.told == 1
    await behind.cross_origin.around(behind.send)(request("OPTIONS", "/"))
    assert behind.told == 1


def test_a_reply_is_readable_whoever_gave_it() -> None:
    found = Behind().cross_origin.readable(request("GET", "/", **PAGE), MISS)
    assert found.headers["Access-Control-Allow-Origin"] == PAGE["Origin"]
    assert found.headers["X-Gateway-Error"] == "gateway_replay_miss"
