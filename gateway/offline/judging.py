"""Judges one test by the facts of its gateway: once after the test itself, and again when its other fixtures have ended.

Slow modules are imported only when there is something to report, since pytest loads this module in every run.
"""

# ruff: noqa: PLC0415  # see above
from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from gateway.offline.log import KeptLog
    from gateway.offline.outcome import Outcome
    from gateway.offline.running import Offline
    from gateway.offline.settings import Wanted


@dataclass
class Used:
    """The gateway of a test, and the results of both."""

    gateway: Offline
    wanted: Wanted
    log: KeptLog
    unplayed: str
    """The effect of unplayed interactions."""
    alone: bool
    """Whether no other test uses its cassette."""
    whole: bool = False
    """Whether the test itself finished. If it stopped early, requests that did not come are no problem."""
    partly: bool = False
    """Whether a subtest failed or was skipped."""
    failed: bool = False
    """Whether the test was failed already."""
    seen: Outcome | None = None
    """The outcome at the last judgement, which is in a report already."""
    final: Outcome | None = None
    """The outcome at the end of the gateway."""

    @property
    def fails_itself(self) -> bool:
        """Whether unplayed interactions fail the test itself, since no other test uses the cassette. Otherwise they fail the session."""
        return self.alone and self.unplayed == "fail"


def judge(item: pytest.Item, used: Used, outcome: Outcome, *, ended: bool) -> None:
    """Fail for problems since the last judgement. Unplayed recordings and unmet expectations count only when the test has `ended`."""
    before = used.seen
    _look(item, used, outcome)
    wrong = [
        *_missed(outcome, before),
        *_lost(outcome, before),
        *_connected(used, outcome, before),
        *_found(outcome, before, used.wanted),
    ]
    if ended and used.whole and not used.failed:
        wrong += _unmet(outcome)
        if not wrong and outcome.unplayed and used.fails_itself:
            from gateway.offline.outcome import not_played

            wrong.append(not_played(outcome.cassette, [*used.gateway.named(outcome.unplayed).values()]))
    if wrong:
        used.failed = True
        if getattr(item, "_excinfo", None):
            item._excinfo = None  # type: ignore[attr-defined]  # noqa: SLF001  # pytest would report that skip in its place
        pytest.fail("\n".join(wrong), pytrace=False)


def explain(item: pytest.Item, used: Used, outcome: Outcome) -> None:
    """Add the probable reason to the report of a failed test."""
    used.failed = True
    if log := used.log.text():
        item.add_report_section("call", "gateway log", log)
    if missed := _missed(outcome, None):
        item.add_report_section("call", "gateway misses", "\n".join(missed))
    if outcome.lost:
        item.add_report_section("call", "gateway recordings", "\n".join(_lost(outcome, None)))
    if outcome.unmet:
        item.add_report_section("call", "gateway expectations", "\n".join(_unmet(outcome)))
    _look(item, used, outcome)


def raised_in_unittest(item: pytest.Item) -> list[BaseException]:
    """Return the errors of a TestCase. pytest keeps them, and does not raise them again."""
    return [info.value for info in getattr(item, "_excinfo", None) or ()]


def stops_early(error: BaseException) -> bool:
    """Whether a test with this error is skipped, or expected to fail."""
    unittest = sys.modules.get("unittest")  # if it is not imported, nobody has raised its errors
    kinds = (pytest.skip.Exception, pytest.xfail.Exception, *((unittest.SkipTest,) if unittest is not None else ()))
    return isinstance(error, kinds)


def _look(item: pytest.Item, used: Used, outcome: Outcome) -> None:
    """Add the findings to the test's report, once."""
    if outcome.findings and not (used.seen and used.seen.findings):
        item.add_report_section("call", "gateway findings", outcome.found())
    used.seen = outcome


def _missed(outcome: Outcome, before: Outcome | None) -> list[str]:
    told, counted = (len(before.misses), before.missed) if before is not None else (0, 0)
    if outcome.missed == counted:
        return []
    from gateway.offline.outcome import HOW_TO_RECORD

    new = outcome.misses[told:]
    more = outcome.missed - counted - len(new)
    last = [f"and {more} more"] if more else []
    return [
        f"no answer{outcome.in_cassette}:",
        *new,
        *last,
        HOW_TO_RECORD.format("--gateway-mode=", "--gateway-re-record"),
    ]


def _lost(outcome: Outcome, before: Outcome | None) -> list[str]:
    told = before.lost if before is not None else {}
    if outcome.lost == told:
        return []
    from gateway.offline.outcome import lost

    return [lost({why: count - told.get(why, 0) for why, count in outcome.lost.items() if count != told.get(why, 0)})]


def _connected(used: Used, outcome: Outcome, before: Outcome | None) -> list[str]:
    opened, told = outcome.upstream_connections, before.upstream_connections if before is not None else 0
    if used.gateway.mode != "replay" or opened == told:
        return []
    return [f"expected no connection to an upstream in a replay, found {opened}"]


def _found(outcome: Outcome, before: Outcome | None, wanted: Wanted) -> list[str]:
    known = {found.finding for found in before.findings} if before is not None else set()
    failing = outcome.failing(wanted.fail_on)
    return [f"audit={wanted.audit!r}: {found}" for found in failing if found.finding not in known]


def _unmet(outcome: Outcome) -> list[str]:
    return [f"expected a request, found none: {entry}" for entry in outcome.unmet]
