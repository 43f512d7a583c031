"""The device that sends a request, for the log, cursors, checks over time, recordings and reports."""

from __future__ import annotations

from msgspec import Struct

from gateway.core.value import repr_without


class Device(Struct, frozen=True):
    """A device, found once for each exchange (`core/devices.py`). Unredacted, so it lives in memory only."""

    name: str
    """Its name for people, such as `roku-02c1f7`. No two devices of a run have the same name. The name may be shown and recorded."""
    key: str
    """Its key: a keyed hash of its identifier, or of its address if the device is unknown."""
    identifier: str = ""
    """The identifier that it sent; empty if this call has no identifier. Its codes or tokens may still identify the device."""
    address: str = ""
    """Its own address, as far as the peers are trusted. Adobe may get another address (`Request.client`)."""
    description: str = ""
    """Its description of itself, such as `Apple TV 5th Gen`."""

    @property
    def shown(self) -> Device:
        """The device without the values that it sent. It may be kept beside redacted messages."""
        return Device(self.name, self.key)

    __repr__, __rich_repr__ = repr_without("identifier", "address", "description")


NOBODY = Device("", "")
"""The device of a request that no app sent, such as the gateway's own for an access token."""
