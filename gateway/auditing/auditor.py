"""Runs the audit on one exchange after another. It supplies the time, keeps the slices, and counts failing checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.audit import Audit, Judged, NotJudged
from gateway.core.model import Request
from gateway.core.standing import Stands
from gateway.core.state import MemoryState, SharedState, Slices
from gateway.core.unchanged import Unchanged
from gateway.core.verdict import Defect, Verdict


class _Standing(Struct, frozen=True, eq=False, gc=False):
    """An exchange that was judged."""

    unchanged: Unchanged
    state: SharedState

    def stands(self, at: float) -> bool:
        """Return whether the exchange would get the same findings again. If so, remember it for the checks over time."""
        changed = self.unchanged.changes(at, self.state.slices)
        if changed:
            self.state.keep(changed)
        return changed is not None


class Auditor:
    """An audit with a memory. All live traffic has one auditor, and each audited cassette has its own."""

    def __init__(
        self,
        audit: Audit,
        *,
        clock: Callable[[], float] | None = None,
        on_defect: Callable[[Defect], None] | None = None,
        state: SharedState | None = None,
    ) -> None:
        """`clock` returns seconds since the epoch, for exchanges without a date. Without a `clock`, these exchanges stay without a date.

        `state` keeps the slices of the past. Without a `state`, the auditor has its own memory. `on_defect` is called once for each kind
        of failure of each check. All failures are counted.
        """
        self.audit = audit
        self.defects: Counter[Defect] = Counter()
        """The checks that raised, and how often."""
        self.not_judged: Counter[NotJudged] = Counter()
        """What could not be judged, and in how many exchanges."""
        self.clock = clock
        self._on_defect = on_defect
        self._state = state or MemoryState()

    def judge(self, judged: Judged) -> Verdict:
        """Judge an exchange by all checks, and remember it for the checks over time."""
        verdict = self.audit(self._dated(judged), self._state.slices)
        if verdict.slices:
            self._state.keep(verdict.slices)
        return self._noted(verdict)

    async def _agreed(self, judge: Callable[[Judged, Slices], Verdict], judged: Judged) -> Verdict:
        """Judge by the slices of the past. Judge again as long as another gateway has changed the slices meanwhile."""
        judged, state = self._dated(judged), self._state
        verdict = judge(judged, state.slices)
        if state.alone:
            if verdict.slices:
                state.keep(verdict.slices)
            return self._noted(verdict)
        while verdict.slices and not await state.agree(verdict.slices):
            verdict = judge(judged, state.slices)
        return self._noted(verdict)

    def _noted(self, verdict: Verdict) -> Verdict:
        if verdict.not_judged:
            self.not_judged.update(verdict.not_judged)
        if verdict.defects:
            self._count(verdict.defects)
        return verdict

    def judge_before(self, judged: Judged) -> Coroutine[Any, Any, Verdict]:
        """Judge a request before it is sent, by all checks of requests and by the checks over time, and remember it."""
        return self._agreed(self.audit.before, judged)

    def judge_after(self, judged: Judged) -> Coroutine[Any, Any, Verdict]:
        """Judge the answer to a request that `judge_before` has judged, and remember the answer."""
        return self._agreed(self.audit.after, judged)

    def standing(
        self, judged: Judged, of: Request, *, before: int | None = None, after: int | None = None
    ) -> Stands | None:
        """Return a function that tests whether the exchange that was just judged would get the same findings again, and remembers it if so.

        `before` and `after`: the numbers of findings before it was sent, and of its answer; None for a half that is not tested.
        `of`: its request, as it is kept. None if this cannot be tested.
        """
        unchanged = self.audit.unchanged(self._dated(judged), of, before=before, after=after)
        return _Standing(unchanged, self._state).stands if unchanged is not None else None

    def judge_request(self, judged: Judged) -> Verdict:
        """Judge a request by the checks that need only this request. It is not remembered."""
        verdict = self.audit.request(self._dated(judged))
        if verdict.defects:
            self._count(verdict.defects)
        return verdict

    def judge_answer(self, judged: Judged) -> Verdict:
        """Judge an answer by the checks of answers alone, with the route of its request. It is not remembered."""
        return self.audit.answer(judged)

    def _dated(self, judged: Judged) -> Judged:
        return judged if judged.at is not None or self.clock is None else replace(judged, at=self.clock())

    def _count(self, defects: tuple[Defect, ...]) -> None:
        for defect in defects:
            self.defects[defect] += 1
            if self._on_defect is not None:
                say = partial(self._on_defect, defect)
                self._state.once("check failed", f"{defect.id} {defect.error}", say)
