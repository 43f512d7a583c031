"""The log for a person: one line for each exchange, and further lines only for new findings."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from textwrap import wrap

from msgspec import Struct

from gateway.core.model import Severity
from gateway.core.severity import MARKS, RANK
from gateway.core.text import cut, cut_middle, printable
from gateway.core.times import seconds_of
from gateway.core.wording import event_line, nth
from gateway.exchanges.logged import SERVER_ERROR, Logged, LoggedFinding

LEAST_PATH = 12
"""Characters of a path that are shown even on a narrow terminal."""
LEAST_SAID = 8
"""The least number of characters shown of a call's findings."""
LONGEST_TEXT = 300
"""Characters of a finding's `found` that are shown; the JSON has the whole text."""
INDENT = "    "
CLIENT_ERROR = 400
DIM, BOLD, RED, YELLOW, CYAN = "2", "1", "31", "33", "36"
COLOURS: Mapping[Severity, str] = {"error": RED, "warning": YELLOW, "info": ""}


class Look(Struct, frozen=True):
    """How wide a line may be, and whether it has colours."""

    width: int | None = None
    """Columns of the terminal; None without a terminal."""
    colour: bool = False

    def paint(self, text: str, style: str) -> str:
        """Return a text in a style of ECMA-48."""
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour and style and text else text


PLAIN = Look()


class _Note(Struct, frozen=True):
    """A finding, or an error of the gateway itself, as the line of its exchange shows it."""

    severity: Severity
    name: str
    title: str
    times: int
    is_new: bool

    def text(self, *, whole: bool) -> str:
        """Return the name and the count. `whole`: add the title, unless a further line shows it."""
        title = f" {self.title}" if whole and self.title and not self.is_new else ""
        return printable(f"{self.name}{title}") + (f" ({nth(self.times)} time)" if self.times > 1 else "")


def exchange_text(logged: Logged, look: Look = PLAIN) -> str:
    """Return the line of an exchange and its further lines, each with its line end."""
    style = COLOURS[logged.level]
    notes = sorted(_notes(logged), key=lambda note: RANK[note.severity])
    before = [
        (clock(logged.timestamp), DIM),
        (printable(logged.address), ""),
        (printable(logged.device), CYAN),
        (printable(logged.method), BOLD),
    ]
    after = [
        (str(logged.status), RED if logged.status >= SERVER_ERROR else BOLD),
        (printable(f"fault {logged.fault}" if logged.fault else logged.upstream or logged.source), ""),
        (_duration(logged.ms), DIM),
    ]
    path, said = printable(logged.path), _summaries(notes)
    room = (
        sys.maxsize
        if look.width is None
        else look.width - sum([len(text) + 1 for text, _ in (*before, *after) if text])
    )
    path, about = _fitted(path, said, room)
    parts = [*before, (path, ""), *after, (about, style)]
    line = " ".join([look.paint(text, style) for text, style in parts if text])
    return "".join([f"{line}\n", *[f"{more}\n" for more in _further(logged, look)]])


def event_text(event: Mapping[str, object], look: Look = PLAIN) -> str:
    """Return any other event as one line: its name, its values and its hint. Zeros and empty values are left out."""
    level = event.get("level")
    severity: Severity = next((known for known in MARKS if known == level), "info")
    left = {
        k: v for k, v in event.items() if k not in {"event", "level", "timestamp"} and v not in (0, "", None, {}, [])
    }
    hint = left.pop("hint", "")
    about = ", ".join([f"{name} {_value(value)}" for name, value in left.items()])
    text = printable(event_line(str(event.get("event")), about, hint))
    mark = look.paint(MARKS[severity], COLOURS[severity])
    return f"{look.paint(clock(str(event.get('timestamp', ''))), DIM)} {mark} {text}"


def clock(timestamp: str) -> str:
    """Return the local time of day of an RFC 3339 time."""
    return time.strftime("%H:%M:%S", time.localtime(seconds_of(timestamp)))


def _notes(logged: Logged) -> Iterator[_Note]:
    if logged.error:
        severity: Severity = "warning" if CLIENT_ERROR <= logged.status < SERVER_ERROR else "error"
        yield _Note(severity, logged.error, "", logged.error_times, is_new=bool(logged.reason))
    for finding in logged.findings:
        yield _Note(finding.severity, finding.id, finding.title, finding.times, is_new=_is_new(finding))


def _is_new(finding: LoggedFinding) -> bool:
    return bool(finding.found or finding.expected)


def _summaries(notes: list[_Note]) -> list[str]:
    """Return summaries of the notes, the longest first.

    A summary has the worst note, with or without its title, and the names or the number of the others.
    """
    if not notes:
        return [""]
    first, *others = notes
    more = f" +{len(others)}" if others else ""
    rest = "".join([f", {note.text(whole=False)}" for note in others])
    whole, name = first.text(whole=True), first.text(whole=False)
    texts = [whole + rest, whole + more, name + rest, name + more]
    return [f"{MARKS[first.severity]} {text}" for text in texts]


def _fitted(path: str, summaries: list[str], room: int) -> tuple[str, str]:
    """Return a path and a summary that fit into `room` together. First the summary is shortened, then the path, then both."""
    for summary in summaries:
        if len(path) + bool(summary) + len(summary) <= room:
            return path, summary
    summary = next((each for each in summaries if LEAST_PATH + 1 + len(each) <= room), summaries[-1])
    path = cut_middle(path, max(LEAST_PATH, room - bool(summary) - len(summary)))
    left = max(LEAST_SAID, room - len(path) - 1)
    return path, summary if len(summary) <= left else cut(summary, left - 1)


def _further(logged: Logged, look: Look) -> Iterator[str]:
    """Yield the further lines: the reason of the gateway's own error, the legs, new findings, and logout URLs."""
    if logged.reason:
        yield from _wrapped(f"{logged.error}: {logged.reason}", look)
        for near in logged.nearest:
            differs = "; ".join(near.differs) or "the same in all that is compared"
            yield from _wrapped(f"nearest is line {near.line}, {near.request}: {differs}", look)
    if logged.legs:
        yield from _wrapped(f"sent {', '.join(logged.legs)}", look)
    for finding in logged.findings:
        if _is_new(finding):
            title = f" {finding.title}" if finding.title else ""
            found = f"{finding.where}: found {cut(finding.found, LONGEST_TEXT)}, expected {finding.expected}"
            mark = look.paint(MARKS[finding.severity], COLOURS[finding.severity])
            first, *rest = _wrapped(f"{MARKS[finding.severity]} {finding.id}{title}: {found}", look)
            yield first.replace(MARKS[finding.severity], mark, 1)
            yield from rest
    for url in logged.logout_urls:
        yield f"{INDENT}logout url {printable(url)}"  # never wrapped, so that a person can open it


def _wrapped(text: str, look: Look) -> list[str]:
    text = printable(text)
    if look.width is None or len(INDENT) + len(text) <= look.width:
        return [f"{INDENT}{text}"]
    width = max(look.width, LEAST_PATH)
    return wrap(text, width, initial_indent=INDENT, subsequent_indent=f"{INDENT}  ", break_on_hyphens=False)


def _duration(ms: float) -> str:
    return f"{ms:.1f} ms" if ms < 10 else f"{ms:,.0f} ms"  # noqa: PLR2004  # tenths matter only below 10 ms


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "; ".join(
            [f"{entry} × {name}" if isinstance(entry, int) else f"{name} {entry}" for name, entry in value.items()]
        )
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value))
    return str(value)
