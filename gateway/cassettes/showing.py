"""Shows cassettes to a reader: the list of cassettes, one cassette as a table, and its exchanges as HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from gateway.cassettes.errors import CassetteError
from gateway.cassettes.files import SUFFIX, cassettes_in
from gateway.cassettes.reader import load
from gateway.core.model import Headers, Interaction, Request, Response
from gateway.core.recorded_devices import device_names
from gateway.core.text import printable
from gateway.core.times import seconds_of

if TYPE_CHECKING:
    from rich.table import Table

WIDE = 140
"""Characters in a line that has space for all columns of a cassette, and for its requests."""
NEEDS: Mapping[str, int] = {"type": WIDE, "bytes": WIDE, "ms": WIDE, "recorded": 100}
"""Columns that a narrower terminal leaves out. Otherwise each request would become a column of letters."""
LONGEST_DEVICE = 24
"""Longest device name in a table, in characters. Old cassettes have a pseudonym instead of the name, which is shortened."""
_UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"))


class Listed(Struct, frozen=True):
    """One cassette of a folder."""

    name: str
    interactions: int
    size: int
    recorded_at: str
    """The time of its last interaction. Empty if this is unknown."""
    sources: tuple[str, ...]


def listing(folder: Path, failed: list[str]) -> Iterator[Listed]:
    """Yield the cassettes below `folder`. Unreadable ones are listed in `failed`."""
    for path in cassettes_in(folder):
        try:
            held = load(path).interactions
            size = path.stat().st_size
        except (CassetteError, OSError) as error:
            failed.append(str(error))
            continue
        last = max((interaction.recorded_at for interaction in held), default="")
        sources = dict.fromkeys(source_of(interaction) for interaction in held)
        name = path.relative_to(folder).as_posix().removesuffix(SUFFIX)
        yield Listed(name, len(held), size, last, tuple(sources))


def listing_table(listed: Sequence[Listed], now: float) -> Table:
    """Return a table of cassettes. `now`, in seconds since 1970, is for their age."""
    table = _table("cassette", "interactions", "age", "size", "sources")
    for entry in listed:
        _row(
            table,
            printable(entry.name),
            str(entry.interactions),
            age(entry.recorded_at, now),
            size_of(entry.size),
            printable(", ".join(entry.sources)),
        )
    return table


def shown(interactions: Sequence[Interaction], width: int = WIDE) -> Table:
    """Return a table of interactions. `width`: characters in a line of the terminal. A narrow table lacks some columns."""
    from rich.text import Text  # noqa: PLC0415  as below

    origins = list(dict.fromkeys(interaction.origin for interaction in interactions))
    columns = ("#", "recorded", "device", "request", "status", "type", "bytes", "ms", "source")
    fits = [width >= NEEDS.get(column, 0) for column in columns]
    table = _table(*compress(columns, fits))
    table.title, table.title_justify = Text(printable(", ".join(origins))), "left"
    devices = device_names(interactions)
    for number, (interaction, device) in enumerate(zip(interactions, devices, strict=True), 1):
        request, response = interaction.request, interaction.response
        cells = (
            str(number),
            printable(interaction.recorded_at[:19].replace("T", " ")) or "?",
            printable(device if len(device) <= LONGEST_DEVICE else f"{device[: LONGEST_DEVICE - 8]}…") or "?",
            printable(f"{request.method} {interaction.origin if len(origins) > 1 else ''}{request.target}"),
            printable(f"{response.status} {response.reason}".rstrip()),
            printable(response.headers.get("Content-Type").partition(";")[0]) or "-",
            str(len(_body(response))),
            printable(str(interaction.about.get("elapsed_ms", "-"))),
            printable(source_of(interaction)),
        )
        _row(table, *compress(cells, fits))
    return table


def raw(interactions: Sequence[Interaction], *, terminal: bool) -> Iterator[bytes]:
    """Yield exchanges as HTTP. For a `terminal`, control characters are made visible. Of a binary body, only the size is shown."""
    for number, interaction in enumerate(interactions, 1):
        request, response = interaction.request, interaction.response
        host = interaction.origin.partition("://")[2]
        when = f", recorded at {interaction.recorded_at}" if interaction.recorded_at else ""
        yield f"### {number}: {interaction.origin}{when}, {source_of(interaction)}\r\n".encode()
        line = f"{request.method} {request.target} HTTP/1.1\r\n".encode("latin-1")
        fields = (
            request.headers if "Host" in request.headers else Headers(((b"Host", host.encode()), *request.headers.raw))
        )
        yield _message(line, fields, _body(request), terminal)
        line = f"HTTP/1.1 {response.status} {response.reason}\r\n".encode("latin-1")
        yield _message(line, response.headers, _body(response), terminal)


def source_of(interaction: Interaction) -> str:
    """Return the source of an answer: upstream, emulator, or the tool whose file was imported."""
    source = interaction.about.get("source") or interaction.about.get("imported_from") or "unknown"
    return str(source)


def age(recorded_at: str, now: float) -> str:
    """Return an age in words: 3 d, 5 h, 12 min."""
    then = seconds_of(recorded_at)
    if then is None:
        return "?"
    seconds = now - then
    for length, unit in _UNITS:
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return "just now"


def size_of(count: int) -> str:
    """Return a number of bytes for a person."""
    number = float(count)
    for unit in ("B", "KiB", "MiB"):
        if number < 1024:  # noqa: PLR2004  that is what a KiB is
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} GiB"


def _message(line: bytes, headers: Headers, body: bytes, terminal: bool) -> bytes:
    head = line + b"".join([name + b": " + value + b"\r\n" for name, value in headers.raw]) + b"\r\n"
    if not terminal:
        return head + body + b"\r\n\r\n"
    try:
        text = printable(body.decode().replace("\r\n", "\n"), but="\n\t")
    except UnicodeDecodeError:
        text = f"({len(body)} bytes that are no text)"
    lines = printable(head.decode("latin-1").replace("\r\n", "\n"), but="\n\t")
    return f"{lines}{text}\n\n".encode()


def _table(*columns: str) -> Table:
    from rich.table import Table  # noqa: PLC0415  slow to import, and a gateway that replays needs none

    table = Table()
    for column in columns:
        right = column in {"interactions", "age", "size", "#", "bytes", "ms"}
        whole = column not in {"request", "cassette", "sources"}
        table.add_column(column, justify="right" if right else "left", overflow="fold", no_wrap=whole)
    return table


def _row(table: Table, *cells: str) -> None:
    from rich.text import Text  # noqa: PLC0415  as above

    table.add_row(*map(Text, cells))  # a Text has no markup


def _body(message: Request | Response) -> bytes:
    return message.body if isinstance(message.body, bytes) else b""
