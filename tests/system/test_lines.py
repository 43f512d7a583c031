"""Lines reach their descriptor whole and in order; whoever writes them waits for nobody, and what is lost is counted."""

from __future__ import annotations

import os
import pty
import select
import socket
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import suppress
from errno import ENOENT, ENOSPC
from pathlib import Path

import pytest

from gateway.system.lines import Lines
from gateway.system.shared_memory import anonymous
from tests.harness.processes import environment

Ends = tuple[int, int]
"""Where lines are read, and where they are written."""


def pipe() -> Ends:
    return os.pipe()


def impatient_pipe() -> Ends:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    return reading, writing


def sockets() -> Ends:
    one, other = socket.socketpair()
    other.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # or a small queue would fit into it
    return one.detach(), other.detach()


def impatient_sockets() -> Ends:
    reading, writing = sockets()
    os.set_blocking(writing, False)
    return reading, writing


def stopped_terminal() -> Ends:
    """Return a terminal on which somebody typed Ctrl-S."""
    reading, writing = pty.openpty()
    termios.tcflow(writing, termios.TCOOFF)
    return reading, writing


UNREAD = (pipe, impatient_pipe, sockets, impatient_sockets, stopped_terminal)


@pytest.fixture(params=UNREAD, ids=lambda kind: kind.__name__)
def ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    reading, writing = request.param()
    yield reading, writing
    for descriptor in (reading, writing):
        with suppress(OSError):
            os.close(descriptor)


def read(reading: int, until: Callable[[list[str]], bool]) -> list[str]:
    """Read lines until there are enough of them."""
    data = b""
    lines: list[str] = []
    while not until(lines):
        assert select.select([reading], [], [], 10)[0], lines[-3:]
        data += os.read(reading, 1 << 16)
        whole = data[: data.rfind(b"\n") + 1]
        lines = whole.decode().replace("\r\n", "\n").splitlines()
    return lines


def missing_from(told: list[str]) -> int:
    """Return how many of the 6,000 lines are missing; a thread that runs early may have said of the first ones already."""
    return 6000 - sum(not line.startswith("lost") for line in told)


def test_who_writes_waits_for_no_reader_and_the_reader_gets_whole_lines_in_order(ends: Ends) -> None:
    """And is told how many are missing, as soon as there is room for that."""
    reading, writing = ends
    lines = Lines(writing, limit=100_000)
    lines.on_loss = lambda: lines.write(f"lost {lines.lost}\n")
    for number in range(6000):
        lines.write(f"{number} {'x' * (number % 300)}\n")
    lines.stop(0.05)
    assert lines._thread.is_alive(), "somebody has read"
    assert lines.dropped > 1000
    assert lines._size <= 100_000

    with suppress(termios.error):
        termios.tcflow(writing, termios.TCOON)
    told = read(reading, lambda lines: f"lost {missing_from(lines)}" in lines)
    got = [line for line in told if not line.startswith("lost")]
    numbers = [int(line.split(" ")[0]) for line in got]
    assert got == [f"{number} {'x' * (number % 300)}" for number in numbers]
    assert numbers == sorted(set(numbers))
    lines.stop()
    assert not lines._thread.is_alive()
    assert (lines.dropped, lines.unwritten) == (6000 - len(got), 0)


def test_what_waits_is_written_before_the_end(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file:
        lines = Lines(file.fileno())
        for number in range(1000):
            lines.write(f"{number}\n")
        lines.stop()
    assert (tmp_path / "log").read_text("ascii").split() == list(map(str, range(1000)))


def full() -> int:
    return os.open("/dev/full", os.O_WRONLY)


def without_a_reader() -> int:
    reading, writing = os.pipe()
    os.close(reading)
    return writing


@pytest.mark.parametrize("refusing", [full, without_a_reader])
def test_what_the_descriptor_refuses_is_counted_and_said_when_it_takes_lines_again(
    refusing: Callable[[], int], tmp_path: Path
) -> None:
    descriptor = refusing()
    lines = Lines(descriptor)
    lines.on_loss = lambda: lines.write(f"lost {lines.dropped} {lines.unwritten}\n")
    for _ in range(500):
        lines.write("lost\n")
    while lines.unwritten < 500:
        select.select([], [], [], 0.01)
    with (tmp_path / "log").open("wb") as file:
        os.dup2(file.fileno(), descriptor)
    lines.write("written\n")
    lines.stop()
    os.close(descriptor)
    assert (tmp_path / "log").read_text("ascii") == "written\nlost 0 500\n"


class Disk(Lines):
    """Lines on a disk that takes so many bytes at once, and is full now and then."""

    def __init__(self, takes: list[int]) -> None:
        self.takes = takes
        self.taken = b""
        super().__init__(-1)

    def _write_some(self, data: memoryview) -> int:
        size = self.takes.pop(0) if self.takes else len(data)
        if not size:
            raise OSError(ENOSPC, "full")
        self.taken += data[:size]
        return min(size, len(data))


@pytest.mark.parametrize(
    ("takes", "taken", "unwritten"),
    [
        ([1, 1, 2, 3], "one\ntwo\nthree\n", 0),
        ([0], "", 3),
        ([4, 0], "one\n", 2),  # at the end of a line
        ([5, 0], "one\nt", 2),  # within one
        ([13, 0], "one\ntwo\nthree", 1),
    ],
)
def test_a_write_that_takes_a_part_is_continued_and_a_torn_line_is_ended(
    takes: list[int], taken: str, unwritten: int
) -> None:
    disk = Disk(takes)
    with disk._changed:  # so that they are one batch
        disk._waiting.extend([b"one\n", b"two\n", b"three\n"])
        disk._idle = False
        disk._changed.notify()
    while disk.takes:
        select.select([], [], [], 0.01)
    disk.write("next\n")
    disk.stop()
    assert disk.taken.decode() == taken + ("\n" if unwritten and not taken.endswith("\n") and taken else "") + "next\n"
    assert disk.unwritten == unwritten


def test_a_batch_is_one_write_that_no_other_writer_of_the_pipe_tears() -> None:
    sizes = []

    class Counting(Disk):
        def _write_some(self, data: memoryview) -> int:
            sizes.append(len(data))
            return super()._write_some(data)

    lines = Counting([])
    for number in range(2000):
        lines.write(f"{number:0100}\n")
    lines.write("x" * 10_000 + "\n")  # a line is not cut for that
    lines.stop()
    *batches, last = sizes
    assert max(batches) <= select.PIPE_BUF
    assert len(batches) < 100
    assert last >= 10_000
    assert lines.taken.count(b"\n") == 2001


def test_a_file_that_was_moved_away_is_opened_anew_and_no_line_is_lost(tmp_path: Path) -> None:
    """It is its owner's alone; the one that was moved is let go though nothing more is written."""
    log, moved = tmp_path / "log", tmp_path / "moved"
    lines = Lines.to_file(log)
    lines.write("one\n")
    while not log.stat().st_size:
        select.select([], [], [], 0.01)
    log.rename(moved)
    lines.write("two\n")
    lines.reopen()
    while not log.exists() or os.fstat(lines.fileno()).st_ino != log.stat().st_ino:
        select.select([], [], [], 0.01)
    lines.write("three\n")
    lines.stop()
    os.close(lines.fileno())
    assert moved.read_text("ascii") + log.read_text("ascii") == "one\ntwo\nthree\n"
    assert log.stat().st_mode & 0o777 == 0o600


def test_what_is_there_is_appended_to(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("before\n", "ascii")
    lines = Lines.to_file(tmp_path / "log")
    lines.write("after\n")
    lines.stop()
    os.close(lines.fileno())
    assert (tmp_path / "log").read_text("ascii") == "before\nafter\n"


def test_if_it_cannot_be_opened_anew_the_old_one_is_written_on(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    lines = Lines.to_file(folder / "log")
    told: list[OSError] = []
    lines.on_stale = told.append
    folder.rename(tmp_path / "moved")
    lines.reopen()
    lines.write("after\n")
    lines.stop()
    os.close(lines.fileno())
    assert [error.errno for error in told] == [ENOENT]
    assert (tmp_path / "moved" / "log").read_text("ascii") == "after\n"


def test_what_is_no_file_of_ours_is_never_opened_anew() -> None:
    reading, writing = os.pipe()
    lines = Lines(writing)
    lines.reopen()
    lines.write("one\n")
    lines.stop()
    assert os.read(reading, 100) == b"one\n"
    os.close(reading)
    os.close(writing)


def test_a_pipe_without_a_reader_is_refused_and_waited_for_by_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="No such device"):
        Lines.to_file(tmp_path / "pipe")


@pytest.mark.long
def test_long_lines_of_several_processes_to_one_pipe_are_whole() -> None:
    """Each writes lines that are longer than what a pipe takes untorn; they take turns."""
    reading, writing = os.pipe()
    lock = anonymous(8)
    program = (
        "import sys; from gateway.system.lines import Lines; own = sys.argv[1]\n"
        f"lines = Lines({writing}, 1 << 30); lines.take_turns({lock})\n"
        "for _ in range(100): lines.write(own * 20_000 + chr(10))\n"
        "lines.stop(20)"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", program, name], pass_fds=(writing, lock), env=environment())  # noqa: S603  # ours
        for name in "ab"
    ]
    os.close(writing)
    with os.fdopen(reading, "rb") as read:
        found = read.read().splitlines()
    assert [process.wait() for process in processes] == [0, 0]
    assert sorted(found) == [b"a" * 20_000] * 100 + [b"b" * 20_000] * 100
    os.close(lock)
