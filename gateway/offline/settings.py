"""The cassette of a test, and the configuration of its gateway."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Any, Literal, cast

from msgspec import Struct, field

from gateway.cassettes.files import available
from gateway.config import Config, load
from gateway.config.problems import found
from gateway.core.mistake import Mistake
from gateway.core.model import Severity
from gateway.offline.collected import FOLDER

Unplayed = Literal["fail", "warn", "ignore"]

MODES = ("replay", "record", "auto")
UNPLAYED = ("fail", "warn", "ignore")
AUDITS = ("off", "observe", "enforce", "info", "warning", "error")
DEEPEST = 20
"""Deepest nesting of maps and lists in a marker. A configuration has five levels."""
LONGEST = 120
"""Longest file name in characters. File systems allow 255 bytes, and some archives fewer."""

KEYS = {
    "mode": "mode",
    "upstream": "upstream",
    "record": "cassettes.record",
    "match": "cassettes.match",
    "device": "cassettes.device",
    "on_exhausted": "cassettes.on_exhausted",
    "time": "cassettes.time",
    "rules": "rules",
    "faults": "faults",
}
"""Keywords of the marker, each with its key in the configuration."""
OWN = ("audit", "unplayed", "config")
"""Further keywords. `config` sets any other key, by its name with dots."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._\[\]-]+")
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
"""Names of devices in Windows. The text after the first dot does not matter."""


class MarkerError(Mistake):
    """A marker has a wrong value."""


class Wanted(Struct, frozen=True):
    """The settings from the markers of one test. The nearest marker goes first."""

    name: str | None = None
    shared: bool = False
    """Whether the name comes from a class or a module. Then several tests play one cassette."""
    audit: str | None = None
    unplayed: Unplayed | None = None
    overrides: Mapping[str, object] = field(default_factory=dict)

    @property
    def fail_on(self) -> Severity | None:
        """The lowest severity of a finding that fails the test."""
        return cast("Severity", self.audit) if self.audit in {"info", "warning", "error"} else None


def wanted(markers: Iterable[tuple[tuple[object, ...], Mapping[str, Any], bool]]) -> Wanted:
    """Read markers, the nearest first: the arguments, the keywords, and whether the marker is at the test itself."""
    name, shared = None, False
    said: dict[str, Any] = {}
    for arguments, keywords, own in markers:
        given = dict(keywords)
        names = [*arguments, *([given.pop("name")] if "name" in given else [])]
        if len(names) > 1 or not all(isinstance(entry, str) and entry for entry in names):
            message = f"expected the name of one cassette, found {', '.join(map(repr, names))}"
            raise MarkerError(message)
        if names and name is None:
            name, shared = str(names[0]), not own
        for key, value in given.items():
            _check(key, value)
            said.setdefault(key, value)
    overrides = {KEYS[key]: value for key, value in said.items() if key in KEYS} | dict(said.get("config", {}))
    audit = said.get("audit")
    if audit is not None:
        overrides["audit.mode"] = audit if audit in {"off", "enforce"} else "observe"
    return Wanted(name, shared, audit, said.get("unplayed"), overrides)


def _check(key: str, value: object) -> None:
    known = (*KEYS, *OWN)
    if key not in known:
        close = get_close_matches(key, known, 1)
        hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
        message = f"{key}: unknown; {hint}"
        raise MarkerError(message)
    if key == "config" and not isinstance(value, Mapping):
        message = f"config: expected a map of keys, found {found(value)}"
        raise MarkerError(message)
    _expect_data(key, value)
    for name, values in (("mode", MODES), ("audit", AUDITS), ("unplayed", UNPLAYED)):
        if key == name and value not in values:
            message = f"{key}: expected one of {', '.join(values)}, found {value!r}"
            raise MarkerError(message)


def _expect_data(place: str, value: object, depth: int = 0) -> None:
    """Raise MarkerError for a value that a configuration file cannot have."""
    if depth > DEEPEST:
        message = f"{place[:LONGEST]}: expected at most {DEEPEST} nested values, found more"
        raise MarkerError(message)
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str) or not key:
                message = f"{place}: expected the name of a key, such as 'limits.max_body', found {found(key)}"
                raise MarkerError(message)
            _expect_data(f"{place} {key}", inner, depth + 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            _expect_data(place, inner, depth + 1)
    elif value is not None and not isinstance(value, str | int | float | PurePath):
        message = f"{place}: expected text, a number, a list or a map, found {found(value)}"
        raise MarkerError(message)


def expect_inside(name: str, path: Path, folders: Iterable[Path]) -> None:
    """Raise MarkerError for a name that leads out of all these folders, directly or by a link."""
    allowed = list(dict.fromkeys(folders))
    real = os.path.realpath(path)
    if not any(Path(real).is_relative_to(os.path.realpath(folder)) for folder in allowed):
        message = f"expected the name of a cassette within {' or '.join(map(str, allowed))}, found {found(name)}, which is {path}"
        raise MarkerError(message)


def safe(text: str) -> str:
    """Return a file name that every file system accepts, and that is different for every text.

    Characters that a file system could refuse, cut off or confuse are replaced, and a digest of the text is added at the end. The digest is
    also added if the name of a module, a function or a parameter has capitals, since some file systems ignore the case of letters. Classes
    usually have capitals, and need no digest: two classes that differ only in case are not expected.
    """
    plain = _UNSAFE.sub("-", text).strip(".-")[:LONGEST]
    function, _, parameter = text.partition("[")
    cased = function.rpartition(".")[2] + parameter
    if plain == text and cased == cased.lower() and not _DEVICES.fullmatch(plain):
        return plain
    return f"{plain}-{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


@lru_cache(maxsize=4096)
def default_name(module: str, test: str) -> str:
    """Return the default name of a test's cassette: `<module>/<[Class.]test>.yaml`."""
    return f"{safe(module)}/{safe(test)}.yaml"


@lru_cache(maxsize=4096)
def places(name: str, test: Path, project: Path) -> tuple[Path, ...]:
    """Return the paths where a test's cassette may be: first beside the test's file, then in the project's folder.

    One file has only one path, even if its name contains `..`.
    """
    file = name if name.endswith(".yaml") else f"{name}.yaml"
    there = [os.path.join(test.parent, FOLDER, file), os.path.join(project, file)]  # noqa: PTH118  # a Path in between takes as long as all the rest
    return tuple(dict.fromkeys(Path(os.path.normpath(path)) for path in there))


def place(name: str, test: Path, project: Path) -> Path:
    """Return the path of a cassette. If it does not exist yet, the path is beside the tests."""
    candidates = places(name, test, project)
    return next((path for path in candidates if path.is_file()), candidates[0])


def missing(name: str, test: Path, project: Path) -> str:
    """Return a message: where the cassette was expected, which cassettes exist, and how to record it."""
    tried = places(name, test, project)
    there = [f"{path.parent}: {', '.join(names)}" for path in tried if (names := available(path.parent))]
    return "\n".join(
        [
            f"there is no cassette {name}; looked for {' and '.join(map(str, tried))}",
            *(f"there are cassettes in {entry}" for entry in there),
            "--gateway-mode=auto records it, from the built-in emulator, or from the upstream that --gateway-upstream names. Only logouts are recorded, unless cassettes.record, or the marker's record, names other calls",
        ]
    )


def _called(key: str) -> str:
    """Return the name, in messages, of a key that a marker has set."""
    return f"@pytest.mark.cassette {next((name for name, stands_for in KEYS.items() if stands_for == key), f'config {key}')}"


ONE_PROCESS: Mapping[str, object] = {"workers": 1}
"""The gateway of a test or of a command is in one process. The file's `workers` is for `gateway run`."""


class Settings(Struct):
    """The configuration of a session. Each test's configuration is made from it."""

    root: Path
    file: Path | None
    base: Mapping[str, object]
    """The values of the command line, by key."""
    start: Path = field(default_factory=Path.cwd)
    """The folder in which relative paths of the environment start, since a test may change the working directory."""
    _loaded: dict[str, Config] = field(default_factory=dict)
    """The configurations so far, by what the markers say."""

    @property
    def project(self) -> Path:
        """The folder of cassettes that the configuration names."""
        return self.config({}).cassettes.dir

    def config(self, overrides: Mapping[str, object]) -> Config:
        """Return the configuration of one test. A ConfigError lists its mistakes."""
        spelled = repr(sorted(overrides.items())) if overrides else ""
        config = self._loaded.get(spelled)
        if config is None:
            said = {**ONE_PROCESS, **self.base, **overrides}
            file = self.file
            if file is None and (self.root / "config.yaml").is_file():
                file = self.root / "config.yaml"
            environ = self._environ() if file is None else os.environ
            called = {key: f"--gateway-{key}" for key in self.base} | {key: _called(key) for key in overrides}
            config = self._loaded[spelled] = load(file, environ, said, called)
        return config

    def _environ(self) -> dict[str, str]:
        """Return the environment. Without a configuration file, its paths start at the root of the tests."""
        paths = {
            "GATEWAY_CASSETTES__DIR": self.root / FOLDER,
            "GATEWAY_REDACTION__KEY_FILE": self.root / ".gateway-key",
            "GATEWAY_CLIENTS__STATE_FILE": self.root / ".gateway-state.json",
        }
        given = {name: str(self.start / os.environ[name]) for name in paths if name in os.environ}
        return {**os.environ, **{name: str(path) for name, path in paths.items()}, **given}
