"""What a signal means to a command that serves: the first one that ends it lets exchanges finish, a second one does not wait.

| signal | while it starts | while it serves |
|---|---|---|
| TERM, INT | ends at once | the first drains: status 0. The second ends at once |
| QUIT | ends at once | ends at once |
| HUP, its terminal was closed | ends at once | drains: closing a terminal must leave nobody on the port |
| HUP, otherwise | ends at once; is ignored without a terminal | reads the configuration anew, where the command has one |
| USR1 | is ignored | opens the log's file anew, if it has one |
| USR2 | is ignored | is ignored |

What ends at once dies of the signal, as it would without us: a shell says 128 + n. That needs no line of ours to run, so that it
works whatever the loop is doing. A HUP that was ignored when we were started ends nothing, which is what nohup asks for.
A terminal that was closed is told from one that is there by opening it: the system takes it away before it sends HUP.
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
    """Say what signals mean from the start. Nothing is in flight yet, so that what ends may end at once."""
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)
    for number in (*ENDING, signal.SIGQUIT):  # a shell without job control has INT and QUIT ignored in the background
        signal.signal(number, signal.SIG_DFL)
    if not _has_terminal():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))  # QUIT would write the memory to disk, and every token with it


def drain(stop: Callable[[], None], reload: Callable[[], None] | None = None) -> None:
    """From now on call `stop`, on the running loop, for the first signal that ends; the main thread calls this.

    `reload` is called for a HUP that does not end; without it every HUP ends where there was a terminal at the start.
    """
    from asyncio import get_running_loop  # noqa: PLC0415  # a command that does not serve needs none of it

    loop = get_running_loop()

    def first(_: int, __: object) -> None:
        for number in ENDING:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a terminal that closes sends two, its shell's and the system's
        with suppress(RuntimeError):  # the loop is closed: we are through
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
    """From now on call `again`, on the running loop, for USR1; the main thread calls this."""
    from asyncio import get_running_loop  # noqa: PLC0415  # as above

    loop = get_running_loop()

    def moved(_: int, __: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: we are through
            loop.call_soon_threadsafe(again)

    signal.signal(signal.SIGUSR1, moved)


def _has_terminal() -> bool:
    """Whether there is a terminal that can be closed: the session's, or one that we read from or write to."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return any(map(os.isatty, (0, 1, 2)))
    return True
