"""The log of an emulator without a gateway. Each call of the emulator is logged as an exchange."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from secrets import token_bytes, token_hex

from msgspec import Struct
from msgspec.structs import replace

from gateway.config import Config
from gateway.core.devices import Devices
from gateway.core.model import Exchange, Headers, Request, Response
from gateway.core.redaction import Redaction
from gateway.core.state import MemoryState
from gateway.emulator.model import Answer, Call
from gateway.exchanges.log import Log, Sink
from gateway.exchanges.observers import Observers
from gateway.wiring.keys import find


class _Naming(Struct, frozen=True):
    """An observer before the log. It identifies the device, since no gateway has done so."""

    observer: Log
    devices: Devices

    def began(self, exchange: Exchange) -> None:
        """Do nothing: an exchange is logged when it ends."""

    def ended(self, exchange: Exchange) -> None:
        """Log an exchange with its device."""
        received = exchange.received
        device = self.devices.of(received, received.client)
        self.observer.ended(replace(exchange, received=replace(received, device=device)))

    def warn(self, event: str, **about: object) -> None:
        """Log a warning."""
        self.observer.warn(event, **about)


def log_of_emulator(sink: Sink, environ: Mapping[str, str]) -> Callable[[Call, Answer, float], None]:
    """Return a function that logs a call, its answer and its duration in milliseconds.

    With a redaction key in this folder, devices have the same names as in a gateway that runs here. Raises RedactionKeyError for
    an invalid key.
    """
    key = find(Config().redaction.key_file, environ) or token_bytes(32)
    redaction, state = Redaction(key), MemoryState()
    observers = Observers([_Naming(Log(sink).of(redaction, state), Devices(key, state))])
    ids = (f"{prefix}{number:x}" for prefix in [token_hex(3) + "-"] for number in count(1))

    def ended(call: Call, answer: Answer, ms: float) -> None:
        received = Request(call.method, call.target, Headers.of(call.headers), call.body, client=call.client)
        reply = Response(answer.status, answer.reason, Headers.of(answer.headers), answer.body, "emulator")
        observers.ended(Exchange(next(ids), received, (), reply, ms, (), call.now))

    return ended
