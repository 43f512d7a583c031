"""Runs a command, in any language, with a gateway beside it: the address in its environment, its signals and status passed through."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from time import monotonic

from gateway.cassettes.draft import Draft
from gateway.cassettes.errors import CassetteMissingError
from gateway.config import Config
from gateway.control.model import SessionEnded
from gateway.control.token import new_token
from gateway.core.mistake import Mistake
from gateway.exchanges.health import Health
from gateway.exchanges.log import Sink
from gateway.offline.outcome import Ran, with_sessions
from gateway.offline.running import Offline
from gateway.offline.session import HOST, Session
from gateway.offline.steered import CommandGateway
from gateway.wiring.controlling import control

Starting = Callable[[Path], AbstractContextManager[Callable[[], None]]]

CONTROL_URL = "ADOBE_PASS_CONTROL_URL"
CONTROL_TOKEN = "ADOBE_PASS_CONTROL_TOKEN"  # noqa: S105  # the variable's name
"""What tells the command where the control listener is, and its token."""
NOT_EXECUTABLE = 126
NOT_FOUND = 127
"""What a shell exits with for a command that is not there."""
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

    `starting` shows how far a long start is; `draft` is the cassette that is recorded anew; `sink` is where exchanges are
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
            with _control(session, config, offline.command_gateway(), environ) as (listening, ended):
                status, problem = child.run(command, {**environ, variable: offline.url, **listening})
        finally:
            seconds = monotonic() - started
            outcome = offline.stop(whole=False)
        outcome = with_sessions(outcome, ended)
        became = draft.finish(offline.recorded, sum(outcome.lost.values())) if draft else ""
        left = outcome.unplayed if offline.heard or not ended else ()  # sessions say it themselves
        return Ran(status, problem, seconds, outcome, tuple(offline.named(left).values()), became)
    finally:
        if draft:
            draft.discard()
        session.close()


@contextmanager
def _control(
    session: Session, config: Config, gateway: CommandGateway, environ: Mapping[str, str]
) -> Iterator[tuple[Mapping[str, str], list[SessionEnded]]]:
    """Listen for the command's tests, and yield what tells it where, and the sessions that have ended; nothing where that is switched off."""
    ended: list[SessionEnded] = []
    if not config.control.enabled:
        yield {}, ended
        return
    settings = config.control.model_copy(update={"host": HOST, "port": 0})
    token = new_token()
    listener = session.run(
        control(
            config.model_copy(update={"control": settings}),
            gateway,
            environ,
            health=Health(),
            lasting=session.lasting,
            observing=lambda *_: (),
            warn=lambda *_, **__: None,
            ended=ended.append,
            token=token,
        )
    )
    try:
        yield {CONTROL_URL: listener.url, CONTROL_TOKEN: token}, ended
    finally:
        gateway.closed = True
        session.run(listener.stop())


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
    """Whether what is typed reaches us: the group in the foreground of the terminal is ours."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError, AttributeError):
        return False


def report(ran: Ran, say: Callable[[str], None]) -> None:
    """Say what became of the command's requests."""
    if ran.recorded_anew:
        say(f"gateway exec: {ran.recorded_anew}")
    text = ran.problem or ran.text()  # of what never ran there is nothing else to say
    if text:
        say(f"gateway exec: {text}")
