"""Finds the steps of the checks over time for a call. For a known kind of call, it makes the keys of the slices from a form.

Facts
-----
* A check over time makes the key of its slice from a few texts of a call (`MARKED`), such as the device's tag, and from parts that
  calls of one kind have in common. So a kind has one form for all keys of a call, with a blank for each of these texts.
* A form is found with an `Outline`: a call with marks in place of these texts. A kind has no form if a check asks for another part of
  the call, or if it changes a text before it puts the text into the key. Then the checks make their keys for each call.
* Calls with the same kind and the same texts share their steps. They also share which steps rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from operator import attrgetter, itemgetter
from typing import Any, TypeAlias

from msgspec import Struct

from gateway.core.adobe.call import Call
from gateway.core.bounded import Bounded
from gateway.core.checking import OverTimeCheck
from gateway.core.kinds import LIKE, MOST_FORMS, Kind
from gateway.core.model import Severity
from gateway.core.over_time import Step, Steps
from gateway.core.verdict import Defect

MARKED = ("device_tag", "address_tag", "token_tag", "subject_tag", "source_tag", "about_tag", "provider")
"""The texts of a call from which checks make the keys of slices. A key may contain a text as it is. If a text is empty, there may be no
key. A key may not depend on a text in another way."""
_marked = attrgetter(*MARKED)
_MARK = re.compile(rf"\0({'|'.join(MARKED)})\0")
"""A mark in an outlined slot."""
_COMMON = frozenset({*LIKE, "is_on"})
KEPT = 8 << 20
"""Limit of the kept steps, in bytes."""


_Shared: TypeAlias = tuple[Kind, tuple[str, ...], str, tuple[str, ...]]
"""The kind of a call, its texts in `MARKED`, its code, and its slots. The slots are left out if the kind has a form."""


class StepsOfCall(Struct, frozen=True, eq=False):
    """The steps for calls that are the same for the checks over time."""

    all: Steps
    remembering: Steps
    """The steps that remember something of the answer. Their slices are not kept before there is an answer."""
    defects: tuple[Defect, ...] = ()
    """The checks whose key could not be made."""

    @classmethod
    def of(cls, slots: tuple[str, ...], steps: tuple[Step, ...], defects: tuple[Defect, ...] = ()) -> StepsOfCall:
        """Return these steps, in the order of the checks, each with its slot."""
        places = [place for place, step in enumerate(steps) if step.remembers is not None]
        remembering = Steps(tuple([slots[place] for place in places]), tuple([steps[place] for place in places]))
        return cls(Steps(slots, steps), remembering, defects)


class Outline:
    """A call with marks in place of the texts in `MARKED`. It has only the parts that calls of its kind have in common."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def __getattr__(self, name: str) -> Any:
        if name in MARKED:
            return f"\0{name}\0" if getattr(self._call, name) else ""
        if name not in _COMMON:
            raise AttributeError(name)
        return getattr(self._call, name)


class _Form(Struct, frozen=True, eq=False):
    """The slots of calls of one kind."""

    text: str = ""
    """A line for each slot, with `%s` for each text."""
    texts: Callable[[tuple[str, ...]], object] = tuple
    """Returns the texts in the order of the form, from the texts in the order of `MARKED`."""
    steps: tuple[Step, ...] = ()

    def filled(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        """Return the slots of a call with these texts."""
        return tuple((self.text % self.texts(texts)).split("\n")) if self.steps else ()


_NO_FORM = _Form()
"""Stands for a kind without a form: the checks make their keys for each call."""


class StepsOf:
    """Finds the steps for a call."""

    def __init__(self, checks: Iterable[tuple[OverTimeCheck, Severity]]) -> None:
        """Take checks with their severities."""
        steps = [(check, Step.of(check, severity)) for check, severity in checks]
        self._keys = {
            inbound: [(check.key, f"{check.info.id} {side} ", step) for check, step in steps]
            for inbound, side in ((True, "in"), (False, "out"))
        }
        self._kept: Bounded[_Shared, StepsOfCall] = Bounded(
            "audit steps", KEPT, longest=1 << 16, size=_size_of_steps, regulars=True
        )

    def __call__(self, call: Call, kind: Kind | None) -> StepsOfCall:
        """Return the steps for a call of this kind. `kind`: None if it is not known."""
        if kind is None:
            return StepsOfCall.of(*self._by_keys(call))
        texts: tuple[str, ...] = _marked(call)
        given = tuple(map(bool, texts))
        form: _Form | None = kind.forms.get(given)
        if form is None and len(kind.forms) < MOST_FORMS:
            form = kind.forms[given] = self._form_of(call, texts)
        if form is None or form is _NO_FORM:
            return self._shared_by_keys(call, kind, texts)
        shared: _Shared = kind, texts, call.code, ()
        known: StepsOfCall | None = self._kept.get(shared)
        if known is None:
            slots = form.filled(texts)
            if len(slots) != len(form.steps):  # a text has several lines
                return self._shared_by_keys(call, kind, texts)
            known = StepsOfCall.of(slots, form.steps)
            self._kept.put(shared, known)
        return known

    def _shared_by_keys(self, call: Call, kind: Kind, texts: tuple[str, ...]) -> StepsOfCall:
        slots, steps, defects = self._by_keys(call)
        if defects:
            return StepsOfCall.of(slots, steps, defects)
        shared: _Shared = kind, texts, call.code, slots
        known: StepsOfCall | None = self._kept.get(shared)
        if known is None:
            known = StepsOfCall.of(slots, steps)
            self._kept.put(shared, known)
        return known

    def _by_keys(self, call: Call) -> tuple[tuple[str, ...], tuple[Step, ...], tuple[Defect, ...]]:
        """Ask each check for its key. Return the slots, the steps, and the checks that raised an error in place of a key."""
        slots: list[str] = []
        steps: list[Step] = []
        defects: list[Defect] = []
        for key_of, beginning, step in self._keys[call.inbound]:
            try:
                if (key := key_of(call)) is not None:
                    slots.append(beginning + key)
                    steps.append(step)
            except Exception as error:  # noqa: BLE001  # whatever a check raises, the exchange goes on
                defects.append(Defect(step.info.id, type(error).__name__))
        return tuple(slots), tuple(steps), tuple(defects)

    def _form_of(self, call: Call, texts: tuple[str, ...]) -> _Form:
        """Return the form for the slots of calls of this kind. If it gives wrong slots for this call, there is no form."""
        expected, _, defects = self._by_keys(call)
        outline: Any = Outline(call)
        slots, steps, failures = self._by_keys(outline)
        if defects or failures:  # a check asks for another part of the call
            return _NO_FORM
        text = "\n".join(slots)
        places = [MARKED.index(name) for name in _MARK.findall(text)]
        pick = itemgetter(*places) if places else lambda _: ()
        form = _Form(_MARK.sub("%s", text.replace("%", "%%")), pick, steps)
        return form if form.filled(texts) == expected else _NO_FORM


def _size_of_steps(shared: _Shared, steps: StepsOfCall) -> int:
    _, texts, code, slots = shared
    return 4000 + 200 * len(steps.all.steps) + sum(map(len, texts)) + len(code) + 3 * sum(map(len, slots))
