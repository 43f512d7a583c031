"""The observer that logs: one line for each exchange at its end, and warnings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol, Self

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.bounded import remembered
from gateway.core.memo import kept_of
from gateway.core.model import Exchange, Finding, Headers, Request, Response, Severity
from gateway.core.redaction import Redaction
from gateway.core.saying import Saying
from gateway.core.state import SharedState
from gateway.core.times import Stamps
from gateway.exchanges.addresses import shown_address
from gateway.exchanges.alike import MOST_LINES, Alike, Alikes
from gateway.exchanges.line_form import (
    LONGEST,
    MET,
    LineForm,
    blanked,
    filled,
    is_plain,
    is_repeated,
    named,
    rewritten_of,
    sources_of,
)
from gateway.exchanges.logged import (
    EVENT,
    URL,
    Failure,
    Logged,
    LoggedFinding,
    failure_of,
    faults_of,
    level_of,
    told_of,
    upstream_of,
)
from gateway.exchanges.observers import EndOnly
from gateway.exchanges.repeat import Repeat
from gateway.exchanges.titles import title_of

LONGEST_URLS = 8192
"""The most characters of an exchange's logout URLs that the log shows. One URL with a SAML request has thousands."""


class LogSettings(Struct, frozen=True):
    """How exchanges are logged."""

    format: Literal["auto", "console", "json"] = "auto"
    """`auto`: for a person on a terminal, JSON elsewhere."""
    level: Severity = "info"
    """The least severity that is logged."""
    repeat: Literal["once", "always"] = "once"
    """`once`: a finding or error that the device had before is only counted; `always`: it is logged in full each time."""
    addresses: Literal["pseudonym", "plain"] = "pseudonym"
    """How public addresses are shown. Private addresses are always shown as they are."""


class Sink(Protocol):
    """Where the log goes."""

    def takes(self, level: Severity) -> bool:
        """Whether events of this level are logged."""

    @property
    def one_line(self) -> Callable[[Logged], str] | None:
        """Renders an exchange as one line; None if there may be further lines, or if the line depends on a terminal's width."""

    def exchange(self, logged: Logged) -> None:
        """Take an exchange."""

    def line(self, text: str) -> None:
        """Take the finished line of an exchange, with its line end."""

    def warn(self, event: str, **about: object) -> None:
        """Take a warning."""


class Log(EndOnly):
    """An observer: one line for each exchange when it has ended, and warnings."""

    _redaction: Redaction
    _state: SharedState

    def __init__(self, sink: Sink, settings: LogSettings | None = None) -> None:
        """`sink` takes the log. Before the first exchange, `of` must be called."""
        self._sink = sink
        self._settings = settings or LogSettings()
        self._stamp = Stamps().__call__  # a bound method is called faster than an object
        self._alikes = Alikes()

    def of(self, redaction: Redaction, state: SharedState) -> Self:
        """Log from now on for a gateway with this redaction; `state` counts the findings and errors of each device."""
        self._redaction = redaction
        self._state = state
        self._alikes.clear()
        self._address = _addresses(redaction, plain=self._settings.addresses == "plain")
        return self

    def warn(self, event: str, **about: object) -> None:
        """Log what went wrong. The address of a peer is shown as the settings say."""
        if "peer" in about:
            about["peer"] = self._address(str(about["peer"]))
        self._sink.warn(event, **about)

    def ended(self, exchange: Exchange) -> None:
        """Log what was asked and answered: no query, no header, no body. An exchange below the level is not counted either."""
        if exchange.received.headers.is_new or not self._again(exchange):
            self._anew(exchange)

    def _again(self, exchange: Exchange) -> bool:
        """Log an exchange with the form that is kept with its head, if the form fits; return whether it did."""
        kept = kept_of(exchange.received)
        form: LineForm | None = kept.told if kept is not None else None
        if form is None or form.log is not self or not form.tells_of(exchange):
            return False
        if form.generation != self._redaction.generation:  # new secrets were met: is one of them in the line?
            if self._shown(exchange) != form.shown:
                return False
            form.generation = self._redaction.generation
        times: Sequence[int] = ()
        if form.told:
            times = self._state.tell(form.device.key, form.told)
            if min(times) == 1:  # the state has forgotten this finding, so it is new again
                self._tell(exchange, None, form.told, times, self._alike_of(exchange))
                return True
        self._fill(form, exchange, times)
        return True

    def repeated(self, repeat: Repeat) -> None:
        """Log the same as for the earlier exchange, with another id and other times."""
        again = repeat.again
        form: LineForm | None = again.kept.told
        if (
            form is None
            or form.of is not again
            or form.log is not self
            or form.generation != self._redaction.generation
        ):
            exchange = repeat.exchange
            if not self._again(exchange):
                self._anew(exchange)
            elif (kept := kept_of(exchange.received)) is not None:
                form = again.kept.told = kept.told
                form.of = again  # the `Again` has everything on which a form depends
            return
        times: Sequence[int] = ()
        if form.told:
            times = self._state.tell(form.device.key, form.told)
            if min(times) == 1:
                self._tell(repeat.exchange, None, form.told, times, self._alike_of(repeat.exchange))
                return
        elapsed = repeat.elapsed_ms
        self._sink.line(filled(form.parts, self._stamp(repeat.at + elapsed / 1000), repeat.id, elapsed, times))

    def _fill(self, form: LineForm, exchange: Exchange, times: Sequence[int]) -> None:
        """Write the line of an exchange: fill in its form."""
        elapsed = exchange.elapsed_ms
        self._sink.line(filled(form.parts, self._stamp(exchange.at + elapsed / 1000), exchange.id, elapsed, times))

    def _anew(self, exchange: Exchange) -> None:
        findings, received = exchange.findings, exchange.received
        failed = exchange.reply.source == "gateway" or not is_repeated(exchange)
        failure = failure_of(exchange) if failed else None
        alike = self._alike_of(exchange) if failure is None else None
        if not self._sink.takes(alike.level if alike is not None else level_of(findings, failure)):
            return
        told: Sequence[str] = ()
        if alike is not None:
            told = alike.told
        elif findings or failure is not None:
            path = self._path(received) if failure is not None else ""
            told = told_of(received.method, path, findings, failure)
        times = self._state.tell(received.device.key, told) if told else ()
        self._tell(exchange, failure, told, times, alike)

    def _alike_of(self, exchange: Exchange) -> Alike | None:
        """Return the values that an exchange without an error shares with similar exchanges. None: it shares nothing."""
        if self._sink.one_line is None:
            return None
        return self._alikes.of(exchange, self._address(exchange.received.device.address))

    def _tell(
        self,
        exchange: Exchange,
        failure: Failure | None,
        told: Sequence[str],
        times: Sequence[int],
        alike: Alike | None,
    ) -> None:
        """Log an exchange.

        `told`: the findings and the error that are counted for its device. `times`: how often each of them came, including this time.
        """
        path = self._path(exchange.received)
        form = self._form_of(exchange, path, times, alike) if alike is not None else None
        if form is None:
            self._sink.exchange(self._logged(exchange, failure, times))
        else:
            elapsed = exchange.elapsed_ms
            at = self._stamp(exchange.at + elapsed / 1000)
            self._sink.line(filled(form, at, exchange.id, elapsed, times, exchange.received.device.name, path))
        if 1 not in times and failure is None:
            self._keep(exchange, path, told, times, form)

    def _form_of(self, exchange: Exchange, path: str, times: Sequence[int], alike: Alike) -> tuple[str, ...] | None:
        """Return the parts of an exchange's line that all similar exchanges share. None: the parts are not known yet."""
        render = self._sink.one_line
        if render is None or not is_plain(exchange.received.device.name) or not is_plain(path):
            return None
        first = tuple([number == 1 for number in times])
        form = alike.lines.get(first)
        if form is None and alike.is_kept and len(alike.lines) < MOST_LINES:
            form = alike.lines[first] = blanked(self._logged(exchange, None, times), render, "device", "path")
        return form

    def _logged(self, exchange: Exchange, failure: Failure | None, times: Sequence[int]) -> Logged:
        """Return an exchange as it is logged."""
        received, reply, device, findings = exchange.received, exchange.reply, exchange.device, exchange.findings
        logged = Logged(
            timestamp=self._stamp(exchange.at + exchange.elapsed_ms / 1000),
            level=level_of(findings, failure),
            event=EVENT,
            id=exchange.id,
            device=device.name,
            address=self._address(device.address),
            method=received.method,
            path=self._path(received),
            status=reply.status,
            source=reply.source,
            upstream=upstream_of(exchange, failure),
            fault=faults_of(reply),
            ms=round(exchange.elapsed_ms, 1),
            legs=self._legs(exchange),
            findings=[self._finding(finding, number) for finding, number in zip(findings, times, strict=False)],
            logout_urls=self._logout_urls(reply),
        )
        if failure is None:
            return logged
        explained = times[-1] == 1 or self._settings.repeat == "always"
        return replace(
            logged,
            error=failure.code,
            error_times=times[-1],
            reason=failure.message if explained else "",
            nearest=failure.nearest[:1] if explained else [],
        )

    def _keep(
        self, exchange: Exchange, path: str, told: Sequence[str], times: Sequence[int], alike: tuple[str, ...] | None
    ) -> None:
        """Keep the line as a form with the request's head, for the next exchange with this head.

        `alike`: the parts of the line that it shares with similar exchanges; None if there are no such parts.
        """
        kept, render = kept_of(exchange.received), self._sink.one_line
        if kept is None or render is None or not is_repeated(exchange):
            return
        if alike is not None:
            shown: tuple[object, ...] = (path,)
            parts = named(alike, exchange.device.name, path)
        elif kept.told is None:  # most heads that are met once are never met again
            kept.told = MET
            return
        else:
            logged = self._logged(exchange, None, times)
            parts, shown = blanked(logged, render), (logged.path, *logged.legs, *logged.logout_urls)
        if sum(map(len, parts)) <= LONGEST:
            reply = exchange.reply
            kept.told = LineForm(
                self,
                exchange.device,
                reply.status,
                sources_of(exchange),
                rewritten_of(exchange),
                faults_of(reply),
                reply.headers,
                URL in reply.headers,
                exchange.findings,
                tuple(told),
                shown,
                self._redaction.generation,
                parts,
            )

    def _finding(self, finding: Finding, times: int) -> LoggedFinding:
        title = title_of(finding.id)
        if times > 1 and self._settings.repeat == "once":
            return LoggedFinding(finding.id, finding.severity, title, finding.where, times)
        return LoggedFinding(finding.id, finding.severity, title, finding.where, times, finding.found, finding.expected)

    def _path(self, request: Request) -> str:
        """Return a request's path without secrets. It is kept with the head until a new secret is met, which the path may hold."""
        kept, generation = kept_of(request), self._redaction.generation
        known: tuple[int, str] | None = kept.path if kept is not None else None
        if known is not None and known[0] == generation:
            return known[1]
        path = Saying(self._redaction, request).path
        if kept is not None:
            kept.path = generation, path
        return path

    def _shown(self, exchange: Exchange) -> tuple[object, ...]:
        """Return the texts of an exchange that its line shows."""
        return self._path(exchange.received), *self._legs(exchange), *self._logout_urls(exchange.reply)

    def _logout_urls(self, reply: Response) -> list[str]:
        """Return the logout URLs without their secrets; for very long URLs only their length."""
        if URL not in reply.headers:
            return []
        urls = reply.headers.getall(URL)
        if (length := sum(map(len, urls))) > LONGEST_URLS:
            return [f"({length} characters)"]
        fields = Headers.of([(URL, url) for url in urls])
        return self._redaction.redacted(Request("", ""), Response(0, headers=fields))[1].headers.getall(URL)

    def _legs(self, exchange: Exchange) -> list[str]:
        """Return method, path and status of each leg if a rule rewrote one of them; else an empty list."""
        if not any(leg.request.rewritten_from for leg in exchange.legs):
            return []
        sent = [
            (leg.request.method, Saying(self._redaction, leg.request).path, leg.response.status)
            for leg in exchange.legs
        ]
        return [f"{method} {path} {status}" for method, path, status in sent]


def _addresses(redaction: Redaction, *, plain: bool) -> Callable[[str], str]:
    """Return a function that returns an address as it may be shown. It remembers its results."""

    @remembered(limit=1 << 20, longest=256)
    def shown(address: str) -> str:
        return shown_address(address, redaction, plain=plain)

    return shown
