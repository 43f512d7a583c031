"""Runs the audit on one exchange after another: it supplies the time, keeps the slices, and counts checks that fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.audit import Audit, Judged, NotJudged
from gateway.core.model import Request
from gateway.core.over_time import Unchanged
from gateway.core.standing import Stands
from gateway.core.state import MemoryState, SharedState, Slices
from gateway.core.verdict import Defect, Verdict


class _Standing(Struct, eq=False):
    """Says whether an exchange is judged as before, and then remembers it."""

    unchanged: Unchanged
    state: SharedState

    def __call__(self, at: float) -> bool:
        changed = self.unchanged.changes(at, self.state.slices)
        if changed:
            self.state.keep(changed)
        return changed is not None


class Auditor:
    """An audit with a memory. One for all live traffic, or one for each cassette."""

    def __init__(
        self,
        audit: Audit,
        *,
        clock: Callable[[], float] | None = None,
        on_defect: Callable[[Defect], None] | None = None,
        state: SharedState | None = None,
    ) -> None:
        """`clock`: seconds since the epoch, for exchanges that have no date of their own; without it they have none.

        `state` keeps the slices of the past; without one the auditor has a memory of its own. `on_defect` hears once of each kind
        of failure of each check; all are counted.
        """
        self.audit = audit
        self.defects: Counter[Defect] = Counter()
        """The checks that raised, and how often."""
        self.not_judged: Counter[NotJudged] = Counter()
        """What could not be judged, and of how many exchanges."""
        self.clock = clock
        self._on_defect = on_defect
        self._state = state or MemoryState()

    def judge(self, judged: Judged) -> Verdict:
        """Judge an exchange by all checks, and remember it for those over time."""
        verdict = self.audit(self._dated(judged), self._state.slices)
        if verdict.slices:
            self._state.keep(verdict.slices)
        return self._noted(verdict)

    async def _agreed(self, judge: Callable[[Judged, Slices], Verdict], judged: Judged) -> Verdict:
        """Judge by the slices of the past, and anew as long as somebody else has changed them meanwhile."""
        judged, state = self._dated(judged), self._state
        while (verdict := judge(judged, state.slices)).slices and not await state.agree(verdict.slices):
            pass
        return self._noted(verdict)

    def _noted(self, verdict: Verdict) -> Verdict:
        if verdict.not_judged:
            self.not_judged.update(verdict.not_judged)
        if verdict.defects:
            self._count(verdict.defects)
        return verdict

    async def judge_before(self, judged: Judged) -> Verdict:
        """Judge a request that is about to be sent, by itself and by what went before it, and remember it."""
        return await self._agreed(self.audit.before, judged)

    async def judge_after(self, judged: Judged) -> Verdict:
        """Judge the answer to a request that was judged before it was sent, and remember that."""
        return await self._agreed(self.audit.after, judged)

    def standing(
        self, judged: Judged, of: Request, *, before: int | None = None, after: int | None = None
    ) -> Stands | None:
        """Return a function that says whether the exchange judged just now would get the same findings again, and then remembers it.

        `before` and `after`: how many findings there were of it before it was sent, and of its answer; None for the half that is not
        asked about. `of`: its request, which is kept. None where nothing can say that.
        """
        unchanged = self.audit.unchanged(self._dated(judged), of, before=before, after=after)
        return _Standing(unchanged, self._state) if unchanged is not None else None

    def judge_request(self, judged: Judged) -> Verdict:
        """Judge a request by the checks that need nothing else; nothing is remembered of it."""
        verdict = self.audit.request(self._dated(judged))
        if verdict.defects:
            self._count(verdict.defects)
        return verdict

    def judge_answer(self, judged: Judged) -> Verdict:
        """Judge an answer alone, with the route of its request; nothing is remembered of it."""
        return self.audit.answer(judged)

    def _dated(self, judged: Judged) -> Judged:
        return judged if judged.at is not None or self.clock is None else replace(judged, at=self.clock())

    def _count(self, defects: tuple[Defect, ...]) -> None:
        for defect in defects:
            self.defects[defect] += 1
            if self._on_defect is not None:
                say = partial(self._on_defect, defect)
                self._state.once("check failed", f"{defect.id} {defect.error}", say)
