"""The emulator behind a test: a test reads, resets and sets its logins. In a replay this does nothing, since the cassette answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.core.mistake import Mistake
from gateway.wiring.assembly import Gateway

if TYPE_CHECKING:
    from gateway.emulator.setting import Setting

T = TypeVar("T")


class NoEmulatorError(Mistake):
    """There is no emulator in this process, so its state cannot be read or set."""


class EmulatorOfTest:
    """The state of the built-in emulator: `gateway.emulator`.

    A test may call these methods in every mode. In a replay they change nothing, and return empty values.
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
        """Give a device a profile of an MVPD. `device` is the device's own id.

        If no service provider or client is named, the profile is for all of them. `lasts` is in seconds. ValueError for a wrong
        value.
        """
        self._do(
            lambda setting: setting.log_in(
                device, mvpd, service_provider=service_provider, client=client, type=type, lasts=lasts
            )
        )

    def log_out(self, device: str, mvpd: str | None = None, *, service_provider: str | None = None) -> None:
        """Remove a device's profiles of one MVPD or of all, also in v1."""
        self._do(lambda setting: setting.log_out(device, mvpd, service_provider=service_provider))

    def reset(self) -> None:
        """Forget every call."""
        self._do(lambda setting: setting.reset())

    def change(self, **options: object) -> None:
        """Change options from the next call on: strict, throttle, auto_login, logged_in."""
        self._do(lambda setting: setting.change(**options))

    def profiles(self, device: str, service_provider: str | None = None) -> list[dict[str, object]]:
        """Return the profiles of a device that has called the emulator."""
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
