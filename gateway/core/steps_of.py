"""Finds the steps of the checks over time for a call. For a known kind of call, it makes the keys of the slices from a form.

Facts
-----
* A check over time makes the key of its slice from a few texts of a call (`MARKED`), such as the device's tag, and from parts that
  calls of one kind have in common. So a kind has one form for all keys of a call, with a blank for each of these texts.
* A form is found with an `Outline`: a call with marks in place of these texts. A kind has no form if a check asks for another part of
  the call, or if it changes a text before it puts the text into the key. Then the checks make their keys for each call.
* A call of the same kind and with the same texts as an earlier call takes the steps of the earlier call. So they share which steps rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from operator import attrgetter, itemgetter
from typing import Any, TypeAlias

from msgspec import Struct

from gateway.core.adobe.call import Call
from gateway.core.checking import OverTimeCheck
from gateway.core.kinds import LIKE, MOST_FORMS, Kind
from gateway.core.model import Severity
from gateway.core.over_time import Step, Steps
from gateway.core.verdict import Defect

MARKED = ("device_tag", "address_tag", "token_tag", "subject_tag", "source_tag", "about_tag", "provider")
"""The texts of a call from which checks make the keys of slices. A key may contain a text as it is. If a text is empty, there may be no
key. A key may not depend on a text in another way."""
_texts_of = attrgetter(*MARKED, "code")
_MARK = re.compile(rf"\0({'|'.join(MARKED)})\0")
"""A mark in an outlined slot."""
_COMMON = frozenset({*LIKE, "is_on"})

Texts: TypeAlias = tuple[str, ...]
"""The texts of a call in `MARKED`, and its code."""


class StepsOfCall(Struct, frozen=True, eq=False, gc=False):
    """The steps for calls that are the same for the checks over time."""

    all: Steps
    remembering: Steps
    """The steps that remember something of the answer. Their slices are not kept before there is an answer."""
    defects: tuple[Defect, ...] = ()
    """The checks whose key could not be made."""
    texts: Texts | None = None
    """The texts from which a form made the slots. None: the checks made the slots."""


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
    """The slots and the steps of calls of one kind."""

    pieces: tuple[str, ...] = ()
    """A line for each slot, cut at the blanks. Every second piece stands for a blank."""
    texts: Callable[[Texts], tuple[str, ...]] = tuple
    """Takes the texts of a call. Returns the texts that fill the blanks, in order."""
    steps: tuple[Step, ...] = ()
    which_remember: Callable[[tuple[Any, ...]], tuple[Any, ...]] = tuple
    """Takes a tuple with an entry for each step. Returns the entries of the steps that remember something of answers."""
    remembering: tuple[Step, ...] = ()

    def filled(self, texts: Texts) -> tuple[str, ...]:
        """Return the slots of a call with these texts."""
        if not self.steps:
            return ()
        pieces = [*self.pieces]
        pieces[1::2] = self.texts(texts)
        return tuple("".join(pieces).split("\n"))


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

    def __call__(self, call: Call, kind: Kind | None, earlier: StepsOfCall | None = None) -> StepsOfCall:
        """Return the steps for a call of this kind. `kind`: None if it is not known. `earlier`: the steps of another call of this kind."""
        if kind is None:
            return self._by_keys(call)
        texts: Texts = _texts_of(call)
        if earlier is not None and earlier.texts == texts:
            return earlier
        given = tuple(map(bool, texts))
        form: _Form | None = kind.forms.get(given)
        if form is None and len(kind.forms) < MOST_FORMS:
            form = kind.forms[given] = self._form_of(call, texts)
        if form is None or form is _NO_FORM:
            return self._by_keys(call)
        slots = form.filled(texts)
        if len(slots) != len(form.steps):  # a text has several lines
            return self._by_keys(call)
        return StepsOfCall(Steps(slots, form.steps), Steps(form.which_remember(slots), form.remembering), (), texts)

    def _by_keys(self, call: Call) -> StepsOfCall:
        slots, steps, defects = self._slots_of(call)
        which_remember = _which_remember(steps)
        return StepsOfCall(Steps(slots, steps), Steps(which_remember(slots), which_remember(steps)), defects)

    def _slots_of(self, call: Call) -> tuple[tuple[str, ...], tuple[Step, ...], tuple[Defect, ...]]:
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

    def _form_of(self, call: Call, texts: Texts) -> _Form:
        """Return the form for the slots of calls of this kind. If it gives wrong slots for this call, there is no form."""
        expected, _, defects = self._slots_of(call)
        outline: Any = Outline(call)
        slots, steps, failures = self._slots_of(outline)
        if defects or failures:  # a check asks for another part of the call
            return _NO_FORM
        pieces = tuple(_MARK.split("\n".join(slots)))  # the marks' names are between the pieces of text
        texts_of_form = _picked([MARKED.index(name) for name in pieces[1::2]])
        which_remember = _which_remember(steps)
        form = _Form(pieces, texts_of_form, steps, which_remember, which_remember(steps))
        return form if form.filled(texts) == expected else _NO_FORM


def _which_remember(steps: tuple[Step, ...]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    return _picked([place for place, step in enumerate(steps) if step.remembers is not None])


def _picked(places: list[int]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """Return a function that returns the entries at these places of a tuple."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda entries: tuple([entries[place] for place in places])
