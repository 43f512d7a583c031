"""The effects of signals on a serving command. The first ending signal lets exchanges finish; the second one ends the command at once.

| signal | while it starts | while it serves |
|---|---|---|
| TERM, INT | ends at once | the first drains: status 0. The second ends at once |
| QUIT | ends at once | ends at once |
| HUP, its terminal was closed | ends at once | drains: closing a terminal must leave nobody on the port |
| HUP, otherwise | ends at once; is ignored without a terminal | reads the configuration again, if the command has one |
| USR1 | is ignored | opens the log's file again, if there is one |
| USR2 | is ignored | is ignored |

A command that ends at once dies of the signal itself: a shell reports 128 + n. This needs no code of the gateway, so it works even if
the loop is blocked. If HUP was ignored at the start, as with nohup, a HUP ends nothing. To find out whether the terminal was closed,
the gateway opens it: the system removes a closed terminal before it sends HUP.
"""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable
from contextlib import suppress

ENDING = (signal.SIGTERM, signal.SIGINT)
IGNORED = (signal.SIGUSR1, signal.SIGUSR2)


def prepare() -> None:
    """Set the effects of signals for the start. No exchange is in flight yet, so an ending signal ends the command at once."""
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)
    # a shell without job control makes background commands ignore INT and QUIT
    for number in (*ENDING, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    if not _has_terminal():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))  # QUIT would write the memory, with every token, to disk


def drain(stop: Callable[[], None], reload: Callable[[], None] | None = None) -> None:
    """From now on, call `stop` on the running loop at the first ending signal. The main thread must call this.

    `reload` is called at a HUP that does not end the command. Without `reload`, every HUP ends it, unless HUP is ignored.
    """
    from asyncio import get_running_loop  # noqa: PLC0415  # a command that does not serve needs none of it

    loop = get_running_loop()

    def first(_: int, __: object) -> None:
        for number in ENDING:
            signal.signal(number, signal.SIG_DFL)
        # a closed terminal sends two: one from its shell, one from the system
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with suppress(RuntimeError):  # the loop is closed: the command has ended
            loop.call_soon_threadsafe(stop)

    may_end = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN

    def hung_up(number: int, frame: object) -> None:
        if reload is None or (may_end and not _has_terminal()):
            first(number, frame)
            return
        with suppress(RuntimeError):  # as above
            loop.call_soon_threadsafe(reload)

    for number in ENDING:
        signal.signal(number, first)
    if may_end or reload is not None:
        signal.signal(signal.SIGHUP, hung_up)


def reopen(again: Callable[[], None]) -> None:
    """From now on, call `again` on the running loop at USR1. The main thread must call this."""
    from asyncio import get_running_loop  # noqa: PLC0415  # as above

    loop = get_running_loop()

    def moved(_: int, __: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: the command has ended
            loop.call_soon_threadsafe(again)

    signal.signal(signal.SIGUSR1, moved)


def _has_terminal() -> bool:
    """Whether there is a terminal that can be closed: the session's terminal, or one at a standard stream."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return any(map(os.isatty, (0, 1, 2)))
    return True
