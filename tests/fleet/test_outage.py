"""What the log says of outages, against a clock that a test moves."""

from __future__ import annotations

import pytest

from gateway.fleet.outage import APART, HINT, Outage, OutageError

OUT, JOINED = "fleet out of reach", "fleet joined again"
LATE = "Redis does not answer"


class Told:
    """An outage, its clock, and the lines of the log."""

    def __init__(self) -> None:
        self.now = 0.0
        self.lines: list[tuple[str, dict[str, object]]] = []
        self.outage = Outage("local", lambda event, **about: self.lines.append((event, about)), lambda: self.now)

    def after(self, seconds: float, *, answers: bool) -> None:
        """Let time pass, with a look every second, and then let Redis answer or not."""
        for _ in range(round(seconds)):
            self.now += 1.0
            self.outage.look()
        if answers:
            self.outage.end()
        else:
            self.outage.begin(LATE)


def test_an_outage_is_two_lines_one_at_each_change() -> None:
    told = Told()
    told.after(1, answers=True)
    assert told.lines == [], "it never was away"
    told.after(1, answers=False)
    told.outage.decided_here(OutageError())
    told.after(30, answers=False)  # another try to connect
    told.outage.went_on()
    told.after(5, answers=True)
    told.after(5, answers=True)
    assert told.lines == [
        (OUT, {"why": LATE, "hint": HINT["local"]}),
        (JOINED, {"seconds": 35.0, "local": 2, "refused": 0}),
    ]


def test_outages_soon_after_a_return_are_one_line_with_their_number() -> None:
    """Redis may be late again and again on a busy machine."""
    told = Told()
    for _ in range(10):
        told.after(3, answers=False)
        told.outage.went_on()
        told.after(1, answers=True)
    told.after(APART, answers=True)
    assert told.lines[2:] == [(JOINED, {"seconds": 9.0, "outages": 9, "local": 9, "refused": 0})]
    told.after(2 * APART, answers=True)
    assert len(told.lines) == 3


def test_an_outage_that_lasts_beyond_the_quiet_time_is_said_then() -> None:
    told = Told()
    for _ in range(3):
        told.after(1, answers=False)
        told.after(1, answers=True)
    told.after(1, answers=False)
    told.after(APART, answers=False)
    assert told.lines[2:] == [(OUT, {"why": LATE, "outages": 3, "hint": HINT["local"]})]
    told.after(1, answers=True)
    assert told.lines[3:] == [(JOINED, {"seconds": 63.0, "outages": 3, "local": 0, "refused": 0})]


def test_after_a_quiet_time_an_outage_is_said_at_once_again() -> None:
    told = Told()
    told.after(1, answers=False)
    told.after(1, answers=True)
    told.after(APART, answers=False)
    told.after(1, answers=True)
    assert [event for event, _ in told.lines] == [OUT, JOINED, OUT, JOINED]


def test_with_refuse_a_step_is_not_decided_here() -> None:
    outage = Outage("refuse", lambda *_, **__: None)
    with pytest.raises(OutageError):
        outage.decided_here(OutageError(LATE))
    assert outage.local == 0
