"""The section `emulator`: the logins of the built-in emulator, and how strict it is."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from gateway.config.marks import Read, Schema
from gateway.config.problems import unexpected
from gateway.config.reading import Section
from gateway.config.section import FilePath, Texts

LoggedIn: TypeAlias = str | Mapping[str, tuple[str, ...]]


def _logged_in(value: object) -> LoggedIn:
    """Read the logins at the start. A single MVPD may be written without a list. The catalogue says which MVPDs exist."""
    if isinstance(value, str) and value in {"all", "none"}:
        return value
    if isinstance(value, Mapping) and all(isinstance(device, str) and device for device in value):
        read = {device: (names,) if isinstance(names, str) else names for device, names in value.items()}
        if all(_is_list_of_texts(names) for names in read.values()):
            return {device: tuple(names) for device, names in read.items()}
    raise ValueError(unexpected("all, none, or lists of MVPDs by device, such as {living-room-tv: [Dish]}", value))


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(each, str) and each for each in value)


class EmulatorSection(Section, frozen=True):
    """The built-in emulator, and `gateway emulator`."""

    logged_in: Annotated[
        LoggedIn,
        Read(_logged_in),
        Schema(
            {
                "anyOf": [
                    {"enum": ["all", "none"]},
                    {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
                ]
            }
        ),
    ] = "all"
    """Logins at the start: `all`, `none`, or MVPDs by the device's own id, such as `{living-room-tv: [Dish]}`."""
    mvpds: Texts = ()
    """More MVPDs, by id, such as `[Verizon, DTV]`. A catalogue can give details of each."""
    catalogue: FilePath | None = None
    """File with a catalogue of MVPDs, profiles, resources and applications. It is laid over the built-in catalogue, key by key."""
    auto_login: bool = False
    """Whether the login page logs in as soon as it is opened, without its button."""
    strict: bool = False
    """Whether the emulator also refuses mistakes that the samples in Adobe's documentation make: invalid tokens, credentials and statements, repeated parameters, swapped paths, missing device information, device information that is not JSON."""
    throttle: bool = False
    """Whether too many requests are answered 429, as Adobe does. Each address may send one request a second, with a burst of ten."""

    @property
    def needs_a_look(self) -> bool:
        """Whether the section has values that only the emulator itself can check."""
        return self.catalogue is not None or not isinstance(self.logged_in, str) or "" in self.mvpds
