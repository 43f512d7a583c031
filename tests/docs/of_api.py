"""The endpoints of the control listener, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from gateway.control.api import endpoints as served
from gateway.control.sessions import SessionTable
from tests.docs.tables import code, table


def endpoints() -> str:
    """Return each endpoint of the API with its first sentence, and what it takes."""
    sessions = SessionTable(None, lambda _: None)  # type: ignore[arg-type]  # nothing is asked
    rows = (
        (
            code(f"{one.method} {one.path}"),
            (one.do.__doc__ or "").strip().partition("\n")[0],
            ", ".join(_members(one.query)),
            ", ".join(_members(one.takes)),
            "yes" if one.of_gateway else "",
        )
        for one in sorted(served(sessions), key=lambda one: one.path)
        if one.path.startswith("/api/")
    )
    return table(("endpoint", "what it does", "query", "body", "in a session"), rows)


def _members(kind: Any) -> Iterator[str]:
    """Yield the names that a query or a body may have."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield from (code(one.encode_name) for one in msgspec.structs.fields(kind))
