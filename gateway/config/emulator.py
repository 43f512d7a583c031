"""The section `emulator`: which logins exist in the built-in emulator, and how strict it is."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from gateway.config.marks import Read, Schema
from gateway.config.problems import unexpected
from gateway.config.reading import Section
from gateway.config.section import FilePath, Texts

LoggedIn: TypeAlias = str | Mapping[str, tuple[str, ...]]


def _logged_in(value: object) -> LoggedIn:
    """Read whose logins exist. One MVPD stands for a list of it; which MVPDs there are, the catalogue says."""
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
    """More MVPDs that exist, by id, such as `[Verizon, DTV]`; a catalogue can say more of each."""
    catalogue: FilePath | None = None
    """File that is laid over the built-in catalogue of MVPDs, profiles, resources and applications."""
    auto_login: bool = False
    """Whether opening the login page logs in, without its button."""
    strict: bool = False
    """Also refuse mistakes that the documentation's own samples have: invalid tokens, credentials and statements, repeated parameters, swapped paths, missing device information, device information that is not JSON."""
    throttle: bool = False
    """Answer 429 as Adobe does: one request a second for each address, a burst of ten."""

    @property
    def needs_a_look(self) -> bool:
        """Whether it says something that only the emulator can tell to be wrong."""
        return self.catalogue is not None or not isinstance(self.logged_in, str) or "" in self.mvpds
