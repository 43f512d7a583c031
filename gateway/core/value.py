"""What every value is: msgspec's `Struct`, frozen. One is made in a tenth of a dataclass's time, and so is its class, of which there are eighty.

An exchange makes some twenty values; each run of pytest or of a command makes the classes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct


def repr_without(*hidden: str) -> Callable[[Any], str]:
    """Return a `__repr__` that leaves out these fields: they hold secrets, or are long."""

    def shown(self: Struct) -> str:
        fields = [f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__ if name not in hidden]
        return f"{type(self).__name__}({', '.join(fields)})"

    return shown
