"""Whether an address and a port are ones on which we listen."""

from __future__ import annotations

import socket

from gateway.wire.own import Listening
from tests.harness.for_each import for_each


@for_each(
    ("bound", "address", "leads_here"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "::ffff:127.0.0.1", True),
        ("127.0.0.1", "0.0.0.0", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("127.0.0.1", "192.0.2.1", False),
        ("0.0.0.0", "127.0.0.2", True),
        ("0.0.0.0", "192.0.2.1", False),
        ("0.0.0.0", "::1", False),
    ],
)
def test_address_and_port_tell(bound: str, address: str, leads_here: bool) -> None:
    listening = Listening()
    with socket.create_server((bound, 0)) as ours:
        port = ours.getsockname()[1]
        assert not listening.leads_here(address, port)
        listening.add([ours])
        assert listening.leads_here(address, port) is leads_here
        assert not listening.leads_here(address, port + 1)
        listening.remove([ours])
        assert not listening.leads_here(address, port)
