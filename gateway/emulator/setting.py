"""Reads and sets an emulator's state for tests: logins of devices and options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from gateway.emulator.answers import milliseconds
from gateway.emulator.catalogue import Mvpd, Profile
from gateway.emulator.catalogue_reader import LONGEST, near
from gateway.emulator.kinds import KINDS
from gateway.emulator.logins import add, device_of
from gateway.emulator.model import Asked, Call
from gateway.emulator.state import Device, Login, Start, cut, key_of
from gateway.emulator.who import client_key

if TYPE_CHECKING:
    from gateway.emulator.emulator import Emulator

CHANGEABLE = ("strict", "throttle", "auto_login", "logged_in")


class SettingError(ValueError):
    """The setting is wrong. The text has one line for each problem."""

    def __init__(self, problems: Iterable[str]) -> None:
        super().__init__("\n".join(problems))


class Setting:
    """The state of one emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def log_in(
        self,
        device: str,
        mvpd: str,
        *,
        service_provider: str | None = None,
        client: str | None = None,
        type: str | None = None,  # noqa: A002  # what the API calls it
        lasts: float | None = None,
    ) -> None:
        """Give a device a profile of an MVPD.

        `device` is the device's own id, decoded from AP-Device-Identifier. Without a `service_provider` it is logged in at all of them.
        With a `client` (a client_id), no other client sees the profile. `lasts` is in seconds; with 0 the profile has expired already.
        v1 has one login at a time, so this login replaces another one. Raises SettingError.
        """
        if not device:
            raise SettingError(["device: expected the device's own id, found an empty text"])
        found = self._mvpd(mvpd)
        profile = found.at_login if type is None else replace(found.at_login, type=self._type(type))
        if type == "appleSSO":
            profile = found.at_partner
        if lasts is not None:
            if not 0 <= lasts <= LONGEST:
                raise SettingError([f"lasts: expected seconds from 0 to {LONGEST}, found {lasts}"])
            profile = replace(profile, lasts=lasts)
        owner = None if client is None else client_key(client)
        self._put(device, found, profile, service_provider, owner)

    def log_out(self, device: str, mvpd: str | None = None, *, service_provider: str | None = None) -> None:
        """Remove a device's profiles, of one MVPD or of all. Raises SettingError."""
        mvpds = [self._mvpd(mvpd)] if mvpd is not None else list(self._emulator.catalogue.mvpds)
        for each in mvpds:
            self._put(device, each, None, service_provider, None)

    def reset(self) -> None:
        """Forget all calls and settings. Options stay."""
        self._emulator.reset()

    def change(self, **options: object) -> None:
        """Change options from the next call on: strict, throttle, auto_login, logged_in. Raises SettingError.

        `logged_in` is used when a device calls for the first time. For known devices, call `reset` after it.
        """
        self._emulator.options = replace(self._emulator.options, **checked(options, self._emulator))

    def profiles(self, device: str, service_provider: str | None = None) -> list[dict[str, object]]:
        """Return the profiles of a known device, of all clients, in their present state."""
        return [
            each for known in self._devices(device, service_provider) for each in _told(known, self._emulator.clock())
        ]

    def state(self) -> dict[str, object]:
        """Return the whole state without secrets."""
        state, options, now = self._emulator.state, self._emulator.options, self._emulator.clock()
        return {
            "options": {name: getattr(options, name) for name in CHANGEABLE},
            "mvpds": [mvpd.id for mvpd in self._emulator.catalogue.mvpds],
            "clients": len(state.clients),
            "sessions": len(state.sessions),
            "devices": [
                {"device": known.name, "service_provider": known.service_provider, "profiles": _told(known, now)}
                for known in state.devices
            ],
            "v1_devices": [
                {"device": known.name, "requestor": known.requestor, "mvpd": known.login.mvpd if known.login else None}
                for known in state.v1
            ],
        }

    def _put(
        self, device: str, mvpd: Mvpd, profile: Profile | None, service_provider: str | None, owner: str | None
    ) -> None:
        state, now = self._emulator.state, self._emulator.clock()
        for known in self._devices(device, service_provider):
            if profile is not None:
                add(known.logins, Login(mvpd.id, profile, owner, now, now + profile.lasts))
                continue
            for login in known.logins:
                login.ended = login.ended or login.mvpd == mvpd.id  # also as a single sign-on
            known.logins[:] = [login for login in known.logins if login.mvpd != mvpd.id]
        for v1 in state.v1:
            if v1.name != cut(device) or service_provider not in {None, v1.requestor}:
                continue
            if profile is not None:
                v1.login = Login(mvpd.id, profile, "", now, now + profile.lasts)
                v1.authorized.clear()
            elif v1.login is not None and v1.login.mvpd == mvpd.id:
                v1.login = None
                v1.authorized.clear()
        if service_provider is None:
            key = key_of(device)
            said = state.starts.get(key) or state.starts.keep(key, {})
            said[mvpd.id] = Start(profile, owner)

    def _devices(self, device: str, service_provider: str | None) -> Iterator[Device]:
        """Yield a device at each service provider at which it is known, or at the named one."""
        state = self._emulator.state
        if service_provider is not None:
            call = Call("", "", now=self._emulator.clock())
            asked = Asked(call, self._emulator.options, self._emulator.catalogue, state, service_provider)
            yield device_of(replace(asked, speaks_for=device))
            return
        yield from [known for known in state.devices if known.name == cut(device)]

    def _mvpd(self, name: str) -> Mvpd:
        found = self._emulator.catalogue.find(name)
        if found is None:
            known = self._emulator.catalogue.by_name
            raise SettingError([f"mvpd: expected an MVPD of the catalogue, found {name!r}{near(name, known)}"])
        return found

    def _type(self, name: str) -> str:
        types = tuple(type_ for type_, kind in KINDS.items() if kind.is_profile)
        if name not in types:
            raise SettingError([f"type: expected one of {', '.join(types)}, found {name!r}"])
        return name


def checked(options: Mapping[str, object], emulator: Emulator) -> dict[str, object]:
    """Return options in the emulator's form. A SettingError tells all problems."""
    wrong: list[str] = []
    found: dict[str, object] = {}
    for name, value in options.items():
        if name not in CHANGEABLE:
            wrong.append(f"{name}: unknown option{near(name, CHANGEABLE)}")
        elif name == "logged_in":
            found[name] = value if isinstance(value, str) else _of_devices(value)
            wrong += logged_in_faults(found[name], emulator)
        elif isinstance(value, bool):
            found[name] = value
        else:
            wrong.append(f"{name}: expected true or false, found {value!r}")
    if wrong:
        raise SettingError(wrong)
    return found


def logged_in_faults(value: object, emulator: Emulator) -> list[str]:
    """Return the problems of `logged_in`, each with its place."""
    if isinstance(value, str) and value in {"all", "none"}:
        return []
    if not isinstance(value, dict) or not all(isinstance(names, tuple) for names in value.values()):
        return [f"logged_in: expected all, none, or MVPDs by device, found {value!r}"]
    known = emulator.catalogue.by_name
    return [
        f"logged_in.{device}: expected MVPDs of the catalogue, found {name!r}{near(str(name), known)}"
        for device, names in value.items()
        for name in names
        if not isinstance(name, str) or name not in known
    ]


def _of_devices(value: object) -> object:
    """Read MVPDs by device. A single MVPD becomes a list. Other values stay, and are refused later."""
    if not isinstance(value, dict) or not all(isinstance(names, str | list | tuple) for names in value.values()):
        return value
    return {str(device): (names,) if isinstance(names, str) else tuple(names) for device, names in value.items()}


def _told(known: Device, now: float) -> list[dict[str, object]]:
    return [
        {
            "mvpd": login.mvpd,
            "type": login.profile.type,
            "of_one_client": login.client is not None,
            "notAfter": milliseconds(login.until),
        }
        for login in known.logins
        if login.lives(now)
    ]
