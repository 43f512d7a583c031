"""Gives a device a name, for the page and the API: adds an entry to devices.yaml, and applies it at once. No other file is written.

Facts
-----
* Only the devices of the file are applied. Other settings stay as they are, also settings that were changed on the page.
* If the file differs from the devices in force, somebody is editing it. Then it is left alone. The same holds if it changes meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from gateway.cassettes.errors import CassetteError
from gateway.config import Config
from gateway.config.combinations import clashes
from gateway.config.devices import DEVICES_FILE, DeviceMatchSection, DeviceSection
from gateway.config.devices_file import NotAddedError, with_device
from gateway.config.problems import dotted
from gateway.config.reading import read_section
from gateway.config.to_core import named_devices_of
from gateway.config.values import device_name
from gateway.control.steering import KnownBy, NotPossibleError
from gateway.core.device import Device
from gateway.core.mistake import Mistake
from gateway.core.model import Request
from gateway.system.files import PRIVATE, replace_file
from gateway.wiring.steered import SteeredGateway

EDITED = f"{DEVICES_FILE} differs from the devices in force. Reload the configuration first (SIGHUP, or reload: watch)."


class Naming:
    """Names devices, one at a time."""

    def __init__(
        self,
        file: Path,
        read: Callable[[], Config],
        steered: SteeredGateway,
        *,
        expect: Callable[[bytes], None],
        named: Callable[[str], None],
    ) -> None:
        """`read` reads the configuration `file`. `expect` is told the new content before a write, `named` the name once it is in force."""
        self._file = file.with_name(DEVICES_FILE)
        self._read = read
        self._steered = steered
        self._expect = expect
        self._named = named

    async def name(self, name: str, by: KnownBy, device: Device, request: Request) -> None:
        """Name the device that sent a request. From now on it is recognised by its identifier or its address.

        Raises ValueError for an invalid name, and NotPossibleError. After an error nothing has changed.
        """
        device_name(name)
        known_by = device.identifier if by == "identifier" else device.address
        if not known_by:
            message = f"The device sends no {by}." if by == "identifier" else "The device's address is not known."
            raise NotPossibleError(message)
        async with self._steered.reading:
            config = self._steered.config
            section = DeviceSection(match=read_section(DeviceMatchSection, {by: known_by}))
            devices = {**config.devices, name: section}
            _check(config, replace(config, devices=devices), name, request, device.address)
            await asyncio.to_thread(self._write, name, {by: known_by}, config)
            try:
                await self._steered.become(replace(self._steered.config, devices=devices))
            except (CassetteError, Mistake, OSError) as error:
                message = f"The name is in {DEVICES_FILE}, but not in force: {error}"
                raise NotPossibleError(message) from error
            self._named(name)

    def _write(self, name: str, match: dict[str, str], config: Config) -> None:
        """Add the device to the file."""
        try:
            before = self._content()
            if self._read().devices != config.devices:
                raise NotPossibleError(EDITED)
            text = with_device((before or b"").decode("utf-8-sig"), name, match)
            if self._content() != before:
                message = f"{DEVICES_FILE} has changed meanwhile. Look at it, and name the device again."
                raise NotPossibleError(message)
            self._expect(text.encode())
            replace_file(self._file, text.encode(), mode=PRIVATE if before is None else None)
        except (Mistake, NotAddedError, UnicodeDecodeError) as error:
            message = f"{DEVICES_FILE} was left alone: {error}"
            raise NotPossibleError(message) from error
        except OSError as error:
            message = f"{DEVICES_FILE} could not be written: {error.strerror or error}."
            raise NotPossibleError(message) from error

    def _content(self) -> bytes | None:
        try:
            return self._file.read_bytes()
        except FileNotFoundError:
            return None


def _check(config: Config, wanted: Config, name: str, request: Request, address: str) -> None:
    """Refuse a name that another device has, a device that already has a name, and an entry that would not recognise the device."""
    if name in config.devices:
        message = f"Another device is called {name} already."
        raise NotPossibleError(message)
    if (has := named_devices_of(config).of(request, address)) is not None:
        message = f"The device has a name already: devices.{has.name}."
        raise NotPossibleError(message)
    found = named_devices_of(wanted).of(request, address)
    if found is None or found.name != name:
        message = "This would not recognise the device again. Choose the other way: its identifier, or its address."
        raise NotPossibleError(message)
    if wrong := [f"{dotted(clash.at)}: {clash.message}" for clash in clashes(wanted, frozenset())]:
        raise NotPossibleError("; ".join(wrong))
