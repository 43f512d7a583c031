"""The catalogue: MVPDs, profiles, resources and applications that exist at the start. It is read from a YAML file, which explains its own format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from gateway.emulator.kinds import KINDS, Kind

BUILT_IN = Path(__file__).with_name("catalogue.yaml")
DAY = 86_400

Degradation: TypeAlias = Literal["", "AuthZAll", "AuthZNone"]
ServiceProviders: TypeAlias = frozenset[str] | None
"""Ids of service providers; None: any of them."""


class CatalogueError(ValueError):
    """A catalogue that cannot be used; its text has one line for each problem."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class Profile(Struct, frozen=True):
    """One profile of an MVPD."""

    type: str = "regular"
    logout_url: str = ""
    """A template; empty if the MVPD has no logout endpoint."""
    attributes: Mapping[str, object] = field(default_factory=dict)
    lasts: float = 30 * DAY
    """Seconds from login to expiry; of temporary access: from its first use."""
    resources: int | None = None
    """How many resources a promotional TempPass permits; None if it is no promotional one."""

    @property
    def kind(self) -> Kind:
        """How the API treats profiles of this type."""
        return KINDS[self.type]


class Mvpd(Struct, frozen=True):
    """One TV provider."""

    id: str
    profiles: tuple[Profile, ...] = (Profile(),)
    """Profiles of a device that starts logged in. A login makes the first profile of type regular."""
    aliases: tuple[str, ...] = ()
    name: str = ""
    """Its name for people."""
    service_providers: ServiceProviders = None
    """Service providers with an active integration."""
    degradation: Degradation = ""
    """The rule by which decisions are made without asking it."""
    error: str = ""
    """The error code for each call that names it."""
    partner_sso: bool = True
    """Whether it takes part in single sign-on by a partner."""

    @property
    def access(self) -> Profile | None:
        """The degraded or temporary access that it gives without a login."""
        return next((profile for profile in self.profiles if not profile.kind.is_profile), None)

    @property
    def at_login(self) -> Profile:
        """The profile that a login makes."""
        first = next((profile for profile in self.profiles if profile.type == "regular"), None)
        return first or replace(self.profiles[0], type="regular")

    @property
    def at_partner(self) -> Profile:
        """The profile that a partner's single sign-on makes."""
        return replace(self.at_login, type="appleSSO", logout_url="")


class KnownDevice(Struct, frozen=True):
    """The catalogue's entry for a single device."""

    pt_device_id: str = ""
    """Its pseudonym in logout URLs; made from its id where the catalogue has none."""
    sequence: Mapping[str, tuple[Profile, ...]] = field(default_factory=dict)
    """By MVPD: the profile at the start, that after the first logout, and so on."""


class Resource(Struct, frozen=True):
    """Why a resource may not be permitted."""

    code: str = ""
    """The code of its denial; empty if only its rating matters. `deny` is the MVPD's own denial."""
    rating: str = ""


class Application(Struct, frozen=True):
    """A registered application, as the TVE Dashboard has it."""

    service_providers: ServiceProviders = None
    scopes: tuple[str, ...] = ("api:client:v2",)
    approved: bool = True
    grant: bool = True
    """Whether it may use the grant type client_credentials."""


class Catalogue(Struct, frozen=True):
    """Everything that is there at the start."""

    mvpds: tuple[Mvpd, ...] = ()
    service_providers: ServiceProviders = None
    """The only ones there are."""
    devices: Mapping[str, KnownDevice] = field(default_factory=dict)
    """By the device's own id."""
    resources: Mapping[str, Resource] = field(default_factory=dict)
    applications: Mapping[str, Application] = field(default_factory=dict)
    """By the `sub` of their software statement, or by the whole statement where it is no JWT."""
    most_resources: int = 5
    """Resources of one decision."""
    by_name: Mapping[str, Mvpd] = field(default_factory=dict)
    """Every MVPD under its id and its aliases."""

    def find(self, name: str) -> Mvpd | None:
        """Return the MVPD with this id or alias."""
        return self.by_name.get(name)

    def and_also(self, mvpds: Iterable[str]) -> Catalogue:
        """Return this catalogue with more MVPDs, of an ordinary kind."""
        new = tuple(Mvpd(name) for name in dict.fromkeys(mvpds) if name not in self.by_name)
        return replace(self, mvpds=self.mvpds + new, by_name={**self.by_name, **{each.id: each for each in new}})

    @classmethod
    def load(cls, path: Path = BUILT_IN, over: Catalogue | None = None) -> Catalogue:
        """Read a catalogue file, laid over another one. All that is wrong with it is one CatalogueError: `file place: expected …, found …`."""
        from gateway.emulator.catalogue_reader import read  # noqa: PLC0415  # it needs YAML; tests make catalogues without

        return cls.parse(read(path), path.name, over)

    @classmethod
    def parse(cls, document: object, name: str = "catalogue", over: Catalogue | None = None) -> Catalogue:
        """Make a catalogue of a document that was read; pure. What `over` has stays, where the document does not say otherwise."""
        from gateway.emulator.catalogue_reader import Reader  # noqa: PLC0415  # as above

        reader = Reader()
        try:
            catalogue = reader.catalogue(document, over or cls())
        except RecursionError as error:
            raise CatalogueError([f"{name}: nested too deeply"]) from error
        if reader.problems:
            raise CatalogueError(f"{name} {problem}" for problem in reader.problems)
        return catalogue


@cache
def built_in() -> Catalogue:
    """Return the catalogue that is shipped, which is read once."""
    return Catalogue.load()
