"""Data that the gateways of one process share, such as a test suite's: a gateway for each test, mostly with the same key and cassettes."""

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
"""How many cassettes are kept. One more displaces the least recently used."""


class Lasting:
    """Holds the redactions by key, and the cassettes that were read."""

    def __init__(
        self,
        step: Callable[[], None] | None = None,
        began: float | None = None,
        *,
        is_of_suite: bool = False,
        stand_in: bytes | None = None,
        has_siblings: bool = False,
    ) -> None:
        """`step` is called for each interaction that is read. `began` is the start of the run, in seconds since the epoch; None means now.

        `stand_in` is the key for runs without a lasting key; None means a random key. `has_siblings`: other processes of this run write the
        same files.
        """
        self.has_siblings = has_siblings
        self.step = step
        self.is_of_suite = is_of_suite
        """Whether the gateways serve a test suite or one command, not devices."""
        self.listening = Listening()
        """The addresses on which this process listens for apps. No upstream may lead there."""
        self.lock = Lock()
        """Lock for putting a gateway together, since several threads do so."""
        self.began = time.time() if began is None else began
        self._said: set[str] = set()
        self._findings: dict[Path, FindingsFile] = {}
        self.stand_in = token_bytes(32) if stand_in is None else stand_in
        """The key for runs without a lasting key."""
        self.keyless = ""
        """Why there is no lasting key, although recording needs one; otherwise empty."""
        self._redactions: dict[tuple[bytes | None, RedactionSettings], Redaction] = {}
        self._cassettes: OrderedDict[Path, _Held] = OrderedDict()

    def says(self, what: str) -> bool:
        """Return whether `what` is said for the first time by any of the gateways."""
        first = what not in self._said
        self._said.add(what)
        return first

    def redaction(self, config: Config, environ: Mapping[str, str]) -> Redaction:
        """Return the redaction for a configuration. If it records, keeps a history or has a fleet, a missing key is made.

        If no key can be made, mode record raises RedactionKeyError. Other modes work without a key, and `keyless` says why it is missing.
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
        """Return the cassette at `path`. It is read again only if the file has changed. Raises the same errors as `load`."""
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
        """Return the file of findings beside a cassette. A run starts this file anew once."""
        return self._findings.setdefault(
            cassette, FindingsFile(findings_path(cassette), self.began, shared=self.has_siblings)
        )

    def index(self, path: Path, matcher: Matcher, redaction: Redaction) -> Index | None:
        """Return the index of the cassette that was last read at `path`; None if its requests must be redacted first."""
        held = self._cassettes.get(path)
        if held is None or not all(map(redaction.trusts_head, heads_of(held.cassette.interactions))):
            return None
        key = matcher, redaction.basis
        if key not in held.indexes:
            compared = partial(redaction.compared, whole=matcher.needs_more)
            held.indexes[key] = Index(matcher, held.cassette.interactions, compared)
        return held.indexes[key]


class _Held(Struct):
    """A cassette that was read, and its indexes."""

    version: tuple[int, ...]
    cassette: Cassette
    indexes: dict[tuple[Matcher, object], Index] = field(default_factory=dict)
    """The indexes, by matcher, and by key and policy of the redaction."""


def _version(path: Path) -> tuple[int, ...]:
    """Return a value that changes with the content of a file; empty without a file."""
    try:
        about = path.stat()
    except OSError:
        return ()
    return about.st_mtime_ns, about.st_size, about.st_ino
