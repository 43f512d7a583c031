"""Similar exchanges share a level, the counted findings and a few lines."""

from __future__ import annotations

from gateway.core.model import Response
from gateway.exchanges.alike import Alikes
from tests.exchanges.test_line_form import EXPIRED, FAULTY, SCOPE, WITH_URL, asked, exchange
from tests.harness.for_each import for_each

ADDRESS = "192.168.0.7"


def test_what_comes_twice_is_kept() -> None:
    """The second exchange may be of another device, for another path."""
    alikes = Alikes()
    first = alikes.of(exchange(asked(), 1, SCOPE), ADDRESS)
    second = alikes.of(exchange(asked(target="/other"), 2, SCOPE), ADDRESS)
    third = alikes.of(exchange(asked(), 3, SCOPE), ADDRESS)
    assert first is not None
    assert second is not None
    assert (first.is_kept, second.is_kept, third is second) == (False, True, True)


def test_the_level_and_the_counted_findings_are_those_of_the_exchange() -> None:
    alike = Alikes().of(exchange(asked(), 1, SCOPE, EXPIRED), ADDRESS)
    assert alike is not None
    assert alike.level == "error"
    assert alike.told == ("AUTH004 header Authorization", "AUTH003 header Authorization")


@for_each("reply", [WITH_URL, FAULTY[0], Response(204)])
def test_a_line_with_texts_of_its_own_shares_nothing(reply: Response) -> None:
    assert Alikes().of(exchange(asked(), 1, SCOPE, reply=reply), ADDRESS) is None
