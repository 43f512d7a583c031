"""The emulator behind a test: its logins are read, reset and set. In a replay nothing of this happens, since the cassette answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.core.mistake import Mistake
from gateway.wiring.assembly import Gateway

if TYPE_CHECKING:
    from gateway.emulator.setting import Setting

T = TypeVar("T")


class NoEmulatorError(Mistake):
    """There is no emulator in this process whose state could be read or set."""


class EmulatorOfTest:
    """The state of the built-in emulator: `gateway.emulator`.

    A test says what it needs in every mode; in a replay it is not looked at, and what is read is empty.
    """

    def __init__(
        self, gateway: Callable[[], Gateway], read: Callable[[Callable[[], Any]], Any], mode: str, upstream: str
    ) -> None:
        self._gateway = gateway
        self._read = read
        self._mode = mode
        self._upstream = upstream

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
        """Give a device, by its own id, a profile of an MVPD: at every service provider and for every client, unless these are named.

        `lasts` is in seconds. What cannot be set is a ValueError.
        """
        self._do(
            lambda setting: setting.log_in(
                device, mvpd, service_provider=service_provider, client=client, type=type, lasts=lasts
            )
        )

    def log_out(self, device: str, mvpd: str | None = None, *, service_provider: str | None = None) -> None:
        """Remove a device's profiles, of one MVPD or of all, in v1 too."""
        self._do(lambda setting: setting.log_out(device, mvpd, service_provider=service_provider))

    def reset(self) -> None:
        """Forget every call."""
        self._do(lambda setting: setting.reset())

    def change(self, **options: object) -> None:
        """Change options from the next call on: strict, throttle, auto_login, logged_in."""
        self._do(lambda setting: setting.change(**options))

    def profiles(self, device: str, service_provider: str | None = None) -> list[dict[str, object]]:
        """Return the profiles of a device that the emulator has heard of."""
        return self._do(lambda setting: setting.profiles(device, service_provider)) or []

    @property
    def state(self) -> dict[str, object]:
        """The state of the emulator, without secrets."""
        return self._do(lambda setting: setting.state()) or {}

    def _do(self, what: Callable[[Setting], T]) -> T | None:
        if self._mode == "replay":
            return None

        def done() -> T:
            emulator = self._gateway().emulator
            if emulator is None:
                message = f"gateway.emulator: expected the built-in emulator as upstream, found {self._upstream}"
                raise NoEmulatorError(message)
            return what(emulator.setting)

        result: T = self._read(done)
        return result
