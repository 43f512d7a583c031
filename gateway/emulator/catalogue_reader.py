"""Reads a catalogue document from top to bottom, and collects its mistakes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Hashable, Mapping
from math import isfinite
from pathlib import Path
from typing import Any

import yaml
from msgspec.structs import replace

from gateway.emulator.catalogue import (
    DAY,
    Application,
    Catalogue,
    CatalogueError,
    Degradation,
    KnownDevice,
    Mvpd,
    Profile,
    Resource,
    ServiceProviders,
)
from gateway.emulator.codes import V2
from gateway.emulator.kinds import KINDS

PLACEHOLDER = re.compile(r"\{(\w*)\}")
PLACEHOLDERS = ("mvpd", "service_provider", "redirect_url", "redirect_url_as_http", "pt_device_id")
LONGEST = 10 * 365 * DAY
"""Longest lifetime of a profile, in seconds."""
MOST = 1_000
"""The largest count that a catalogue may name."""
_DEGRADATIONS: Mapping[str, Degradation] = {"AuthZAll": "AuthZAll", "AuthZNone": "AuthZNone"}
_MVPD_KEYS = ("profiles", "aliases", "name", "service_providers", "degradation", "error", "partner_sso")


def read(path: Path) -> object:
    """Return the content of a YAML file. CatalogueError if it cannot be read."""
    try:
        # As safe as yaml.safe_load: the loader is a SafeLoader that also refuses repeated keys.
        return yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506 (it is a SafeLoader, see above)
    except OSError as error:
        raise CatalogueError([f"{path.name}: cannot be read: {error.strerror}"]) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise CatalogueError([f"{path.name}:{line}: {error.problem}"]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise CatalogueError([f"{path.name}: not YAML: {error}"]) from error


class Reader:
    """Makes a catalogue from a document. An invalid value becomes a problem, and a default takes its place."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def catalogue(self, document: object, over: Catalogue) -> Catalogue:
        """Return the catalogue of a document, laid over another catalogue."""
        optional = ("mvpds", "service_providers", "devices", "resources", "applications", "most_resources")
        known = self.mapping("top level", document, (), optional)
        mvpds = {mvpd.id: mvpd for mvpd in over.mvpds}
        for key, value in self.mapping("mvpds", known.get("mvpds", {})).items():
            name = self.text(f"mvpds.{key}", key)
            if value is False:  # YAML 1.1 reads `off` so
                mvpds.pop(name, None)
            else:
                mvpds[name] = self.mvpd(f"mvpds.{key}", name, value)
        by_name: dict[str, Mvpd] = {}
        for mvpd in mvpds.values():
            for name in (mvpd.id, *mvpd.aliases):
                if by_name.setdefault(name, mvpd) is not mvpd:
                    self.wrong(f"mvpds.{mvpd.id}", "its own names", f"{name!r}, which {by_name[name].id} also has")
        service_providers = over.service_providers
        if "service_providers" in known:
            service_providers = self.service_providers("service_providers", known["service_providers"])
        return Catalogue(
            tuple(mvpds.values()),
            service_providers,
            {**over.devices, **self.devices(known.get("devices", {}), by_name)},
            {**over.resources, **self.resources(known.get("resources", {}))},
            {**over.applications, **self.applications(known.get("applications", {}))},
            self.count("most_resources", known.get("most_resources", over.most_resources)),
            by_name,
        )

    def mvpd(self, where: str, key: str, value: object) -> Mvpd:
        """Return an MVPD. An entry without settings is an ordinary MVPD."""
        known = self.mapping(where, {} if value is None else value, (), _MVPD_KEYS)
        mvpd = Mvpd(key)
        if "profiles" in known:
            profiles = self.sequence(f"{where}.profiles", known["profiles"])
            if known["profiles"] == []:
                self.wrong(f"{where}.profiles", "one profile or more", "none")
            read = tuple(self.profile(f"{where}.profiles[{i}]", profile) for i, profile in enumerate(profiles))
            mvpd = replace(mvpd, profiles=read or mvpd.profiles)
        if "service_providers" in known:
            mvpd = replace(
                mvpd,
                service_providers=self.service_providers(
                    f"{where}.service_providers", known["service_providers"], none=True
                ),
            )
        aliases = self.sequence(f"{where}.aliases", known.get("aliases", []))
        return replace(
            mvpd,
            aliases=tuple(self.text(f"{where}.aliases[{i}]", alias) for i, alias in enumerate(aliases)),
            name=self.text(f"{where}.name", known["name"]) if "name" in known else "",
            degradation=_DEGRADATIONS[self.word(f"{where}.degradation", known["degradation"], _DEGRADATIONS)]
            if "degradation" in known
            else "",
            error=self.word(f"{where}.error", known["error"], V2) if "error" in known else "",
            partner_sso=self.truth(f"{where}.partner_sso", known.get("partner_sso", True)),
        )

    def profile(self, where: str, value: object) -> Profile:
        """Return a profile."""
        known = self.mapping(where, value, ("type",), ("logout_url", "attributes", "lasts", "resources"))
        kind = known.get("type", "regular")
        if not isinstance(kind, str) or kind not in KINDS:
            self.wrong(f"{where}.type", "one of " + ", ".join(KINDS), repr(kind))
            kind = "regular"
        url = self.text(f"{where}.logout_url", known["logout_url"]) if "logout_url" in known else ""
        if url and not KINDS[kind].may_have_url:
            self.wrong(f"{where}.logout_url", f"no logout_url for type {kind}", repr(url))
        for placeholder in PLACEHOLDER.findall(url):
            if placeholder not in PLACEHOLDERS:
                allowed = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
                self.wrong(f"{where}.logout_url", f"only the placeholders {allowed}", f"{{{placeholder}}}")
        if "resources" in known and kind != "temporary":
            self.wrong(f"{where}.resources", f"no resources for type {kind}", repr(known["resources"]))
        attributes = self.mapping(f"{where}.attributes", known.get("attributes", {}))
        return Profile(
            kind,
            url,
            {key: self.plain(f"{where}.attributes.{key}", each) for key, each in attributes.items()},
            self.seconds(f"{where}.lasts", known.get("lasts", Profile().lasts)),
            self.count(f"{where}.resources", known["resources"]) if "resources" in known else None,
        )

    def service_providers(self, where: str, value: object, *, none: bool = False) -> ServiceProviders:
        """Return the ids of a list, or the meaning of the word `any`. With `none`, the word `none` is allowed, too."""
        if value == "any":
            return None
        if none and value in ("none", False):
            return frozenset()
        if not isinstance(value, list) or not value:
            self.wrong(where, f"the word any{', the word none,' if none else ','} or a list of ids", repr(value))
            return None
        return frozenset(self.text(f"{where}[{i}]", each) for i, each in enumerate(value))

    def devices(self, value: object, mvpds: Mapping[str, Mvpd]) -> dict[str, KnownDevice]:
        """Return the entries of single devices."""
        found = {}
        for key, each in self.mapping("devices", value).items():
            where = f"devices.{key}"
            device = self.mapping(where, each, (), ("pt_device_id", "sequence"))
            sequence = {}
            for mvpd, steps in self.mapping(f"{where}.sequence", device.get("sequence", {})).items():
                place = f"{where}.sequence.{mvpd}"
                if mvpd not in mvpds:
                    self.wrong(place, "an MVPD of the catalogue", repr(mvpd) + near(str(mvpd), mvpds))
                profiles = self.sequence(place, steps)
                sequence[str(mvpd)] = tuple(self.profile(f"{place}[{i}]", step) for i, step in enumerate(profiles))
            pseudonym = self.text(f"{where}.pt_device_id", device["pt_device_id"]) if "pt_device_id" in device else ""
            found[self.text(where, key)] = KnownDevice(pseudonym, sequence)
        return found

    def resources(self, value: object) -> dict[str, Resource]:
        """Return the resources that are not always permitted."""
        found = {}
        for key, each in self.mapping("resources", value).items():
            where = f"resources.{key}"
            if isinstance(each, dict):
                known = self.mapping(where, each, ("rating",), ())
                resource = Resource(rating=self.text(f"{where}.rating", known.get("rating", "-")))
            else:
                resource = Resource(self.word(where, each, ("deny", *V2)))
            found[self.text(where, key)] = resource
        return found

    def applications(self, value: object) -> dict[str, Application]:
        """Return the registered applications."""
        found = {}
        for key, each in self.mapping("applications", value).items():
            where = f"applications.{key}"
            known = self.mapping(where, each, (), ("service_providers", "scopes", "approved", "grant"))
            application = Application(
                approved=self.truth(f"{where}.approved", known.get("approved", True)),
                grant=self.truth(f"{where}.grant", known.get("grant", True)),
            )
            if "service_providers" in known:
                allowed = self.service_providers(f"{where}.service_providers", known["service_providers"])
                application = replace(application, service_providers=allowed)
            if "scopes" in known:
                scopes = self.sequence(f"{where}.scopes", known["scopes"])
                read = tuple(self.text(f"{where}.scopes[{i}]", scope) for i, scope in enumerate(scopes))
                application = replace(application, scopes=read)
            found[self.text(where, key)] = application
        return found

    def mapping(
        self, where: str, value: object, needed: tuple[str, ...] = (), optional: tuple[str, ...] = ()
    ) -> Mapping[Any, object]:
        """Return the mapping, or an empty one. If `needed` or `optional` is given, other keys are problems."""
        if not isinstance(value, dict):
            self.wrong(where, "a mapping", repr(value))
            return {}
        keys = (*needed, *optional)
        for key in value if keys else ():
            if key not in keys:
                self.problems.append(f"{where}: unknown key {key!r}{near(str(key), keys)}")
        for key in needed:
            if key not in value:
                self.wrong(where, f"a key {key}", "none")
        return value

    def sequence(self, where: str, value: object) -> list[object]:
        """Return the list, or an empty one."""
        if isinstance(value, list):
            return value
        self.wrong(where, "a list", repr(value))
        return []

    def text(self, where: str, value: object) -> str:
        """Return a text."""
        if isinstance(value, str) and value:
            return value
        self.wrong(where, "a text (in quotes, if YAML reads it as another type)", repr(value))
        return str(value)

    def word(self, where: str, value: object, words: Mapping[str, object] | tuple[str, ...]) -> str:
        """Return one of these words. The first one takes the place of an invalid word."""
        if isinstance(value, str) and value in words:
            return value
        expected = ", ".join(words) if len(words) <= len(KINDS) else "a documented code of v2"
        if "deny" in words:
            expected = "deny, a documented code of v2, or a mapping with a rating"
        self.wrong(where, expected, repr(value) + near(str(value), words))
        return next(iter(words))

    def truth(self, where: str, value: object) -> bool:
        """Return true or false."""
        if not isinstance(value, bool):
            self.wrong(where, "true or false", repr(value))
        return value is True

    def count(self, where: str, value: object) -> int:
        """Return a number of things."""
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST:
            return value
        self.wrong(where, f"a number from 1 to {MOST}", repr(value))
        return 1

    def seconds(self, where: str, value: object) -> float:
        """Return a number of seconds."""
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= LONGEST:
            return float(value)
        self.wrong(where, f"a number of seconds above 0, and at most {LONGEST}", repr(value))
        return 1.0

    def plain(self, where: str, value: object) -> object:
        """Return an attribute's value. JSON must have such a value: a scalar, a list or a mapping (user-metadata page)."""
        if isinstance(value, list):
            return [self.plain(f"{where}[{i}]", each) for i, each in enumerate(value)]
        if isinstance(value, dict):
            return {self.text(where, key): self.plain(f"{where}.{key}", each) for key, each in value.items()}
        if not isinstance(value, str | bool | int | float) or (isinstance(value, float) and not isfinite(value)):
            self.wrong(where, "a text, a number, a list or a mapping", repr(value))
        return value

    def wrong(self, where: str, expected: str, found: str) -> None:
        """Note a problem."""
        self.problems.append(f"{where}: expected {expected}, found {found}")


def near(word: str, words: Mapping[str, object] | tuple[str, ...]) -> str:
    """Return `; did you mean …?` with the most similar word. Empty if no word is similar."""
    found = difflib.get_close_matches(word[:80], [*words], 1)
    return f"; did you mean {found[0]}?" if found else ""


class _Loader(yaml.SafeLoader):
    """Refuses repeated keys. PyYAML would use the last one silently, but a provider that is there twice is a mistake."""

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
