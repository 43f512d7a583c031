"""Where the log goes: a stream, with lines for a person on a terminal and JSON elsewhere."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from typing import Protocol

import structlog
from msgspec import Struct
from structlog.typing import FilteringBoundLogger

from gateway.core.model import Severity
from gateway.core.severity import at_least
from gateway.core.text import printable
from gateway.exchanges.console import Look, event_text, exchange_text
from gateway.exchanges.log import LogSettings
from gateway.exchanges.logged import Logged, as_json
from gateway.system.lines import Lines

LONGEST_NUMBER = 5
"""The most digits that COLUMNS may have."""


class Out(Protocol):
    """Where lines go: `Lines`, which never block, or a stream in memory."""

    def write(self, text: str, /) -> object:
        """Take a line."""

    def flush(self) -> None:
        """Write out the lines that were taken."""

    def isatty(self) -> bool:
        """Whether this is a terminal, so that a person reads."""

    def fileno(self) -> int:
        """Return the descriptor; raise OSError without a descriptor."""


class Logger(Struct, frozen=True):
    """Writes the lines of exchanges itself, and all other events with structlog."""

    out: Out
    least: Severity
    render: Callable[[Logged], str]
    events: FilteringBoundLogger
    """Takes all other events."""

    def takes(self, level: Severity) -> bool:
        """Whether a level is bad enough to be logged."""
        return at_least(level, self.least)

    @property
    def one_line(self) -> Callable[[Logged], str] | None:
        """Renders an exchange as JSON; None if lines are for a person, since they depend on the terminal."""
        return self.render if self.render is as_json else None

    def exchange(self, logged: Logged) -> None:
        """Write an exchange."""
        self.out.write(self.render(logged))

    def line(self, text: str) -> None:
        """Write an exchange's line as it is."""
        self.out.write(text)

    def warn(self, event: str, **about: object) -> None:
        """Write a warning."""
        self.events.warning(event, **about)


def configure(out: Out, settings: LogSettings | None = None, environ: Mapping[str, str] | None = None) -> Logger:
    """Return a logger that writes to `out`; `environ` may say NO_COLOR, TERM and COLUMNS."""
    settings, environ = settings or LogSettings(), environ or {}
    terminal = out.isatty()
    for_person = settings.format == "console" or (settings.format == "auto" and terminal)
    colour = terminal and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"

    def person(logged: Logged) -> str:
        return exchange_text(logged, Look(_width(out, environ) if terminal else None, colour))

    def person_of_event(_: object, __: str, event: Mapping[str, object]) -> str:
        return event_text(event, Look(_width(out, environ) if terminal else None, colour))

    events: FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(out),  # type: ignore[arg-type]  # structlog calls only write and flush
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            person_of_event if for_person else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(settings.level),
        cache_logger_on_first_use=True,
    )
    return Logger(out, settings.level, person if for_person else as_json, events)


def _width(out: Out, environ: Mapping[str, str]) -> int | None:
    """Return the columns of a terminal, whose size may change while we run; None for a file, where lines stay whole."""
    said = environ.get("COLUMNS", "")
    if said.isdecimal() and len(said) <= LONGEST_NUMBER and int(said):
        return int(said)
    try:
        return os.get_terminal_size(out.fileno()).columns or None
    except (OSError, ValueError):
        return None


def tell_losses(lines: Lines, logger: Logger) -> None:
    """Log how many lines were lost, as soon as the log can be written again. Also log that its file could not be opened anew."""
    lines.on_loss = lambda: logger.events.warning("log lines lost", **losses(lines))
    lines.on_stale = lambda error: logger.events.warning("log file not opened anew", why=error.strerror)


def losses(lines: Lines) -> dict[str, int]:
    """Return how many lines were lost so far, by reason, as fields of an event."""
    return {"log_lines_dropped": lines.dropped, "log_lines_unwritten": lines.unwritten}


class LibraryLog(logging.Handler):
    """Says in our log that a library logged something, but not its text, which may quote a message."""

    def __init__(self, logger: Logger) -> None:
        super().__init__(logging.WARNING)
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        """Log the library's name, the level, and the type of the error."""
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        self._logger.events.warning("library", logger=printable(record.name), said=record.levelname, error=error)


def log_libraries(logger: Logger) -> None:
    """Send what libraries log to `logger`, which replaces an earlier one.

    Without a handler Python writes their text to stderr unchanged, and waits until it is read.
    """
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, LibraryLog)]:
        root.removeHandler(handler)
    root.addHandler(LibraryLog(logger))
