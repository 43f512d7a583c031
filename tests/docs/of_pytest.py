"""The options of the pytest plugin, as a table."""

from __future__ import annotations

from typing import Any

from gateway.pytest_plugin import pytest_addoption
from tests.docs.tables import code, table


class _Group:
    """Takes options as pytest's own group does, and keeps them."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str]] = []

    def getgroup(self, *_: str) -> _Group:
        return self

    def addoption(self, name: str, **about: Any) -> None:
        takes = ", ".join(map(code, about.get("choices", ()))) or code(about.get("metavar", ""))
        said = about["help"][:1].upper() + about["help"][1:].rstrip(".") + "."
        self.rows.append(
            (code(name), takes + (f" (default: `{about['default']}`)" if "default" in about else ""), said)
        )


def options() -> str:
    """Return each option with what it takes."""
    group = _Group()
    pytest_addoption(group)  # type: ignore[arg-type]  # all of it that is used
    return table(("option", "takes", "meaning"), group.rows)
