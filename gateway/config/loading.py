"""Puts file, environment and command line together, and reports all their problems at once."""

import copy
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from gateway.config import yaml12
from gateway.config.combinations import clashes
from gateway.config.devices import DEVICES_FILE
from gateway.config.listening import lab_word
from gateway.config.model import BUILT_IN_UPSTREAMS, Config
from gateway.config.problems import ConfigError, ConfigProblem, Loc, dotted, found
from gateway.config.reading import Complaint, UnreadableError, read_section
from gateway.config.shape import PREFIX, environment_name, environment_names, takes_either, takes_null, takes_text
from gateway.config.sources import Giver, Loaded, giver_of
from gateway.config.values import is_path, upstream_name
from gateway.config.wording import told
from gateway.core.suggestions import resembling
from gateway.core.text import printable
from gateway.core.yaml_words import meaning

RESERVED = frozenset(
    {
        *("GATEWAY_REDACTION_KEY", "GATEWAY_SOFTWARE_STATEMENT", "GATEWAY_CLIENT_ID", "GATEWAY_CLIENT_SECRET"),
        *("GATEWAY_EMULATOR_CONTROL_TOKEN", "GATEWAY_FLEET_PASSWORD"),
    }
)
"""Names that begin with the prefix, and are no keys of the configuration: they are secrets, which must not be in the file."""

OPTIONS: Mapping[str, str] = {
    "listen.host": "--host",
    "listen.port": "--port",
    "cassettes.name": "--cassette",
    "faults": "--fault",
}
"""The command line's option for a key, if its name differs from the key's."""

_STAND_IN = "x"
"""Placeholder for a missing required key, so that validation can continue. Nobody sees it."""
_LARGEST_FILE = 1 << 20  # bytes; a hundred times the size of a configuration that a person writes


def load(
    path: Path | None, environ: Mapping[str, str], overrides: Mapping[str, object], called: Mapping[str, str] = OPTIONS
) -> Config:
    """Read the configuration, or raise a ConfigError with all its problems.

    `path` is the file. None means `config.yaml` in the working directory, or no file if that one does not exist.
    `environ` is the environment. Only names that begin with GATEWAY_ are read.
    `overrides` is the command line, by key (`listen.port`, `cassettes.name`). A value None means that the option was not given.
    `called` has the names of options in messages. The name of any other option is `--` and the last word of its key.

    The command line goes before the environment, the environment before the file, and the file before the defaults. Maps are laid over
    each other key by key.

    A relative path starts in the file's folder; without a file, in the working directory. A relative path of the command line always
    starts in the working directory, where the person types it.
    """
    return load_with_sources(path, environ, overrides, called).config


def load_with_sources(
    path: Path | None, environ: Mapping[str, str], overrides: Mapping[str, object], called: Mapping[str, str] = OPTIONS
) -> Loaded:
    """Read the configuration like `load`, and note the source of each value."""
    if path is None and Path("config.yaml").is_file():
        path = Path("config.yaml")
    draft = _Draft(file=None if path is None else printable(str(path)))
    if path is not None:
        draft.read_file(path)
    folder = Path() if path is None else path.parent
    draft.read_devices(folder / DEVICES_FILE)
    draft.read_environment(environ)
    draft.read_command_line(overrides, folder, called)
    return Loaded(draft.check(folder), draft.file, draft.lines, draft.givers)


class _Draft(Struct):
    """The configuration before validation, and the problems that are known so far."""

    file: str | None
    """The file's name in messages. None if there is no file."""
    data: dict[str, object] = field(default_factory=dict)
    lines: Mapping[Loc, int] = field(default_factory=dict)
    givers: dict[Loc, Giver] = field(default_factory=dict)
    begun: dict[Loc, Giver] = field(default_factory=dict)
    """Maps that exist only because the environment, the command line or devices.yaml gave a value in them."""
    told: list[tuple[tuple[int, int], ConfigProblem]] = field(default_factory=list)
    """Each problem with its sort key: the rank of the value's source, and the line in the file."""
    file_is_read: bool = True
    """Whether the file's values are in `data`. If not, combinations of keys cannot be checked."""

    def tell(self, rank: int, line: int, place: str, message: str) -> None:
        self.told.append(((rank, line), ConfigProblem(place, message)))

    def read_file(self, path: Path) -> None:
        label = self.file or ""
        text = self._text(path)
        if text is None:
            return
        document = yaml12.read(text)
        for flaw in document.flaws:
            self.tell(0, flaw.line, yaml12.place(label, flaw), flaw.message)
        self.file_is_read = document.readable
        self.lines = document.lines
        if isinstance(document.data, dict):
            self.data = document.data
        elif document.data is not None:
            self.tell(0, 0, label, f"expected a map of keys, found {found(document.data)}")
            self.file_is_read = False

    def read_devices(self, path: Path) -> None:
        """Lay the devices of devices.yaml over the devices of the configuration file, if devices.yaml exists."""
        if not path.is_file():
            return
        label = printable(str(path))
        text = self._text(path, label)
        if text is None:
            return
        document = yaml12.read(text)
        for flaw in document.flaws:
            self.tell(0, flaw.line, yaml12.place(label, flaw), flaw.message)
        if isinstance(document.data, dict) and all(key == "devices" for key in document.data):
            self._lay(self.data, document.data, (), Giver(0, label, ()))
        elif document.data is not None:
            self.tell(0, 0, label, f"expected a map with the single key devices, found {found(document.data)}")

    def _text(self, path: Path, label: str | None = None) -> str | None:
        """Return the content of a file. If it cannot be read, note the reason, and return None."""
        message = None
        content = b""
        try:
            with path.open("rb") as stream:
                content = stream.read(_LARGEST_FILE + 1)
        except FileNotFoundError:
            message = "expected a file, found none"
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            message = f"expected a readable file, found: {printable(getattr(error, 'strerror', None) or str(error))}"
        if len(content) > _LARGEST_FILE:
            message = "expected at most 1 MiB, found more"
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            message = message or f"expected UTF-8, found other bytes on line {line}"
        if message is None:
            return text
        self.file_is_read = False
        self.tell(0, 0, label or self.file or "", message)
        return None

    def read_environment(self, environ: Mapping[str, str]) -> None:
        names = environment_names(self._upstreams(environ))
        seen: dict[str, str] = {}
        # Shorter names first, since GATEWAY_LISTEN__PORT changes a part of GATEWAY_LISTEN.
        for name in sorted(environ, key=lambda name: (name.count("__"), name)):
            upper = name.upper()
            if not upper.startswith(PREFIX) or upper in RESERVED:
                continue
            label = printable(name)
            if upper in seen:
                self.tell(1, 0, label, f"expected each name once, in any case of letters, found {seen[upper]}, too")
            elif upper not in names:
                like = resembling(upper.removeprefix(PREFIX), [known.removeprefix(PREFIX) for known in names])
                self.tell(1, 0, label, f"unknown name{f'; did you mean {PREFIX}{like}?' if like else ''}")
            else:
                seen[upper] = label
                self._give(Giver(1, label, names[upper]), environ[name])

    def read_command_line(self, overrides: Mapping[str, object], folder: Path, called: Mapping[str, str]) -> None:
        for key, given in overrides.items():
            if given is None:
                continue
            value = given
            if key == "cassettes.name" and isinstance(value, str) and is_path(value) and folder != Path():
                value = str(Path.cwd() / value)
            loc: Loc = tuple(key.split("."))
            self._give(Giver(2, called.get(key, f"--{key.rpartition('.')[2]}"), loc), value)

    def _upstreams(self, environ: Mapping[str, str]) -> list[str]:
        """Return the names of upstreams that variables may set: known upstreams, and upstreams that the environment itself defines."""
        entries = self.data.get("upstreams")
        known = [*BUILT_IN_UPSTREAMS, *(entries if isinstance(entries, dict) else ())]
        spelled = {environment_name((name,)) for name in known}
        start = environment_name(("upstreams", ""))
        for name in sorted(environ):
            if name.upper().startswith(start):
                new = name[len(start) :].partition("__")[0].lower()
                if environment_name((new,)) not in spelled and _is_upstream_name(new):
                    known.append(new)
        return known

    def _give(self, giver: Giver, value: object) -> None:
        """Lay a value over the present one. Text is read as YAML, unless the key takes text."""
        if isinstance(value, str):
            if not takes_text(giver.loc):
                document = yaml12.read(value)
                if document.flaws:
                    for flaw in document.flaws:
                        self.tell(giver.rank, 0, f"{giver.label} {dotted(flaw.loc)}".rstrip(), flaw.message)
                    return
                value = document.data
            elif takes_null(giver.loc) and meaning(value) is None:
                value = None
        for key in reversed(giver.loc):
            value = {key: value}
        self._lay(self.data, value, (), giver)

    def _lay(self, base: dict[str, object], over: object, at: Loc, giver: Giver) -> None:
        """Lay `over`, a map, over `base`, and note who gave each value."""
        for key, value in (over if isinstance(over, dict) else {}).items():
            loc = (*at, key)
            here = base.get(key)
            if key == "tls" and isinstance(value, dict):  # the word lab becomes its map first
                here = base[key] = lab_word(here)
            if isinstance(value, dict) and value:
                if here is None or (not isinstance(here, dict) and takes_either(loc)):
                    here = base[key] = {}
                    self.begun[loc] = giver
                if isinstance(here, dict):  # another type is reported later
                    self._lay(here, value, loc, giver)
            else:
                base[key] = copy.deepcopy(value)
                self.givers[loc] = giver

    def check(self, folder: Path) -> Config:
        """Return the checked configuration, or raise a ConfigError with all problems."""
        config, invalid = _valid_parts(self.data, folder)
        self._tell_all(invalid)
        if self.file_is_read:
            places = frozenset(complaint.loc for complaint in invalid)
            self._tell_all(Complaint(clash.at, clash.message) for clash in clashes(config, places))
        if self.told:
            raise ConfigError(problem for _, problem in sorted(self.told, key=lambda entry: entry[0]))
        return config

    def _tell_all(self, wrong: Iterable[Complaint]) -> None:
        for complaint in wrong:
            giver = self._giver(complaint.loc)
            begun = self.begun.get(complaint.loc[:-1])
            if giver is not None:
                rest = dotted(complaint.loc[len(giver.loc) :])
                self.tell(giver.rank, 0, f"{giver.label} {rest}" if rest else giver.label, complaint.message)
            elif begun is not None and not begun.rank:  # devices.yaml gave it
                self.tell(0, 0, f"{begun.label} {dotted(complaint.loc)}", complaint.message)
            elif self.file is None or begun is not None:  # only the environment can set it
                self.tell(1, 0, printable(environment_name(complaint.loc)), complaint.message)
            elif self.file_is_read:
                self.tell(0, self._line(complaint.loc), f"{self.file} {dotted(complaint.loc)}", complaint.message)

    def _giver(self, loc: Loc) -> Giver | None:
        return giver_of(self.givers, loc)

    def _line(self, loc: Loc) -> int:
        return next((self.lines[loc[:end]] for end in range(len(loc), 0, -1) if loc[:end] in self.lines), 0)


def _valid_parts(data: Mapping[str, object], folder: Path) -> tuple[Config, list[Complaint]]:
    """Return the configuration without its invalid keys, and every problem.

    Nothing is read while one key is wrong. So the wrong keys are taken out until no wrong key is left.
    """
    rest: dict[str, Any] = copy.deepcopy(dict(data))
    wrong: list[Complaint] | None = None
    while True:
        try:
            return read_section(Config, rest, folder), wrong or []
        except UnreadableError as error:
            now = told(error.complaints, rest)
            wrong = now if wrong is None else wrong
            taken = sum(_take_out(rest, complaint.loc) for complaint in now)
            if not taken:
                rest.clear()  # an empty configuration is valid, so the loop ends in any case


def _take_out(data: dict[str, Any], loc: Loc) -> bool:
    """Remove the map entry nearest to `loc`, and return whether there was one.

    A list is removed as a whole: without one entry, the other entries would have other places. But a map in a list stays. It loses its bad
    key, or gets a placeholder for a required one.
    """
    holder, key = None, None
    here: Any = data
    for at, part in enumerate(loc):
        if isinstance(here, list) and isinstance(part, int) and part < len(here) and at + 2 == len(loc):
            entry, name = here[part], loc[-1]
            if not isinstance(entry, dict) or entry.get(name) == _STAND_IN:
                break
            if name not in entry:
                entry[name] = _STAND_IN
                return True
            holder, key = entry, name
            break
        if isinstance(here, dict) and part in here:
            holder, key, here = here, part, here[part]
        else:
            break
    if holder is None or key is None:
        return False
    del holder[key]
    return True


def _is_upstream_name(text: str) -> bool:
    try:
        upstream_name(text)
    except ValueError:
        return False
    return True
