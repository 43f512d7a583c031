"""Where the log goes: JSON or text, in colours or without, and what libraries say."""

from __future__ import annotations

import io
import json
import logging
import os
import pty
import struct
import termios
from contextlib import suppress
from fcntl import ioctl
from typing import Any

from gateway.core.model import Exchange
from gateway.core.redaction import Redaction
from gateway.core.state import MemoryState
from gateway.exchanges.log import Log, LogSettings
from gateway.exchanges.logger import LibraryLog, configure
from tests.legs import DISH, JWT, answer, logout


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


FORMATS: list[tuple[str, bool, dict[str, str], bool, bool]] = [
    ("auto", True, {}, True, True),
    ("auto", False, {}, False, False),
    ("json", True, {}, False, False),
    ("console", False, {}, True, False),
    ("console", True, {"NO_COLOR": "1"}, True, False),
    ("console", True, {"NO_COLOR": ""}, True, True),  # no-color.org: when it is not empty
    ("console", True, {"TERM": "dumb"}, True, False),
]


def test_a_person_reads_text_on_a_terminal_and_a_program_json() -> None:
    for form, terminal, environ, text, colour in FORMATS:
        out = Terminal() if terminal else io.StringIO()
        settings = LogSettings(format=form)  # type: ignore[arg-type]
        sink = configure(out, settings, environ)
        Log(sink, settings).of(Redaction(bytes(32)), MemoryState()).ended(exchange())
        sink.warn("not recorded", id="a-1", side="request")
        about = form, terminal, environ
        assert out.getvalue().count("\n") == 2, about
        assert ("\x1b[" in out.getvalue()) == colour, about
        assert "/api/v2/REF30/logout/Dish" in out.getvalue(), about
        assert DISH not in out.getvalue(), about
        read: list[Any] = []
        with suppress(json.JSONDecodeError):
            read = [json.loads(line) for line in out.getvalue().splitlines()]
        assert [event["event"] for event in read] == ([] if text else ["exchange", "not recorded"]), about


def exchange() -> Exchange:
    return Exchange("a-1", logout(), (), answer(source="cassette"), 12.0)


WIDTHS = [
    (60, "", True),
    (200, "", False),
    (200, "60", True),
    (60, "nonsense", True),
    (0, "", False),
    (60, "9" * 5000, True),
]


def test_the_terminal_s_width_is_that_of_the_moment_unless_columns_says_another() -> None:
    """A file has whole lines, whatever COLUMNS is where the gateway was started."""
    controlling, terminal = pty.openpty()

    class Out(Terminal):
        def fileno(self) -> int:
            return terminal

    for columns, said, cut in WIDTHS:
        out = Out()
        log = Log(configure(out, None, {"COLUMNS": said})).of(Redaction(bytes(32)), MemoryState())
        ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        log.ended(exchange())
        assert ("…" in out.getvalue()) == cut, (columns, said)
    os.close(controlling)
    os.close(terminal)
    file = io.StringIO()
    settings = LogSettings(format="console")
    Log(configure(file, settings, {"COLUMNS": "20"})).of(Redaction(bytes(32)), MemoryState()).ended(exchange())
    assert "…" not in file.getvalue()


def test_what_a_library_says_is_told_without_its_words() -> None:
    """asyncio and aiohttp quote what they were given, which may be somebody's token."""
    out = io.StringIO()
    library = logging.Logger("some.library")  # noqa: LOG001  # one that lasts no longer than this test
    library.addHandler(LibraryLog(configure(out)))
    library.info("nothing to hear")
    library.warning("the token %s", JWT)
    library.error("about %s", JWT, exc_info=RuntimeError(JWT))
    events = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(event["logger"], event["said"], event["error"]) for event in events] == [
        ("some.library", "WARNING", None),
        ("some.library", "ERROR", "RuntimeError"),
    ]
    assert JWT not in out.getvalue()
