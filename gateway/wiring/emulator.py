"""Makes the emulator from a configuration."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from gateway.config import EmulatorSection
from gateway.core.mistake import Mistake
from gateway.core.text import printable
from gateway.emulator import Catalogue, CatalogueError, Emulator, Options
from gateway.emulator.catalogue import built_in
from gateway.emulator.setting import logged_in_faults


class EmulatorMistake(Mistake):
    """Mistakes in the emulator's configuration or catalogue, one on each line."""

    def __init__(self, problems: Iterable[str]) -> None:
        super().__init__("\n".join(map(printable, problems)))


def emulator_of(section: EmulatorSection, options: Options | None = None) -> Emulator:
    """Make an emulator. Raises EmulatorMistake for an invalid catalogue or an unknown MVPD.

    `options` has the values for options that the section leaves out.
    """
    try:
        catalogue = Catalogue.load(section.catalogue, built_in()) if section.catalogue is not None else built_in()
    except CatalogueError as error:
        raise EmulatorMistake(f"emulator.catalogue: {problem}" for problem in error.problems) from None
    options = replace(
        options or Options(),
        strict=section.strict,
        throttle=section.throttle,
        logged_in=section.logged_in,
        auto_login=section.auto_login,
    )
    emulator = Emulator(options, catalogue.and_also(section.mvpds))
    wrong = ["mvpds: expected ids of MVPDs, found an empty text"] if "" in section.mvpds else []
    if wrong := wrong + logged_in_faults(section.logged_in, emulator):
        raise EmulatorMistake(f"emulator.{problem}" for problem in wrong)
    return emulator
