"""What is left out of a value's `repr`, and of what rich shows of it."""

from __future__ import annotations

from rich.pretty import pretty_repr

from gateway.core.model import Headers, Request, Response
from gateway.emulator.model import Call
from gateway.transports.registration import Credentials, Grant
from gateway.transports.token_holder import Client
from tests.harness.for_each import for_each

SECRET = "c0ffee-c0ffee-c0ffee"  # that is the point
HEADERS = Headers.of({"Authorization": SECRET})
VALUES = [
    (Grant(SECRET, 3.0), "Grant(life=3.0)"),
    (Credentials("id-" + SECRET, SECRET), "Credentials()"),
    (Client(client_secret=SECRET), "Client()"),
    (
        Request("GET", f"/a?b={SECRET}", HEADERS, SECRET.encode(), rewritten_from=SECRET),
        "Request(GET /a, Headers(Authorization))",
    ),
    (
        Response(200, "OK", HEADERS, SECRET.encode()),
        "Response(status=200, reason='OK', headers=Headers(Authorization), source='gateway', notes=(), damage=None)",
    ),
    (Call("GET", f"/a?b={SECRET}", (("a", SECRET),), SECRET.encode()), "Call(GET /a)"),
]


@for_each(("value", "shown"), VALUES, ids=[type(value).__name__ for value, _ in VALUES])
def test_no_secret_is_shown(value: object, shown: str) -> None:
    assert repr(value) == shown
    assert SECRET not in pretty_repr(value)


def test_equal_headers_share_their_fields() -> None:
    """Memories keep the fields of each device several times. Fields that were compared once are the same object."""
    one, same, other = (Headers.of({"A": value}) for value in ("same", "same", "other"))
    assert (one == other, one == same.raw, one.raw is same.raw) == (False, False, False)
    assert {one: 1}[same] == 1
    assert one.raw is same.raw
    assert one.raw is not other.raw
