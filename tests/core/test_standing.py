"""What stands behind a `send` is found, and hidden by whoever wraps it."""

from __future__ import annotations

from gateway.core.model import Request, Response
from gateway.core.standing import AllStand, always, standing_of

ASKED = Request("GET", "/")


class Lasting:
    async def send(self, _: Request) -> Response:
        return Response(200)

    def standing(self, _: Request) -> AllStand | None:
        return (always,)


class Passing:
    async def send(self, _: Request) -> Response:
        return Response(200)


def test_the_object_whose_method_sends_says_what_stands() -> None:
    assert standing_of(Lasting().send)(ASKED) == (always,)
    assert always(0.0)


def test_a_wrapper_hides_what_it_wraps() -> None:
    send = Lasting().send

    async def wrapped(request: Request) -> Response:
        return await send(request)

    assert standing_of(wrapped)(ASKED) is None
    assert standing_of(Passing().send)(ASKED) is None
