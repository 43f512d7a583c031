"""The catalogue: MVPDs, profiles, resources and applications that exist at the start. It is a YAML file, which explains its own format."""

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
"""Ids of service providers. None: all service providers."""


class CatalogueError(ValueError):
    """The catalogue cannot be used. The text has one line for each problem."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class Profile(Struct, frozen=True):
    """One profile of an MVPD."""

    type: str = "regular"
    logout_url: str = ""
    """A template of the logout URL. Empty if the MVPD has no logout endpoint."""
    attributes: Mapping[str, object] = field(default_factory=dict)
    lasts: float = 30 * DAY
    """Lifetime in seconds. It begins at the login; for temporary access, at the first use."""
    resources: int | None = None
    """Number of resources that a promotional TempPass permits. None if the profile is not a promotional TempPass."""

    @property
    def kind(self) -> Kind:
        """How the API treats profiles of this type."""
        return KINDS[self.type]


class Mvpd(Struct, frozen=True):
    """One TV provider."""

    id: str
    profiles: tuple[Profile, ...] = (Profile(),)
    """Profiles of a device that is logged in at the start. A login makes the first profile of type regular."""
    aliases: tuple[str, ...] = ()
    name: str = ""
    """The name that people read."""
    service_providers: ServiceProviders = None
    """Service providers with an active integration."""
    degradation: Degradation = ""
    """The rule for decisions that are made without the MVPD."""
    error: str = ""
    """The error code that answers each call that names this MVPD."""
    partner_sso: bool = True
    """Whether the MVPD takes part in single sign-on by a partner."""

    @property
    def access(self) -> Profile | None:
        """The degraded or temporary access that the MVPD gives without a login."""
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
    """The device's pseudonym in logout URLs. Empty: it is made from the device's id."""
    sequence: Mapping[str, tuple[Profile, ...]] = field(default_factory=dict)
    """For each MVPD: the profile at the start, the profile after the first logout, and so on."""


class Resource(Struct, frozen=True):
    """A resource that is not always permitted."""

    code: str = ""
    """The code of its denial. `deny` is the MVPD's own denial. Empty if only the rating matters."""
    rating: str = ""


class Application(Struct, frozen=True):
    """A registered application, with its settings in the TVE Dashboard."""

    service_providers: ServiceProviders = None
    scopes: tuple[str, ...] = ("api:client:v2",)
    approved: bool = True
    grant: bool = True
    """Whether the application may use the grant type client_credentials."""


class Catalogue(Struct, frozen=True):
    """Everything that exists at the start."""

    mvpds: tuple[Mvpd, ...] = ()
    service_providers: ServiceProviders = None
    """The service providers that exist."""
    devices: Mapping[str, KnownDevice] = field(default_factory=dict)
    """Devices by their own ids."""
    resources: Mapping[str, Resource] = field(default_factory=dict)
    applications: Mapping[str, Application] = field(default_factory=dict)
    """Applications by the `sub` of their software statement, or by the whole statement if it is not a JWT."""
    most_resources: int = 5
    """Largest number of resources in one decision."""
    by_name: Mapping[str, Mvpd] = field(default_factory=dict)
    """Every MVPD under its id and its aliases."""

    def find(self, name: str) -> Mvpd | None:
        """Return the MVPD with this id or alias."""
        return self.by_name.get(name)

    def and_also(self, mvpds: Iterable[str]) -> Catalogue:
        """Return this catalogue with more ordinary MVPDs."""
        new = tuple(Mvpd(name) for name in dict.fromkeys(mvpds) if name not in self.by_name)
        return replace(self, mvpds=self.mvpds + new, by_name={**self.by_name, **{each.id: each for each in new}})

    @classmethod
    def load(cls, path: Path = BUILT_IN, over: Catalogue | None = None) -> Catalogue:
        """Read a catalogue file, and lay it over another one. One CatalogueError tells all problems: `file place: expected …, found …`."""
        from gateway.emulator.catalogue_reader import read  # noqa: PLC0415  # it needs YAML; tests make catalogues without

        return cls.parse(read(path), path.name, over)

    @classmethod
    def parse(cls, document: object, name: str = "catalogue", over: Catalogue | None = None) -> Catalogue:
        """Make a catalogue from a document. The values of `over` stay, unless the document changes them."""
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
    """Return the built-in catalogue. It is read once."""
    return Catalogue.load()
