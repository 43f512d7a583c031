"""An exchange of a worker is shown once: as it was handed over, or as the stream has it where the worker was killed before."""

from __future__ import annotations

import json
from collections.abc import Sequence

from gateway.core.model import Exchange
from gateway.fleet import left_behind
from gateway.fleet.left_behind import LeftBehind
from gateway.fleet.stream import Passed
from tests.fleet.test_stream import ENTRY
from tests.harness.for_each import for_each


def passed(id_: str, run: str = "one", entry: bytes = b"") -> Passed:
    return Passed("lab-1", run, 1, "/", entry or json.dumps({**ENTRY, "id": id_}).encode())


@for_each(
    ("steps", "shown"),
    [
        (["stream a", "ends"], ["a"]),
        (["stream a", "stream b", "handed a", "ends"], ["b"]),
        (["handed a", "stream a", "ends"], []),
        (["ends", "stream a"], ["a"]),
        (["handed a", "ends", "stream a"], []),
        (["stream a", "other b", "ends", "stream c", "other d"], ["a", "c"]),
        (["ends", "stream a", "stream a"], ["a"]),
    ],
)
def test_what_a_killed_worker_left_is_shown(steps: Sequence[str], shown: Sequence[str]) -> None:
    seen: list[Exchange] = []
    left = LeftBehind(seen.append)
    left.begins(1, "one")
    left.begins(2, "two")
    for step in steps:
        what, _, id_ = step.partition(" ")
        if what == "ends":
            left.ends(1)
        elif what == "handed":
            left.handed(id_)
        else:
            left.hear(passed(id_, "one" if what == "stream" else "two"))
    assert [exchange.id for exchange in seen] == shown


def test_what_is_no_entry_is_passed_over() -> None:
    seen: list[Exchange] = []
    left = LeftBehind(seen.append)
    left.begins(1, "one")
    left.hear(passed("a", entry=b"{"))
    left.hear(passed("a", entry=b'{"id": "a"}'))
    left.ends(1)
    assert seen == []


def test_it_waits_within_bounds() -> None:
    """Of what is too much the oldest is not shown."""
    seen: list[Exchange] = []
    left = LeftBehind(seen.append)
    left.begins(1, "one")
    large = json.dumps({**ENTRY, "target": "/" + "x" * (left_behind.WAITING // 4)}).encode()
    for number in range(6):
        left.hear(passed("", entry=large.replace(b"1130e1-5", b"%d" % number)))
    left.ends(1)
    assert [exchange.id for exchange in seen] == ["3", "4", "5"]
