"""Progress is told in steps, and adds up."""

from __future__ import annotations

from rich.progress import TaskID

from gateway.scrubbing.progress import STEP, tracked
from tests.harness.for_each import for_each


class Counted:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.totals: list[float | None] = []
        self.told: list[float] = []

    def add_task(self, description: str, *, total: float | None) -> TaskID:
        assert description
        self.totals.append(total)
        return TaskID(0)

    def advance(self, task_id: TaskID, advance: float = 1) -> None:
        assert task_id == 0
        self.told.append(advance)


@for_each("count", [0, 1, STEP - 1, STEP, STEP + 1, 3 * STEP])
def test_every_piece_is_told_once(count: int) -> None:
    progress = Counted()
    assert list(tracked(progress, "reading", range(count))) == list(range(count))
    assert sum(progress.told) == count
    assert list(tracked(progress, "reading", iter("ab"))) == ["a", "b"]
    assert progress.totals == [count, None]
    assert list(tracked(None, "reading", "ab")) == ["a", "b"]
