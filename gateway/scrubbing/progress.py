"""Shows the progress of a long piece of work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from rich.progress import TaskID

T = TypeVar("T")

STEP = 32
"""Number of pieces that are reported together. A report costs as much as a small piece of work."""


class Progress(Protocol):
    """Shows the progress, as rich does."""

    def add_task(self, description: str, *, total: float | None) -> TaskID:
        """Begin. `total` is None if it is unknown."""

    def advance(self, task_id: TaskID, advance: float = 1) -> None:
        """Report more finished pieces."""


def tracked(progress: Progress | None, description: str, pieces: Iterable[T]) -> Iterator[T]:
    """Yield the pieces, and report their number if somebody wants to know it."""
    if progress is None:
        yield from pieces
        return
    task = progress.add_task(description, total=len(pieces) if isinstance(pieces, Sized) else None)
    done = 0
    for done, piece in enumerate(pieces, 1):
        yield piece
        if done % STEP == 0:
            progress.advance(task, STEP)
    progress.advance(task, done % STEP)
