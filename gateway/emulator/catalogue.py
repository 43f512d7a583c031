"""Who is logged in where before anything happened: the catalogue, read from a YAML file that says how it is written."""

from __future__ import annotations

import difflib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from msgspec import Struct, field

from gateway.emulator.kinds import KINDS, Kind

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

BUILT_IN = Path(__file__).with_name("catalogue.yaml")
PLACEHOLDER = re.compile(r"\{(\w*)\}")
PLACEHOLDERS = ("mvpd", "service_provider", "redirect_url", "redirect_url_as_http", "pt_device_id")


class CatalogueError(ValueError):
    """A catalogue that cannot be used; its text has one line for each problem."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class Profile(Struct, frozen=True):
    """One profile of an MVPD: what a logout finds."""

    type: str
    logout_url: str = ""
    """A template; empty where the MVPD has no logout endpoint."""
    attributes: Mapping[str, object] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        """What the API does with profiles of this type."""
        return KINDS[self.type]


class Mvpd(Struct, frozen=True):
    """One TV provider and its profiles, in the order in which logouts remove them."""

    id: str
    profiles: tuple[Profile, ...]
    aliases: tuple[str, ...] = ()


class Catalogue(Struct, frozen=True):
    """Everything that devices are logged in with at the start."""

    mvpds: tuple[Mvpd, ...]
    service_providers: frozenset[str] = frozenset()
    """The only ones there are; empty where any will do."""
    pt_device_ids: Mapping[str, str] = field(default_factory=dict)
    """Known pseudonyms of devices, by their decoded identifier."""
    by_name: Mapping[str, Mvpd] = field(default_factory=dict)
    """Every MVPD under its id and its aliases."""

    def find(self, name: str) -> Mvpd | None:
        """Return the MVPD with this id or alias."""
        return self.by_name.get(name)

    @classmethod
    def load(cls, path: Path = BUILT_IN) -> Catalogue:
        """Read a catalogue file. All that is wrong with it is one CatalogueError: `file place: expected …, found …`."""
        try:
            # Not a yaml.safe_load, but no less safe: the loader is a SafeLoader that refuses repeated keys.
            document = yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506 (it is a SafeLoader, see above)
        except OSError as error:
            raise CatalogueError([f"{path.name}: cannot be read: {error.strerror}"]) from error
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 0
            raise CatalogueError([f"{path.name}:{line}: {error.problem}"]) from error
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise CatalogueError([f"{path.name}: no YAML text: {error}"]) from error
        return cls.parse(document, path.name)

    @classmethod
    def parse(cls, document: object, name: str = "catalogue") -> Catalogue:
        """Make a catalogue of a document that was read; pure."""
        reader = _Reader()
        try:
            catalogue = reader.catalogue(document)
        except RecursionError as error:
            raise CatalogueError([f"{name}: nested too deeply"]) from error
        if reader.problems:
            raise CatalogueError(f"{name} {problem}" for problem in reader.problems)
        return catalogue


@cache
def built_in() -> Catalogue:
    """Return the catalogue that is shipped, which is read once."""
    return Catalogue.load()


class _Reader:
    """Reads a document from the top down, and collects what is wrong with it on the way."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def catalogue(self, document: object) -> Catalogue:
        known = self.mapping("top level", document, ("mvpds",), ("service_providers", "devices"))
        mvpds = tuple(
            self.mvpd(f"mvpds.{key}", self.text(f"mvpds.{key}", key), value)
            for key, value in self.mapping("mvpds", known.get("mvpds", {})).items()
        )
        by_name: dict[str, Mvpd] = {}
        for mvpd in mvpds:
            for name in (mvpd.id, *mvpd.aliases):
                if by_name.setdefault(name, mvpd) is not mvpd:
                    self.wrong(f"mvpds.{mvpd.id}", "names of its own", f"{name!r}, which {by_name[name].id} has too")
        return Catalogue(mvpds, self.service_providers(known), self.devices(known), by_name)

    def mvpd(self, where: str, key: str, value: object) -> Mvpd:
        known = self.mapping(where, value, ("profiles",), ("aliases",))
        profiles = self.sequence(f"{where}.profiles", known.get("profiles", []))
        if known.get("profiles") == []:
            self.wrong(f"{where}.profiles", "one profile or more", "none")
        aliases = self.sequence(f"{where}.aliases", known.get("aliases", []))
        return Mvpd(
            key,
            tuple(self.profile(f"{where}.profiles[{i}]", profile) for i, profile in enumerate(profiles)),
            tuple(self.text(f"{where}.aliases[{i}]", alias) for i, alias in enumerate(aliases)),
        )

    def profile(self, where: str, value: object) -> Profile:
        known = self.mapping(where, value, ("type",), ("logout_url", "attributes"))
        kind = known.get("type", "regular")
        if not isinstance(kind, str) or kind not in KINDS:
            self.wrong(f"{where}.type", "one of " + ", ".join(KINDS), repr(kind))
            kind = "regular"
        url = self.text(f"{where}.logout_url", known["logout_url"]) if "logout_url" in known else ""
        if url and not KINDS[kind].may_have_url:
            self.wrong(f"{where}.logout_url", f"no such key for type {kind}", repr(url))
        for placeholder in PLACEHOLDER.findall(url):
            if placeholder not in PLACEHOLDERS:
                allowed = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
                self.wrong(f"{where}.logout_url", f"placeholders among {allowed}", f"{{{placeholder}}}")
        attributes = self.mapping(f"{where}.attributes", known.get("attributes", {}))
        return Profile(
            kind, url, {key: self.plain(f"{where}.attributes.{key}", each) for key, each in attributes.items()}
        )

    def service_providers(self, known: Mapping[Any, object]) -> frozenset[str]:
        value = known.get("service_providers", "any")
        if value == "any":
            return frozenset()
        where = "service_providers"
        if not isinstance(value, list) or not value:
            self.wrong(where, "the word any, or a list of ids", repr(value))
            return frozenset()
        return frozenset(self.text(f"{where}[{i}]", each) for i, each in enumerate(value))

    def devices(self, known: Mapping[Any, object]) -> dict[str, str]:
        found = {}
        for key, value in self.mapping("devices", known.get("devices", {})).items():
            device = self.mapping(f"devices.{key}", value, ("pt_device_id",))
            found[self.text(f"devices.{key}", key)] = self.text(
                f"devices.{key}.pt_device_id", device.get("pt_device_id", "-")
            )
        return found

    def mapping(
        self, where: str, value: object, needed: tuple[str, ...] = (), optional: tuple[str, ...] = ()
    ) -> Mapping[Any, object]:
        """Return the mapping, or an empty one; with `needed` or `optional`, no other keys may be in it."""
        if not isinstance(value, dict):
            self.wrong(where, "a mapping", repr(value))
            return {}
        keys = (*needed, *optional)
        for key in value if keys else ():
            if key not in keys:
                near = difflib.get_close_matches(str(key), keys, 1)
                self.problems.append(f"{where}: unknown key {key!r}" + (f"; did you mean {near[0]}?" if near else ""))
        for key in needed:
            if key not in value:
                self.wrong(where, f"a key {key}", "none")
        return value

    def sequence(self, where: str, value: object) -> list[object]:
        if isinstance(value, list):
            return value
        self.wrong(where, "a list", repr(value))
        return []

    def text(self, where: str, value: object) -> str:
        if isinstance(value, str) and value:
            return value
        self.wrong(where, "a text (quote it if it looks like something else)", repr(value))
        return str(value)

    def plain(self, where: str, value: object) -> object:
        """Return an attribute's value, which JSON must be able to say: a scalar, a list or a mapping (user-metadata page)."""
        if isinstance(value, list):
            return [self.plain(f"{where}[{i}]", each) for i, each in enumerate(value)]
        if isinstance(value, dict):
            return {self.text(where, key): self.plain(f"{where}.{key}", each) for key, each in value.items()}
        if not isinstance(value, str | bool | int | float):
            self.wrong(where, "a text, a number, a list or a mapping", repr(value))
        return value

    def wrong(self, where: str, expected: str, found: str) -> None:
        self.problems.append(f"{where}: expected {expected}, found {found}")


class _Loader(yaml.SafeLoader):
    """PyYAML takes the last of two equal keys without a word; a provider that is there twice is a mistake."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in keys:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key.value!r} is there twice", key.start_mark
                    )
                keys.add(key.value)
        return super().construct_mapping(node, deep)
