"""What the API shows of the emulator, and takes for it."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType


class EmulatorProfile(Struct, frozen=True, rename={"not_after": "notAfter"}):
    """A login that a device has at the emulator."""

    mvpd: str
    type: str
    of_one_client: bool
    """Whether one client alone sees it."""
    not_after: int
    """When it ends: milliseconds since the epoch."""


class EmulatorDevice(Struct, frozen=True):
    """A device that the emulator has heard of, at a service provider."""

    device: str
    """The device's own id."""
    service_provider: str
    profiles: list[EmulatorProfile]


class EmulatorDeviceOfV1(Struct, frozen=True):
    """A device that the emulator has heard of by API v1."""

    device: str
    requestor: str
    mvpd: str | None
    """The MVPD at which it is logged in."""


class EmulatorState(Struct, frozen=True):
    """What the emulator knows, with no token or code in it."""

    options: dict[str, Any]
    mvpds: list[str]
    """Those of the catalogue."""
    clients: int
    """How many are registered."""
    sessions: int
    """How many authentication sessions there are."""
    devices: list[EmulatorDevice]
    v1_devices: list[EmulatorDeviceOfV1]


class EmulatorLogin(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A login that a device is to have."""

    device: str
    """The device's own id, as AP-Device-Identifier carries it, decoded."""
    mvpd: str
    service_provider: str | None = None
    """Where it is logged in; everywhere, if not said."""
    client: str | None = None
    """The client_id of the one client that sees the login; every client, if not said."""
    type: str | None = None
    """The type of the profile, such as `regular`."""
    lasts: float | None = None
    """Seconds; 0: it has expired."""


class EmulatorLogout(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Logins that a device is to lose."""

    device: str
    mvpd: str | None = None
    """One MVPD; all, if not said."""
    service_provider: str | None = None


class EmulatorOptions(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Options of the emulator that are to change; what is not said stays."""

    strict: bool | UnsetType = UNSET
    throttle: bool | UnsetType = UNSET
    auto_login: bool | UnsetType = UNSET
    logged_in: str | dict[str, str | list[str]] | UnsetType = UNSET
    """`all`, `none`, or MVPDs by device; asked when a device is heard of for the first time."""
