"""Runs a command, in any language, with a gateway beside it: the address in its environment, its signals and status passed through."""

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
) -> Ran:
    """Start the gateway, run the command to its end, stop the gateway; raises what `assemble` does.

    `starting` shows how far a long start is; `draft` is the cassette that is recorded again; `sink` is where exchanges are
    logged, if anywhere.
    """
    child = _Child()  # hears signals before anybody can know that there is something to stop
    session = Session()
    try:
        try:
            cassette = config.cassette_path()
            with starting(cassette) as session.lasting.step:
                given = draft.file if draft else None
                offline = Offline(session, config, cassette, str(cassette), draft=given, sink=sink)
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
        left = outcome.unplayed if offline.heard or not offline.sessions else ()  # sessions say it themselves
        return Ran(status, problem, seconds, outcome, tuple(offline.named(left).values()), became)
    finally:
        if draft:
            draft.discard()
        session.close()


class _Child:
    """The command's process, and the signals that are meant for it.

    On a terminal it stays in our process group, since only that group may read from the terminal, and what is typed there
    (Ctrl-C) reaches it without us. Elsewhere it gets a group of its own, and whatever we are sent goes to all of that.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []
        self._on_terminal = _on_terminal()
        self._heard = [
            number for number in FORWARDED if signal.getsignal(number) is not signal.SIG_IGN
        ]  # nohup's word is kept
        for number in self._heard:
            signal.signal(number, self._forward)

    def run(self, command: Sequence[str], environ: Mapping[str, str]) -> tuple[int, str]:
        """Return the status, and why the command could not be started."""
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
        for (
            number
        ) in self._heard:  # there is nobody left to pass them to: whoever sends one means us, and means at once
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
    """Whether this process is in the terminal's foreground group, so that typed keys reach it."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError, AttributeError):
        return False


def report(ran: Ran, say: Callable[[str], None]) -> None:
    """Say what became of the command's requests."""
    if ran.recorded_anew:
        say(f"gateway exec: {ran.recorded_anew}")
    text = ran.problem or ran.text()  # a command that never ran has no other result
    if text:
        say(f"gateway exec: {text}")
