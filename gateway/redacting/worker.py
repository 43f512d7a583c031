"""The process that redacts large messages. It reads jobs from its stdin, and answers on its stdout.

Facts
-----
* It ends when its stdin ends, so it does not outlive the gateway. If a task takes more processor time than the budget, the system ends
  the process, even in the middle of one C call (setitimer(2): ITIMER_PROF, SIGPROF).
* It reads no file and opens no connection. The key comes through stdin, never as an argument or in the environment.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import BinaryIO

from msgspec.json import decode
from msgspec.msgpack import Decoder, Encoder

from gateway.core.codings import CodingError
from gateway.core.redaction import Redaction
from gateway.core.secrets.policy import Policy
from gateway.redacting.jobs import Failed, JobDone, Result, Setup, Task, packed, unpacked
from gateway.redacting.pipe import LENGTH, framed, length

NICE = 5
"""The `nice` value of this process. The gateway's loop goes first, since every other exchange waits for it."""


def main(budget: float) -> None:
    """Work until stdin ends. A task may take `budget` seconds of processor time."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the gateway, which ends this process
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    os.nice(NICE)
    gc.disable()  # a message of 30,000 secrets causes 30 collections, a fifth of its time
    with os.fdopen(os.dup(0), "rb") as asked, os.fdopen(os.dup(1), "wb") as answers:
        data = _read(asked)
        if data is None:
            return
        redaction = redaction_of(Decoder(Setup).decode(data))
        decoder, encoder = Decoder(Task), Encoder()
        while (data := _read(asked)) is not None:
            signal.setitimer(signal.ITIMER_PROF, budget)
            done = encoder.encode(work(redaction, decoder.decode(data)))
            signal.setitimer(signal.ITIMER_PROF, 0)
            answers.write(framed(done))
            answers.flush()
            gc.collect(1)


def redaction_of(setup: Setup) -> Redaction:
    """Return the redaction of the gateway that asks."""
    policy = Policy()
    if setup.settings is not None:
        from gateway.config import RedactionSection as Settings  # noqa: PLC0415  # it takes longer to import than all the rest
        from gateway.config.reading import read_section  # noqa: PLC0415
        from gateway.config.to_core import policy_of  # noqa: PLC0415

        policy = policy_of(read_section(Settings, decode(setup.settings)))
    return Redaction(setup.key, policy, lasting=setup.lasting)


def work(redaction: Redaction, task: Task) -> JobDone:
    """Do a task. If it raises an error, the result says so."""
    redaction.learn(unpacked(task.secrets))
    before = redaction.generation
    try:
        result: Result = task.job.do(redaction)
    except Exception as error:  # noqa: BLE001  # whoever asked is told
        result = Failed(str(error) if isinstance(error, CodingError) else type(error).__name__)
    return JobDone(result, packed(redaction.met_since(before)))


def _read(pipe: BinaryIO) -> bytes | None:
    """Return the next message; None at the end."""
    head = pipe.read(LENGTH)
    if len(head) < LENGTH:
        return None
    size = length(head)
    data = pipe.read(size)
    return data if len(data) == size else None


if __name__ == "__main__":
    main(float(sys.argv[1]))
