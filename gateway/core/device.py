"""The device that sends a request, as log, cursors, checks over time, recordings and reports know it."""

from __future__ import annotations

from msgspec import Struct

from gateway.core.value import repr_without


class Device(Struct, frozen=True):
    """A device, found once for each exchange (`core/devices.py`). Unredacted, so it lives in memory only."""

    name: str
    """What a person calls it, such as `roku-02c1f7`: no two devices of a run have the same. It may be shown and recorded."""
    key: str
    """Its key: a keyed hash of its identifier, or of its address if the device is unknown."""
    identifier: str = ""
    """The identifier that it sent; empty if this call has no identifier. Codes or tokens may still say which device it is."""
    address: str = ""
    """Its own address, as far as peers are believed; Adobe may be told another one (`Request.client`)."""
    description: str = ""
    """Its description of itself, such as `Apple TV 5th Gen`."""

    @property
    def shown(self) -> Device:
        """The device without anything that it sent. This may be kept beside redacted messages."""
        return Device(self.name, self.key)

    __repr__, __rich_repr__ = repr_without("identifier", "address", "description")


NOBODY = Device("", "")
"""The device of a request that no app sent, such as the gateway's own for an access token."""
