"""The eight documented logouts, as the pages of REST API v2 and v1 print them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from msgspec import Struct

from gateway.core.model import Headers, Request


class Sample(Struct, frozen=True):
    """One documented request."""

    name: str
    request: Request


def samples() -> Iterator[Sample]:
    """Yield the documented requests in the order of the pages; the eighth is v1's."""
    folder = files(__name__)
    for name in sorted(path.name for path in folder.iterdir() if path.name.endswith(".request.http")):
        start, *lines = folder.joinpath(name).read_text("ascii").splitlines()
        method, target, _ = start.split(" ")  # the pages print a blank line after the request line, and no Host
        headers = Headers.of([tuple(line.split(": ", 1)) for line in lines if line])  # type: ignore[misc]  # name and value
        yield Sample(name.removesuffix(".request.http"), Request(method, target, headers))
