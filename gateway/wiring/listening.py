"""Opens the sockets on which apps reach the gateway, or takes them from systemd."""

from __future__ import annotations

import socket
from collections.abc import Mapping

from gateway.config import Config
from gateway.core.hostport import host_port
from gateway.system.activation import activated
from gateway.system.binding import why_not
from gateway.wire.accepting import bound_sockets


class CannotListenError(OSError):
    """An address is taken, or does not belong to this machine. The text names the address and the reason."""


async def opened(config: Config, environ: Mapping[str, str]) -> list[list[socket.socket]]:
    """Return the listening sockets of each listener, in the configuration's order. Raises CannotListenError."""
    listeners = config.all_listeners
    handed = activated(environ, listeners, "listen")
    found: list[list[socket.socket]] = []
    try:
        for name, listen in listeners.items():
            found.append(handed.get(name) or await bound_sockets(listen.host, listen.port))
    except OSError as error:
        for each in (each for sockets in found for each in sockets):
            each.close()
        setting = "listen.port, or --port" if name == "listen" else f"listeners.{name}.port"
        message = f"cannot listen on {host_port(listen.host, listen.port)}: {why_not(error, setting)}"
        raise CannotListenError(message) from error
    return found
