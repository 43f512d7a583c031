"""The findings of calls that are not recorded, beside their cassette: one line of JSON for each call, in `NAME.findings.jsonl`.

Facts
-----
* A line is an interaction without bodies: the time, the device, the redacted request line and header fields, the status, and the
  findings. The keys are the same as in `x_gateway`.
* Each run that records begins the file again: before its first line, it removes the lines of an earlier run. Other processes of the same
  run, such as another worker of a test run, append to it.
* A file has at most `LIMIT` bytes. Then a last line says that later calls are missing.
* A line is written with one write. A process that is killed may leave half a line at the end. Readers skip it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from errno import EFBIG, ENOSPC
from itertools import accumulate
from pathlib import Path
from threading import Lock

from msgspec import Struct

from gateway.cassettes.errors import CassetteError
from gateway.cassettes.files import is_findings
from gateway.cassettes.format import NOT_IN_A_TARGET, NOT_IN_A_VALUE, RECORDED_AT, TOKEN
from gateway.cassettes.reader import load, read
from gateway.core.model import Headers, Interaction, Request, Response
from gateway.system.files import NEW_FILE, make_folder
from gateway.system.locking import FileLock

LIMIT = 8 << 20
"""Largest size of a file, in bytes: some thousand calls."""
FULL = {"left_out": f"the findings of later calls: a file takes {LIMIT >> 20} MiB"}
GRAIN = 0.05
"""Seconds that a file's time may be behind the clock."""
_OWN = ("at", "origin", "method", "target", "headers", "status")
"""The keys for parts of an interaction. In a cassette, every other key is under `x_gateway`."""


class Findings(Struct, frozen=True):
    """The content of a file."""

    interactions: tuple[Interaction, ...]
    """The calls, without bodies. The findings are under `findings` in `about`."""
    full: bool = False
    """Whether later calls are missing, since the file is full."""


def line_of(interaction: Interaction) -> bytes:
    """Return the line of a call. It reads back equal, without bodies and reason phrase."""
    request, about = interaction.request, interaction.about
    entry = {
        "at": interaction.recorded_at,
        **({"device": about["device"]} if "device" in about else {}),
        "method": request.method,
        "origin": interaction.origin,
        "target": request.target,
        "headers": list(request.headers.items()),
        "status": interaction.response.status,
        **{name: value for name, value in about.items() if name not in _OWN},
    }
    return _line(entry)


def lines_of(findings: Findings) -> bytes:
    """Return a whole file."""
    return b"".join(map(line_of, findings.interactions)) + (_line(FULL) if findings.full else b"")


def _line(entry: Mapping[str, object]) -> bytes:
    return json.dumps(entry).encode() + b"\n"


def load_findings(path: Path) -> Findings:
    """Return the content of a file. Raises CassetteError if it cannot be read, or has a line that is not ours."""
    return parse_findings(path, read(path))


def interactions_of(path: Path) -> Sequence[Interaction]:
    """Return the content of a cassette or of a file of findings. Raises the errors of `load`."""
    return load_findings(path).interactions if is_findings(path) else load(path).interactions


def parse_findings(path: Path, data: bytes) -> Findings:
    """Return the content of a file with these bytes. `path` is for the messages."""
    calls = []
    full = False
    lines = data.split(b"\n")
    for number, line in enumerate(lines[:-1], start=1):  # after the last line end there is nothing, or half a line
        if not line.strip():
            continue
        entry = _entry(path, number, line)
        if entry.keys() == FULL.keys():
            full = True
        else:
            calls.append(_interaction(path, number, entry))
    return Findings(tuple(calls), full)


def _entry(path: Path, number: int, line: bytes) -> dict[str, object]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _unexpected(path, number, "no JSON") from error
    if not isinstance(entry, dict):
        raise _unexpected(path, number, f"JSON that is a {type(entry).__name__}")
    return entry


def _interaction(path: Path, number: int, entry: dict[str, object]) -> Interaction:
    match entry:
        case {
            "at": str(at),
            "origin": str(origin),
            "method": str(method),
            "target": str(target),
            "headers": list(headers),
            "status": int(status),
        }:
            pass
        case _:
            raise _unexpected(path, number, f"JSON without {' or '.join(name for name in _OWN if name not in entry)}")
    try:
        fields = Headers.of([(name, value) for name, value in headers])
        target.encode("latin-1")
    except (ValueError, TypeError, AttributeError) as error:
        raise _unexpected(path, number, "a target or header fields that HTTP does not have") from error
    if not TOKEN.fullmatch(method) or NOT_IN_A_TARGET.search(f"{origin}{target}"):
        raise _unexpected(path, number, "a request line that HTTP does not have")
    if any(not TOKEN.fullmatch(name) or NOT_IN_A_VALUE.search(value) for name, value in fields.items()):
        raise _unexpected(path, number, "header fields that HTTP does not have")
    if not RECORDED_AT.fullmatch(at):
        raise _unexpected(path, number, "text that is not a time")
    about = {name: value for name, value in entry.items() if name not in _OWN}
    return Interaction(origin, Request(method, target, fields), Response(status), at, about, number)


def _unexpected(path: Path, number: int, found: str) -> CassetteError:
    return CassetteError(
        path,
        number,
        expected="a call and its findings, as the gateway writes them",
        found=found,
        advice="the next run that records starts a new file",
    )


class FindingsFile:
    """Appends to the file. Calls block, and any thread may make them."""

    def __init__(self, path: Path, began: float, *, shared: bool = False) -> None:
        """`began`: the start of the run, in seconds since the epoch. Older lines belong to an earlier run.

        `shared`: other processes of this run also write to the file, and may be killed in the middle of a line.
        """
        self.path = path
        self._between = FileLock(path) if shared else None
        self._began = began
        self._is_begun = False
        self._is_full = False
        self._lock = Lock()

    def begin(self) -> None:
        """Remove the lines of an earlier run, once in each run. Raises OSError."""
        with self._lock:
            self._begin()

    def append(self, lines: Sequence[bytes]) -> None:
        """Write each line whole or not at all. Raises OSError if a line was not written, since the disk fails or the file is full."""
        with self._lock:
            self._begin()
            make_folder(self.path.parent)
            descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, NEW_FILE)
            try:
                if self._between is None:
                    self._write(descriptor, lines)
                else:
                    with self._between:
                        _cut_torn_line(descriptor)
                        self._write(descriptor, lines)
            finally:
                os.close(descriptor)

    def _begin(self) -> None:
        if self._is_begun:
            return
        try:
            about = self.path.stat()
            if about.st_size and about.st_mtime < self._began - GRAIN:
                os.truncate(self.path, 0)
        except FileNotFoundError:
            pass
        self._is_begun = True

    def _write(self, descriptor: int, lines: Sequence[bytes]) -> None:
        size = os.fstat(descriptor).st_size
        ends = accumulate(map(len, lines), initial=size)
        fitting = 0 if self._is_full else sum(end <= LIMIT for end in ends) - 1
        data = b"".join(lines[: max(0, fitting)])
        is_full = fitting < len(lines)
        if is_full and not self._is_full:
            data += _line(FULL)
        written = os.write(descriptor, data) if data else 0
        if written < len(data):
            os.ftruncate(descriptor, size)
            raise OSError(ENOSPC, f"the disk took {written} of {len(data)} bytes", str(self.path))
        self._is_full = is_full
        if is_full:
            raise OSError(EFBIG, f"the file takes no more than {LIMIT >> 20} MiB", str(self.path))


def _cut_torn_line(descriptor: int) -> None:
    """Cut off half a line that a killed process has left."""
    size = os.fstat(descriptor).st_size
    if not size or os.pread(descriptor, 1, size - 1) == b"\n":
        return
    end = os.pread(descriptor, LIMIT, max(0, size - LIMIT))
    os.ftruncate(descriptor, size - len(end) + end.rfind(b"\n") + 1)
