"""What the gateway says while it runs: events on stderr, one an exchange, for a person on a terminal and as JSON lines elsewhere."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import Any, TextIO

import structlog
from msgspec import Struct

from gateway.core.devices import DeviceNames
from gateway.core.model import Exchange, Headers, Request, Response
from gateway.core.redaction import Redaction

LONGEST_URLS = 8192
"""Characters of the logout URLs of one exchange that the log shows: a SAML request in one has thousands."""


def configure(stream: TextIO | None = None) -> structlog.typing.FilteringBoundLogger:
    """Return a logger that writes to `stream`, stderr by default: coloured text where that is a terminal, JSON lines elsewhere."""
    out = stream or sys.stderr
    for_person: list[Any] = [_printable, structlog.dev.ConsoleRenderer()]
    logger: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(_Out(out)),  # type: ignore[arg-type]  # it writes and flushes, and asks no more of a stream
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *(for_person if out.isatty() else [structlog.processors.JSONRenderer()]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        cache_logger_on_first_use=True,
    )
    return logger


class LibraryLog(logging.Handler):
    """Says in our log that a library logged something, but not what: its text may quote what was sent."""

    def __init__(self, logger: structlog.typing.FilteringBoundLogger) -> None:
        super().__init__(logging.WARNING)
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        """Say who logged, and the sort of error that it was."""
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        self._logger.warning("library", logger=record.name, said=record.levelname, error=error)


class _Out(Struct, frozen=True, eq=False, weakref=True):
    """A stream whose end costs no exchange: whoever read the log may have gone."""

    stream: TextIO

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            self.stream.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self.stream.flush()


def _printable(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Write what would act on a terminal as an escape; JSON has escapes of its own."""
    return {
        name: "".join(c if c.isprintable() else repr(c)[1:-1] for c in value) if isinstance(value, str) else value
        for name, value in event.items()
    }


class Log(Struct, frozen=True):
    """The server's observer: one event for each exchange, and warnings."""

    logger: structlog.typing.FilteringBoundLogger
    names: DeviceNames
    redaction: Redaction

    def exchange(self, exchange: Exchange) -> None:
        """Say what was asked and answered: no query, no header, no body."""
        received, reply = exchange.received, exchange.reply
        self.logger.info(
            "exchange",
            id=exchange.id,
            device=self.names(received),
            method=received.method,
            path=self.redaction.shown(received.path),
            status=reply.status,
            source=reply.source,
            ms=round(exchange.elapsed_ms, 1),
            **({"error": reply.headers.get("X-Gateway-Error")} if reply.source == "gateway" else {}),
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
            (leg.request.method, self.redaction.shown(leg.request.path), leg.response.status) for leg in exchange.legs
        ]
        return {"legs": [f"{method} {path} {status}" for method, path, status in sent]}

    def warn(self, event: str, **about: object) -> None:
        """Say what went wrong."""
        self.logger.warning(event, **about)
