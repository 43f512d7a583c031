"""Puts file, environment and command line together, and tells everything that is wrong with them at once."""

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
from gateway.config.problems import ConfigError, ConfigProblem, Loc, dotted, found, resembling
from gateway.config.reading import Complaint, UnreadableError, read_section
from gateway.config.shape import PREFIX, environment_name, environment_names, takes_either, takes_null, takes_text
from gateway.config.sources import Giver, Loaded, giver_of
from gateway.config.values import is_path, upstream_name
from gateway.config.wording import told
from gateway.core.text import printable
from gateway.core.yaml_words import meaning

RESERVED = frozenset(
    {
        *("GATEWAY_REDACTION_KEY", "GATEWAY_SOFTWARE_STATEMENT", "GATEWAY_CLIENT_ID", "GATEWAY_CLIENT_SECRET"),
        *("GATEWAY_EMULATOR_CONTROL_TOKEN", "GATEWAY_FLEET_PASSWORD"),
    }
)
"""Names that begin like ours and are no keys of the configuration: secrets, which have no place in a file."""

OPTIONS: Mapping[str, str] = {
    "listen.host": "--host",
    "listen.port": "--port",
    "cassettes.name": "--cassette",
    "faults": "--fault",
}
"""The command line's option for a key, where it is not called like the key."""

_STAND_IN = "x"
"""Placeholder for a missing required key, so that validation can continue. Nobody sees it."""
_LARGEST_FILE = 1 << 20  # bytes; a configuration of hand-written size has two powers of ten to spare


def load(
    path: Path | None, environ: Mapping[str, str], overrides: Mapping[str, object], called: Mapping[str, str] = OPTIONS
) -> Config:
    """Read the configuration, or raise a ConfigError with everything that is wrong with it.

    `path` is the file; None is `config.yaml` in the working directory where that is there, and no file where it is not.
    `environ` is the environment, of which the names that begin with GATEWAY_ are read. `overrides` is the command line, by
    key (`listen.port`, `cassettes.name`); a None in it is an option that was not given. The command line beats the
    environment, which beats the file, which beats the defaults; maps are laid over each other key by key. `called` says what
    messages call an override, where that is not `--` and the last word of its key.

    Relative paths start in the file's folder, or in the working directory if there is no file, wherever they are
    written; only those of the command line start in the working directory, where whoever types them is.
    """
    return load_with_sources(path, environ, overrides, called).config


def load_with_sources(
    path: Path | None, environ: Mapping[str, str], overrides: Mapping[str, object], called: Mapping[str, str] = OPTIONS
) -> Loaded:
    """Read the configuration as `load` does, and note where each value came from."""
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
    """The file's name in messages; None if there is none."""
    data: dict[str, object] = field(default_factory=dict)
    lines: Mapping[Loc, int] = field(default_factory=dict)
    givers: dict[Loc, Giver] = field(default_factory=dict)
    begun: dict[Loc, Giver] = field(default_factory=dict)
    """The maps that are there only because something in them was given so."""
    told: list[tuple[tuple[int, int], ConfigProblem]] = field(default_factory=list)
    """Each problem with what it is sorted by: the rank of who gave the value, and the line in the file."""
    file_is_read: bool = True
    """Whether the file's values are in `data`; otherwise nothing can be said of what would combine with them."""

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
        """Lay the devices of devices.yaml, if it exists, over the devices of the configuration file."""
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
            self.tell(0, 0, label, f"expected a map with the key devices alone, found {found(document.data)}")

    def _text(self, path: Path, label: str | None = None) -> str | None:
        """Return the content of a file; None, after noting the reason, if it cannot be read."""
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
        # Shorter names first: GATEWAY_LISTEN__PORT refines GATEWAY_LISTEN.
        for name in sorted(environ, key=lambda name: (name.count("__"), name)):
            upper = name.upper()
            if not upper.startswith(PREFIX) or upper in RESERVED:
                continue
            label = printable(name)
            if upper in seen:
                self.tell(1, 0, label, f"expected each name once, case aside, found {seen[upper]} too")
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
        """Return the names of upstreams that variables may set: the known upstreams, and the upstreams that the environment defines."""
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
        """Lay a value over what is there. Text for a key that is not text is read as YAML."""
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
            if key == "tls" and isinstance(value, dict):  # a key of it is laid over what the word lab stands for
                here = base[key] = lab_word(here)
            if isinstance(value, dict) and value:
                if here is None or (not isinstance(here, dict) and takes_either(loc)):
                    here = base[key] = {}
                    self.begun[loc] = giver
                if isinstance(here, dict):  # otherwise the file's value is of a wrong type, and told to be
                    self._lay(here, value, loc, giver)
            else:
                base[key] = copy.deepcopy(value)
                self.givers[loc] = giver

    def check(self, folder: Path) -> Config:
        """Return the checked configuration, or raise everything that is wrong."""
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
            elif begun is not None and not begun.rank:  # the file of devices
                self.tell(0, 0, f"{begun.label} {dotted(complaint.loc)}", complaint.message)
            elif self.file is None or begun is not None:  # the environment is where it can be said
                self.tell(1, 0, printable(environment_name(complaint.loc)), complaint.message)
            elif self.file_is_read:
                self.tell(0, self._line(complaint.loc), f"{self.file} {dotted(complaint.loc)}", complaint.message)

    def _giver(self, loc: Loc) -> Giver | None:
        return giver_of(self.givers, loc)

    def _line(self, loc: Loc) -> int:
        return next((self.lines[loc[:end]] for end in range(len(loc), 0, -1) if loc[:end] in self.lines), 0)


def _valid_parts(data: Mapping[str, object], folder: Path) -> tuple[Config, list[Complaint]]:
    """Return the configuration without its invalid keys, and every problem.

    Nothing can be read while one key is wrong; so what is wrong is taken out until nothing is.
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
                rest.clear()  # never seen; an empty configuration is valid, so this ends


def _take_out(data: dict[str, Any], loc: Loc) -> bool:
    """Remove the map entry nearest to `loc`; say whether there was one.

    A list goes as a whole, since without one entry the others would have other places. But a map in it stays, without its
    bad key, and with a stand-in for one that it must have.
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
