"""Data that the gateways of one process share: a suite of tests has a gateway for each test, and most of them use the same key and cassettes."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from secrets import token_bytes
from threading import Lock

from msgspec import Struct, field

from gateway.cassettes.files import findings_path
from gateway.cassettes.findings import FindingsFile
from gateway.cassettes.reader import Cassette, grown, load
from gateway.config import Config
from gateway.config import RedactionSection as RedactionSettings
from gateway.config.of_devices import modes_of
from gateway.config.to_core import redaction_of
from gateway.core.matching import Index, Matcher
from gateway.core.recorded import heads_of
from gateway.core.redaction import Redaction
from gateway.wire.own import Listening
from gateway.wiring.keys import RedactionKeyError, find, find_or_make

CASSETTES = 16
"""How many cassettes are kept; the one that was not asked for the longest goes."""


class Lasting:
    """Data that depends only on the key, and the cassettes that were read."""

    def __init__(
        self,
        step: Callable[[], None] | None = None,
        began: float | None = None,
        *,
        is_of_suite: bool = False,
        stand_in: bytes | None = None,
        has_siblings: bool = False,
    ) -> None:
        """`step` is called for each interaction that is read; `began` is when the run began, in seconds since the epoch: now, if not said.

        `stand_in` is the key for where none lasts; without it, one is made. `has_siblings`: other processes of this run write the same files.
        """
        self.has_siblings = has_siblings
        self.step = step
        self.is_of_suite = is_of_suite
        """Whether the gateways belong to a suite of tests or to one command, and not to devices."""
        self.listening = Listening()
        """Where this process listens for apps, so that no upstream leads there."""
        self.lock = Lock()
        """Lock for putting a gateway together: several threads may."""
        self.began = time.time() if began is None else began
        self._said: set[str] = set()
        self._findings: dict[Path, FindingsFile] = {}
        self.stand_in = token_bytes(32) if stand_in is None else stand_in
        """The key where none lasts."""
        self.keyless = ""
        """Why there is no lasting key though one is needed to record; empty where there is one."""
        self._redactions: dict[tuple[bytes | None, RedactionSettings], Redaction] = {}
        self._cassettes: OrderedDict[Path, _Held] = OrderedDict()

    def says(self, what: str) -> bool:
        """Return whether this is said for the first time, whichever gateway says it."""
        first = what not in self._said
        self._said.add(what)
        return first

    def redaction(self, config: Config, environ: Mapping[str, str]) -> Redaction:
        """Return the redaction that a configuration asks for; a mode that records, or a history, makes a key where there is none.

        Modes other than record work without a key. So if no key can be made, this is noted in `keyless`.
        """
        settings = config.redaction
        self.keyless = ""
        key = find(settings.key_file, environ)
        modes = modes_of(config)
        needed = not modes.isdisjoint({"record", "auto"}) or config.history is not None or config.fleet is not None
        if key is None and needed:
            try:
                key = find_or_make(settings.key_file, environ)
            except RedactionKeyError as error:
                if "record" in modes:
                    raise
                self.keyless = str(error)
        known = self._redactions.get((key, settings))
        if known is None:
            known = redaction_of(settings, key, self.stand_in)
            self._redactions[key, settings] = known
        return known.afresh()

    def cassette(self, path: Path) -> Cassette:
        """Return the cassette at `path`, read anew only where the file has changed; raises what `load` does."""
        before = _version(path)
        held = self._cassettes.pop(path, None)
        if held is None or held.version != before or not before:
            held = _Held(before, (held and grown(held.cassette)) or load(path, self.step))
        if before:
            self._cassettes[path] = held
            if len(self._cassettes) > CASSETTES:
                self._cassettes.popitem(last=False)
        return held.cassette

    def findings(self, cassette: Path) -> FindingsFile:
        """Return the file beside a cassette, which a run begins once."""
        return self._findings.setdefault(
            cassette, FindingsFile(findings_path(cassette), self.began, shared=self.has_siblings)
        )

    def index(self, path: Path, matcher: Matcher, redaction: Redaction) -> Index | None:
        """Return the index of the cassette that was read last at `path`; None where its requests are to be redacted first."""
        held = self._cassettes.get(path)
        if held is None or not all(map(redaction.trusts_head, heads_of(held.cassette.interactions))):
            return None
        key = matcher, redaction.basis
        if key not in held.indexes:
            compared = partial(redaction.compared, whole=matcher.needs_more)
            held.indexes[key] = Index(matcher, held.cassette.interactions, compared)
        return held.indexes[key]


class _Held(Struct):
    """A cassette that was read, and what was made of it."""

    version: tuple[int, ...]
    cassette: Cassette
    indexes: dict[tuple[Matcher, object], Index] = field(default_factory=dict)
    """By what is compared, and by the key and the policy of the redaction that compares."""


def _version(path: Path) -> tuple[int, ...]:
    """Tell one content of a file from the next; nothing where there is no file."""
    try:
        about = path.stat()
    except OSError:
        return ()
    return about.st_mtime_ns, about.st_size, about.st_ino
