"""The base of every value: msgspec's `Struct`, frozen. Making one takes a tenth of a dataclass's time.

An exchange makes about twenty values. Each run of pytest or of a command makes the classes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from msgspec import Struct

Fields: TypeAlias = list[tuple[str, Any]]


def repr_without(*hidden: str) -> tuple[Callable[[Any], str], Callable[[Any], Fields]]:
    """Return a `__repr__`, and rich's `__rich_repr__`, without these fields, which have secrets or are long."""

    def fields(self: Struct) -> Fields:
        return [(name, getattr(self, name)) for name in self.__struct_fields__ if name not in hidden]

    def shown(self: Struct) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in fields(self))})"

    return shown, fields
