"""Runs a command in any language with a gateway beside it. The environment has the gateway's address. Signals and status are passed on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from time import monotonic

from gateway.cassettes.draft import Draft
from gateway.cassettes.errors import CassetteMissingError
from gateway.cassettes.files import NAMED, NO_FILE, available, nearest_below
from gateway.config import Config
from gateway.core.mistake import Mistake
from gateway.exchanges.log import Sink
from gateway.offline.outcome import Ran
from gateway.offline.running import Offline
from gateway.offline.session import Session

Starting = Callable[[Path], AbstractContextManager[Callable[[], None]]]

NOT_EXECUTABLE = 126
NOT_FOUND = 127
"""A shell's exit status for a command that does not exist."""
OF_SIGNALS = 128
FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)


def execute(
    config: Config,
    command: Sequence[str],
    variable: str,
    environ: Mapping[str, str],
    starting: Starting,
    draft: Draft | None = None,
    sink: Sink | None = None,
    *,
    for_sessions: bool = False,
) -> Ran:
    """Start the gateway, run the command to its end, and stop the gateway. Raises the errors of `assemble`.

    `starting` shows the progress of a long start. `draft` is the cassette that is recorded again. `sink` logs exchanges; None: they are
    not logged. `for_sessions`: the gateway itself has no cassette, and replays nothing.
    """
    child = _Child()  # it handles signals from the first moment
    session = Session()
    try:
        try:
            cassette = config.cassette_path()
            with starting(cassette) as session.lasting.step:
                given = NO_FILE if for_sessions else draft.file if draft else None
                shown = f"{cassette}, which does not exist" if for_sessions else str(cassette)
                offline = Offline(session, config, cassette, shown, draft=given, sink=sink)
        except CassetteMissingError as error:
            message = f"{error}; --mode auto records it"
            raise Mistake(message) from error
        started = monotonic()
        try:
            told = offline.control.environment if config.control.enabled else {}
            status, problem = child.run(command, {**environ, variable: offline.url, **told})
        finally:
            seconds = monotonic() - started
            outcome = offline.stop(whole=False)
        became = draft.finish(offline.recorded, sum(outcome.lost.values())) if draft else ""
        left = outcome.unplayed if offline.heard or not offline.sessions else ()  # sessions have their own reports
        return Ran(status, problem, seconds, outcome, tuple(offline.named(left).values()), became)
    finally:
        if draft:
            draft.discard()
        session.close()


def is_for_sessions(config: Config) -> bool:
    """Whether only sessions can replay: the configured cassette is missing, and folders below its folder have cassettes."""
    cassette = config.cassette_path()
    is_missing = config.mode == "replay" and config.control.enabled and not os.path.lexists(cassette)
    return is_missing and bool(nearest_below(cassette.parent))


def said_for_sessions(config: Config) -> str:
    """Return the message that only sessions replay. It names the folder's cassettes, since the configured name may be wrong."""
    cassette = config.cassette_path()
    others = available(cassette.parent)
    hint = f"; to replay another cassette: --cassette {' or '.join(others[:NAMED])}" if others else ""
    return f"{cassette} does not exist, so this gateway replays nothing; sessions replay their own cassettes{hint}"


class _Child:
    """The command's process, and the signals for it.

    On a terminal the command stays in our process group: only this group may read from the terminal, and Ctrl-C reaches the command
    directly. Elsewhere it gets its own group, and our signals are passed on to this whole group.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []
        self._on_terminal = _on_terminal()
        # signals that nohup ignores stay ignored
        self._heard = [number for number in FORWARDED if signal.getsignal(number) is not signal.SIG_IGN]
        for number in self._heard:
            signal.signal(number, self._forward)

    def run(self, command: Sequence[str], environ: Mapping[str, str]) -> tuple[int, str]:
        """Return the exit status, and why the command could not be started. The text is empty if it was started."""
        try:
            self._process = subprocess.Popen(  # noqa: S603  # to run it is what we are asked for
                command, env=environ, process_group=None if self._on_terminal else 0
            )
        except FileNotFoundError:
            return NOT_FOUND, f"{command[0]}: command not found"
        except OSError as error:
            return NOT_EXECUTABLE, f"{command[0]}: {error.strerror}"
        for number in self._early:
            self._forward(number)
        status = self._process.wait()
        for number in self._heard:  # the command has ended, so a signal is for us, and ends us at once
            signal.signal(number, signal.SIG_DFL)
        return (status, "") if status >= 0 else (OF_SIGNALS - status, "")

    def _forward(self, number: int, _: object = None) -> None:
        if self._process is None:
            self._early.append(number)
        elif self._process.returncode is None:
            with suppress(ProcessLookupError):
                if not self._on_terminal:
                    os.killpg(self._process.pid, number)
                elif number not in {signal.SIGINT, signal.SIGQUIT}:
                    os.kill(self._process.pid, number)


def _on_terminal() -> bool:
    """Whether this process is in the terminal's foreground group, so that it gets typed keys."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError, AttributeError):
        return False


def report(ran: Ran, say: Callable[[str], None]) -> None:
    """Report on the command's requests."""
    if ran.recorded_anew:
        say(f"gateway exec: {ran.recorded_anew}")
    text = ran.problem or ran.text()  # a command that was not started has no other result
    if text:
        say(f"gateway exec: {text}")
