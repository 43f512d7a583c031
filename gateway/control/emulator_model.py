"""The emulator's state and changes, as values of the API."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType


class EmulatorProfile(Struct, frozen=True, rename={"not_after": "notAfter"}):
    """A login that a device has at the emulator."""

    mvpd: str
    type: str
    of_one_client: bool
    """Whether only one client sees it."""
    not_after: int
    """When it ends: milliseconds since the epoch."""


class EmulatorDevice(Struct, frozen=True):
    """A device that the emulator knows, at one service provider."""

    device: str
    """The device's own id."""
    service_provider: str
    profiles: list[EmulatorProfile]


class EmulatorDeviceOfV1(Struct, frozen=True):
    """A device that the emulator knows from API v1."""

    device: str
    requestor: str
    mvpd: str | None
    """The MVPD at which it is logged in."""


class EmulatorState(Struct, frozen=True):
    """The state of the emulator, without tokens and codes."""

    options: dict[str, Any]
    mvpds: list[str]
    """The MVPDs of the catalogue."""
    clients: int
    """How many clients are registered."""
    sessions: int
    """How many authentication sessions there are."""
    devices: list[EmulatorDevice]
    v1_devices: list[EmulatorDeviceOfV1]


class EmulatorLogin(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A login for a device."""

    device: str
    """The device's own id: the decoded value of AP-Device-Identifier."""
    mvpd: str
    service_provider: str | None = None
    """The service provider at which the device is logged in; without it, every service provider."""
    client: str | None = None
    """The client_id of the only client that sees the login; without it, every client sees it."""
    type: str | None = None
    """The type of the profile, such as `regular`."""
    lasts: float | None = None
    """How many seconds it is valid; 0 makes an expired login."""


class EmulatorLogout(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The logins to take from a device."""

    device: str
    mvpd: str | None = None
    """The MVPD; without it, all MVPDs."""
    service_provider: str | None = None


class EmulatorOptions(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """New values for options of the emulator. A missing option stays as it is."""

    strict: bool | UnsetType = UNSET
    throttle: bool | UnsetType = UNSET
    auto_login: bool | UnsetType = UNSET
    logged_in: str | dict[str, str | list[str]] | UnsetType = UNSET
    """`all`, `none`, or MVPDs by device. It is used when a device calls for the first time."""
