"""The control listener of a test's or command's gateway. It runs in the thread of the session."""

from __future__ import annotations

import os
from collections.abc import Callable

from msgspec.structs import replace

from gateway.config import ControlSection
from gateway.control.client import ControlClient
from gateway.control.model import SessionEnded
from gateway.control.token import new_token
from gateway.exchanges.health import Health
from gateway.offline.session import HOST, Session
from gateway.offline.steered import CommandGateway
from gateway.wiring.controlling import control


class Controlling:
    """A listener on a free port of this machine, with its own token."""

    def __init__(
        self,
        session: Session,
        gateway: CommandGateway,
        *,
        warn: Callable[..., None],
        ended: Callable[[SessionEnded], None],
    ) -> None:
        """Start it. `ended` is called with each session that has ended."""
        token = new_token()
        config = gateway.config
        gateway.config = replace(config, control=ControlSection(host=HOST, port=0, allow=config.control.allow))
        self._session = session
        self._gateway = gateway
        self._listener = session.run(
            control(
                gateway.config,
                gateway,
                os.environ,
                health=Health(),
                lasting=session.lasting,
                observing=lambda *_: (),
                warn=warn,
                ended=ended,
                token=token,
            )
        )
        self.client = ControlClient(self._listener.url, token)

    def stop(self) -> None:
        """End all sessions, and stop listening."""
        self._gateway.closed = True
        self._session.run(self._listener.stop())
