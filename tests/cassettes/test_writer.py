"""Appending: all or nothing, at one cost, beside other processes, and only to a file of our form."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cassettes import shape
from gateway.cassettes.errors import CassetteError, CassetteReadOnlyError, CassetteWriteError
from gateway.cassettes.format import HEAD, dump
from gateway.cassettes.reader import load
from gateway.cassettes.writer import Writer
from gateway.system.locking import lock_path
from tests.cassettes.samples import cassette, logout
from tests.harness.for_each import for_each


def numbers(path: Path) -> list[str]:
    return [interaction.request.target.partition("n=")[2] for interaction in load(path).interactions]


def test_the_first_append_makes_the_file(tmp_path: Path) -> None:
    """Folders, head and first interaction come with the first append; nothing is there before it."""
    path = tmp_path / "lab" / "cassettes" / "a.yaml"
    with Writer(path) as writer:
        writer.check()
        writer.append([])
        assert not path.parent.exists()

        writer.append([dump(logout(1)), dump(logout(2))])
        writer.append([dump(logout(3))])

    assert path.read_bytes() == cassette(logout(1), logout(2), logout(3))
    assert lock_path(path).read_bytes() == b""


@pytest.mark.parametrize(
    "before",
    [
        b"",
        cassette(logout(0)),
        cassette(logout(0))[:-1],
        b"# recorded by pass-gateway 9\n# a note\n" + cassette(logout(0)).partition(b"\n")[2],
    ],
)
def test_files_that_are_appended_to(before: bytes, tmp_path: Path) -> None:
    """Our form, an empty file, a last line that an editor left open, and a head with other comments."""
    path = tmp_path / "a.yaml"
    path.write_bytes(before)

    with Writer(path) as writer:
        writer.check()
        writer.append([dump(logout(1))])

    assert numbers(path) == (["0", "1"] if before else ["1"])


REWRITTEN = b"interactions:\n- request: {}\nversion: 1\n"


@for_each(
    ("before", "told"),
    [
        (REWRITTEN, "gateway cassette import"),
        (b"version: 1\n" + REWRITTEN, "gateway cassette import"),
        (b"hello", "gateway cassette import"),
        (cassette(logout()).replace(b"\n- ", b"\n  - "), "gateway cassette import"),
        (cassette(logout()) + b"version: 1\n", "gateway cassette repair"),
        (HEAD, "gateway cassette repair"),
        (HEAD[:20], "gateway cassette repair"),
        (cassette(logout())[:-10], "gateway cassette repair"),
        (cassette(logout()) + b"\0" * 4096, "gateway cassette repair"),
        (cassette(logout()) + b"\n\xef\xbb\xbf", "found a byte-order mark"),
    ],
)
def test_files_that_are_not(before: bytes, told: str, tmp_path: Path) -> None:
    """What another tool wrote, and what is damaged, is left as it is, and the message says what helps."""
    path = tmp_path / "a.yaml"
    path.write_bytes(before)
    with Writer(path) as writer:
        with pytest.raises(CassetteError, match=told):
            writer.check()
        with pytest.raises(CassetteError, match=told):
            writer.append([dump(logout())])

    assert path.read_bytes() == before


def test_a_file_that_changes_underneath(tmp_path: Path) -> None:
    """Others may append, replace, rewrite and remove the file between two appends; each is noticed."""
    path = tmp_path / "a.yaml"
    with Writer(path) as writer, Writer(path) as other:
        writer.append([dump(logout(1))])
        other.append([dump(logout(2))])
        writer.append([dump(logout(3))])
        assert numbers(path) == ["1", "2", "3"]

        (tmp_path / "b.yaml").write_bytes(cassette(logout(4)))
        (tmp_path / "b.yaml").replace(path)
        writer.append([dump(logout(5))])
        assert numbers(path) == ["4", "5"]

        path.unlink()
        writer.append([dump(logout(6))])
        assert numbers(path) == ["6"]

        lock_path(path).unlink()
        writer.append([dump(logout(7))])
        assert numbers(path) == ["6", "7"]

        path.write_bytes(REWRITTEN)
        with pytest.raises(CassetteError, match="import"):
            writer.append([dump(logout(8))])

        path.write_bytes(cassette(logout(9)))
        writer.append([dump(logout(10))])
        assert numbers(path) == ["9", "10"]


def test_two_names_of_one_file(tmp_path: Path) -> None:
    """A link and what it points to have one lock."""
    path, link = tmp_path / "a.yaml", tmp_path / "link.yaml"
    link.symlink_to(path)
    with Writer(link) as writer:
        writer.append([dump(logout())])

    assert {file.name for file in tmp_path.iterdir()} == {"a.yaml", "a.yaml.lock", "link.yaml"}


APPEND = """
import sys
from pathlib import Path
from gateway.cassettes.format import dump
from gateway.cassettes.writer import Writer
from tests.cassettes.samples import logout
with Writer(Path(sys.argv[1])) as writer:
    sys.stdin.readline()
    for number in range(200):
        writer.append([dump(logout(int(sys.argv[2]) + number))])
"""


@pytest.mark.long
def test_two_processes(tmp_path: Path) -> None:
    """Two processes append two hundred interactions each to a file that neither of them made: all are there, each in its order."""
    path = tmp_path / "a.yaml"
    root = Path(__file__).parents[2]
    both = [
        subprocess.Popen([sys.executable, "-c", APPEND, path, first], stdin=subprocess.PIPE, text=True, cwd=root)  # noqa: S603  our own text
        for first in ("0", "1000")
    ]
    for process in both:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in both:
        process.communicate(timeout=30)
        assert process.returncode == 0

    found = [int(number) for number in numbers(path)]
    assert [number for number in found if number < 1000] == list(range(200))
    assert [number for number in found if number >= 1000] == list(range(1000, 1200))


def test_threads(tmp_path: Path) -> None:
    """One writer may be called from several threads."""
    path = tmp_path / "a.yaml"
    with Writer(path) as writer:

        def append() -> None:
            for number in range(25):
                writer.append([dump(logout(number))])

        threads = [threading.Thread(target=append) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert sorted(numbers(path)) == sorted([str(n) for n in range(25)] * 4)


FULL = """
import resource, sys
from pathlib import Path
from gateway.cassettes.errors import CassetteWriteError
from gateway.cassettes.format import dump
from gateway.cassettes.writer import Writer
from tests.cassettes.samples import logout
path = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (6000, resource.RLIM_INFINITY))
with Writer(path) as writer:
    before = b""
    for number in range(100):
        try:
            writer.append([dump(logout(number))])
        except CassetteWriteError as error:
            print(error)
            break
        before = path.read_bytes()
    assert path.read_bytes() == before
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    writer.append([dump(logout(100))])
"""


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """A write that the disk takes in part is taken back; when there is room again, recording goes on."""
    path = tmp_path / "a.yaml"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", FULL, path], check=True, capture_output=True, text=True, cwd=root)  # noqa: S603  our own text

    assert "not recorded: the disk took" in done.stdout
    found = numbers(path)
    assert found[:-1] == [str(number) for number in range(len(found) - 1)]
    assert found[-1] == "100"


@pytest.mark.parametrize("existing", [0, 2])
def test_a_disk_that_fails(existing: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error gives back the old size, also where the file was not there before."""
    path = tmp_path / "a.yaml"
    before = cassette(*map(logout, range(existing))) if existing else b""

    def fail(descriptor: int, data: bytes) -> int:
        os.pwrite(descriptor, data[:100], os.fstat(descriptor).st_size)
        raise OSError(28, "No space left on device")

    with Writer(path) as writer:
        if existing:
            writer.append([dump(logout(number)) for number in range(existing)])
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", fail)
            with pytest.raises(CassetteWriteError, match="not recorded: No space left on device"):
                writer.append([dump(logout(7))])
        assert path.read_bytes() == before

        writer.append([dump(logout(8))])
        assert numbers(path) == [*map(str, range(existing)), "8"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with Writer(tmp_path / "file" / "a.yaml") as writer, pytest.raises(CassetteWriteError):
        writer.append([dump(logout())])


def test_the_cost_is_flat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An append is a write and nothing of the file is read; after another one's append, its two ends are."""
    path = tmp_path / "a.yaml"
    pread, read = os.pread, list[int]()

    def counted(descriptor: int, length: int, offset: int) -> bytes:
        read.append(length)
        return pread(descriptor, length, offset)

    monkeypatch.setattr(os, "pread", counted)
    with Writer(path) as writer, Writer(path) as other:
        writer.append([dump(logout(0, bytes(100_000)))])
        read.clear()
        for number in range(50):
            writer.append([dump(logout(number))])
        assert read == []

        other.append([dump(logout())])
        writer.append([dump(logout())])
        assert read == [shape.END, shape.START] * 2


@for_each(
    "change",
    [
        lambda data: data + b"\n \n\r\n",
        lambda data: data + b"# checked by hand\n",
        lambda data: data + b"# checked by hand",
        lambda data: data + b"#" * 8000 + b"\n\n",
        lambda data: data[:-1] + b"\r\n",
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.replace(b"interactions:\n", b"interactions:\n\n# the first\n"),
    ],
    ids=["blank lines", "a comment", "one without an end", "a long one", "CRLF at the end", "CRLF", "a mark before", "a comment first"],
)  # fmt: skip
def test_what_an_editor_leaves_is_no_damage(change: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(change(cassette(logout())))
    with Writer(path) as writer:
        writer.check()
        writer.append([dump(logout(1))])
    assert load(path).appendable
    assert numbers(path) == ["0", "1"]


def test_what_cannot_be_written_is_told_at_the_start_and_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "a.yaml").write_bytes(cassette(logout()))
    (tmp_path / "a.yaml.lock").mkdir()
    (tmp_path / "b.yaml.lock").mkdir()
    before = sorted(tmp_path.rglob("*"))
    for name, told in (
        ("file/a.yaml", "file: expected a place to record to, found Not a directory"),
        ("a.yaml", "a.yaml.lock: expected a place to record to, found the lock cannot be opened: Is a directory"),
        ("b.yaml", "b.yaml.lock: expected a place to record to, found the lock cannot be opened: Is a directory"),
        ("x" * 300 + ".yaml", "File name too long"),
        ("folder.yaml", "Is a directory"),
    ):
        with Writer(tmp_path / name) as writer, pytest.raises(CassetteReadOnlyError, match=told):
            writer.check()
    assert [path for path in sorted(tmp_path.rglob("*")) if path.name != "folder.yaml.lock"] == before


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_that_may_only_be_read_is_told_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, there: bool
) -> None:
    """Root may write wherever it likes, so that the system's answer is given here."""
    path = tmp_path / "a.yaml"
    if there:
        path.write_bytes(cassette(logout()))
    opened = os.open

    def refused(name: str | Path, flags: int, *mode: int) -> int:
        if flags & (os.O_RDWR | os.O_WRONLY | os.O_CREAT):
            raise PermissionError(errno.EACCES, "Permission denied", str(name))
        return opened(name, flags, *mode)

    monkeypatch.setattr(os, "open", refused)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with Writer(path) as writer, pytest.raises(CassetteReadOnlyError, match="Permission denied"):
        writer.check()
    monkeypatch.undo()
    assert sorted(tmp_path.iterdir()) == ([path] if there else [])


def torn(path: Path, data: bytes) -> None:
    with path.open("ab") as stream:
        stream.write(data)


def test_what_a_killed_process_of_the_same_run_left_is_cut_off(tmp_path: Path) -> None:
    """Wherever its write was torn, in the first block or in a later one; what is whole stays, and both go on."""
    block = dump(logout(7))
    for at in (1, len(block) // 2, len(block) - 10):
        path = tmp_path / f"{at}.yaml"
        cut: list[int] = []
        with Writer(path, cut.append) as one, Writer(path, cut.append) as other:
            torn(path, (HEAD + block)[:at])
            one.check()
            one.append([dump(logout(1))])
            other.append([dump(logout(2))])
            torn(path, block[:at])
            one.append([dump(logout(3))])
            torn(path, block + block[:at])
            other.append([dump(logout(4))])
        assert numbers(path) == ["1", "2", "3", "7", "4"]
        assert cut == [at, at, at]


def test_without_siblings_a_torn_tail_is_told_and_not_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    with Writer(path) as writer:
        writer.append([dump(logout(1))])
        torn(path, dump(logout(2))[:50])
        with pytest.raises(CassetteError, match="damaged tail"):
            writer.append([dump(logout(3))])


def test_a_last_line_that_an_editor_left_open_is_ended_beside_siblings(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    cut: list[int] = []
    with Writer(path, cut.append) as writer:
        writer.append([dump(logout(1))])
        torn(path, dump(logout(2))[:-1])
        writer.append([dump(logout(3))])
    assert (numbers(path), cut) == (["1", "2", "3"], [])
