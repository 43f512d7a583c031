"""What the gateway says while it runs: events on stderr, one an exchange, for a person on a terminal and as JSON lines elsewhere."""

from __future__ import annotations

import logging
from typing import Any, Protocol

import structlog
from msgspec import Struct

from gateway.core.model import Exchange, Headers, Request, Response
from gateway.core.redaction import Redaction
from gateway.core.saying import Saying
from gateway.core.text import printable
from gateway.system.lines import Lines

LONGEST_URLS = 8192
"""Characters of the logout URLs of one exchange that the log shows: a SAML request in one has thousands."""


class Out(Protocol):
    """Where the log goes: `Lines`, which block nobody, or a stream in memory."""

    def write(self, text: str, /) -> object:
        """Take a line."""

    def flush(self) -> None:
        """See that it gets on its way."""

    def isatty(self) -> bool:
        """Whether a person reads."""


def configure(out: Out) -> structlog.typing.FilteringBoundLogger:
    """Return a logger that writes to `out`: coloured text where that is a terminal, JSON lines elsewhere."""
    for_person: list[Any] = [_safe, structlog.dev.ConsoleRenderer()]
    logger: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(out),  # type: ignore[arg-type]  # it writes and flushes, and asks no more of a stream
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *(for_person if out.isatty() else [structlog.processors.JSONRenderer()]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        cache_logger_on_first_use=True,
    )
    return logger


def tell_losses(lines: Lines, logger: structlog.typing.FilteringBoundLogger) -> None:
    """Say how many lines the log has lost, as soon as it can be written again."""
    lines.on_loss = lambda: logger.warning("log lines lost", **losses(lines))


def losses(lines: Lines) -> dict[str, int]:
    """Return what the log has lost so far, by reason, as it is said."""
    return {"log_lines_dropped": lines.dropped, "log_lines_unwritten": lines.unwritten}


class LibraryLog(logging.Handler):
    """Says in our log that a library logged something, but not what: its text may quote what was sent."""

    def __init__(self, logger: structlog.typing.FilteringBoundLogger) -> None:
        super().__init__(logging.WARNING)
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        """Say who logged, and the sort of error that it was."""
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        self._logger.warning("library", logger=record.name, said=record.levelname, error=error)


def log_libraries(logger: structlog.typing.FilteringBoundLogger) -> None:
    """Have libraries log there: without a handler Python writes their text to stderr as it is, and waits until it is read."""
    logging.getLogger().addHandler(LibraryLog(logger))


def _safe(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Write what would act on a terminal as an escape; JSON has escapes of its own."""
    return {name: printable(value) if isinstance(value, str) else value for name, value in event.items()}


class Log(Struct, frozen=True):
    """An observer: one event for each exchange when it has ended, and warnings."""

    logger: structlog.typing.FilteringBoundLogger
    redaction: Redaction

    def began(self, exchange: Exchange) -> None:
        """Wait for its end."""

    def ended(self, exchange: Exchange) -> None:
        """Say what was asked and answered: no query, no header, no body."""
        received, reply = exchange.received, exchange.reply
        said = Saying(self.redaction, received)
        self.logger.info(
            "exchange",
            id=exchange.id,
            device=exchange.device.name,
            method=received.method,
            path=said.path,
            status=reply.status,
            source=reply.source,
            ms=round(exchange.elapsed_ms, 1),
            **({"error": error} if (error := _error(reply)) else {}),
            **self._legs(exchange),
        )
        for finding in exchange.findings:
            about = {"where": finding.where, "found": finding.found, "expected": finding.expected}
            self.logger.info("finding", id=exchange.id, finding=finding.id, severity=finding.severity, **about)
        if "X-Gateway-Logout-Url" in reply.headers:
            self.logger.info("logout urls", id=exchange.id, urls=self._logout_urls(reply))

    def _logout_urls(self, reply: Response) -> list[str]:
        """Return the URLs without their secrets; of very long ones, how long they are."""
        urls = reply.headers.getall("X-Gateway-Logout-Url")
        if (length := sum(map(len, urls))) > LONGEST_URLS:
            return [f"({length} characters)"]
        fields = Headers.of([("X-Gateway-Logout-Url", url) for url in urls])
        return self.redaction.redacted(Request("", ""), Response(0, headers=fields))[1].headers.getall(
            "X-Gateway-Logout-Url"
        )

    def _legs(self, exchange: Exchange) -> dict[str, list[str]]:
        """Say what was sent in the app's place, where a rule did that."""
        if not any(leg.request.rewritten_from for leg in exchange.legs):
            return {}
        sent = [
            (leg.request.method, Saying(self.redaction, leg.request).path, leg.response.status) for leg in exchange.legs
        ]
        return {"legs": [f"{method} {path} {status}" for method, path, status in sent]}

    def warn(self, event: str, **about: object) -> None:
        """Say what went wrong."""
        self.logger.warning(event, **about)


def _error(reply: Response) -> str:
    """Return the name of the gateway's own error; empty of what it answers well, and of what others answered."""
    return reply.headers.get("X-Gateway-Error") if reply.source == "gateway" else ""
