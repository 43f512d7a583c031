"""The section `faults`, built from the faults' declarations. An entry is a fault's name, or a map with one fault and its conditions."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Struct, defstruct, field

from gateway.config.marks import Before, Made
from gateway.config.reading import Complaint, Section, keys_of
from gateway.config.rules import Declared, section_of, value_of
from gateway.core.fault_when import FaultWhen
from gateway.core.faults import FAULTS
from gateway.core.planned_fault import PlannedFault


class _OneFault(Section, frozen=True):
    """One fault: its name with its options, and `when` it happens."""

    @classmethod
    def together(cls, written: Mapping[str, Any]) -> Iterator[Complaint]:
        """Refuse an entry without a fault, or with several faults."""
        names = [name for name in FAULTS if written.get(name) is not None]
        if len(names) != 1:
            yield Complaint((), f"expected one of {', '.join(FAULTS)}, found {' and '.join(names) or 'none'}")

    def planned(self, key: str, begun: float) -> PlannedFault:
        """Return the fault. `key` identifies it. Its schedule starts at `begun`."""
        name = next(name for name in FAULTS if getattr(self, name) is not None)
        options: Declared = getattr(self, name)
        when: Declared = getattr(self, "when")  # noqa: B009  # made below
        return PlannedFault(name, value_of(options, self), value_of(when, self), key, begun)


def planned(entries: Iterable[_OneFault], begun: float, of: str = "") -> list[PlannedFault]:
    """Return the faults of a list, in its order. Their schedules start at `begun`, in seconds. `of` identifies the list."""
    return [entry.planned(f"{of} fault {number}".lstrip(), begun) for number, entry in enumerate(entries)]


def _named(value: object) -> object:
    """Turn a bare name into a map with this name."""
    return {value: None} if isinstance(value, str) else value


def _short(option: str | None) -> Callable[[object], object]:
    """Return a reader for a fault's options. No value, or `true`, means no options. Any value but a map is the first option."""

    def read(value: object) -> object:
        if value is None or value is True:
            return {}
        return {option: value} if option is not None and not isinstance(value, Mapping) else value

    return read


def _key(declaration: type[Struct]) -> Any:
    """Return the type of a fault's key: all its options, or only the first one."""
    section = section_of(declaration)
    first = next((key.name for key in keys_of(section).values() if key.kind is not bool), None)
    written: Any = section | None | Literal[True]
    if first is not None:
        written |= float | str
    return Annotated[section | None, Before(_short(first), written)]


def _when() -> type[Declared]:
    return section_of(FaultWhen)


def _always() -> Declared:
    return _when()()


if TYPE_CHECKING:
    OneFault = _OneFault
else:
    OneFault = defstruct(
        "OneFault",
        [
            *((name, Annotated[Declared | None, Made(partial(_key, kind))], None) for name, kind in FAULTS.items()),
            ("when", Annotated[Declared, Made(_when)], field(default_factory=_always)),
        ],
        bases=(_OneFault,),
        module=__name__,
        namespace={"__doc__": _OneFault.__doc__},
        frozen=True,
        kw_only=True,
    )

FaultEntry = Annotated[OneFault, Before(_named, OneFault | Literal[*FAULTS])]
