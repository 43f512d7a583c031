"""Rewrites cassettes, vcrpy's and our own, without their secrets.

Facts
-----
* A file without a secret keeps its bytes. An interaction keeps its pseudonyms, of any key.
* vcrpy does not write the time of a recording. The answer's own `Date` gives it (RFC 9110 section 6.6.1). Without a `Date`, the time
  stays empty, since a file's time is the time of its last copy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from gateway.cassettes import shape
from gateway.cassettes.converters import guessed
from gateway.cassettes.errors import CassetteError
from gateway.cassettes.files import is_findings, recordings
from gateway.cassettes.findings import Findings, lines_of, parse_findings
from gateway.cassettes.format import HEAD, dump
from gateway.cassettes.parsing import parse
from gateway.cassettes.reader import read
from gateway.cassettes.vcr_json import rewritten
from gateway.core.codings import CodingError
from gateway.core.mistake import Mistake
from gateway.core.model import Interaction, Response
from gateway.core.redaction import Redaction
from gateway.core.secrets.budget import OverBudgetError
from gateway.core.times import seconds_of_date, stamp
from gateway.core.wording import many
from gateway.scrubbing import unplayable
from gateway.scrubbing.cleaner import Begun, Cleaned, Cleaner
from gateway.scrubbing.lint import LintFinding, located, too_much_work
from gateway.scrubbing.progress import Progress, tracked
from gateway.system.files import make_folder, replace_file
from gateway.system.locking import locked

T = TypeVar("T")

HELD = 64 << 20
"""Largest size of the files, in bytes, that stay in memory between the two searches."""


class Job(NamedTuple):
    """A cassette, and the place of its copy without secrets."""

    source: Path
    target: Path


class Done(Struct):
    """The result for all files."""

    changed: int = 0
    interactions: int = 0
    removed: Counter[str] = field(default_factory=Counter)
    """Number of removed secrets by kind."""
    left: list[LintFinding] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    """Recordings that no live request will find any more: one sentence for each file."""
    failed: list[str] = field(default_factory=list)


def targets(paths: Iterable[Path], output: Path | None) -> list[Job]:
    """Return the files to rewrite: each in its place, or into `output` with the same folders.

    Raises Mistake if two files would become one, or if a file would overwrite itself.
    """
    jobs: dict[Path, Job] = {}
    for path in paths:
        for source in recordings([path]):
            below = source.relative_to(path) if path.is_dir() else Path(source.name)
            target = source if output is None else output / below
            other = jobs.setdefault(target, Job(source, target)).source
            if other != source:
                msg = f"{target}: expected one cassette to be written there, found {other} and {source}"
                raise Mistake(msg)
            if output is not None and target.exists() and target.samefile(source):
                msg = f"{target}: expected another folder than the cassettes' own (or --in-place)"
                raise Mistake(msg)
    return list(jobs.values())


def write_all(jobs: Sequence[Job], scrubber: Scrubber, progress: Progress | None) -> Done:
    """Rewrite the cassettes. A failure is reported, and the other files are rewritten."""
    done = Done()
    readable: list[Job] = []
    for job in jobs:
        try:
            scrubber.learn(job.source, progress)
        except CassetteError as error:
            done.failed.append(str(error))
        else:
            readable.append(job)
    for job in readable:
        try:
            scrubbed = scrubber.rewrite(*job, progress)
        except CassetteError as error:
            done.failed.append(str(error))
        except OSError as error:
            done.failed.append(f"{job.target}: expected a file that can be replaced, found: {error.strerror or error}")
        else:
            done.changed += scrubbed.changed
            done.interactions += scrubbed.interactions
            done.removed += scrubbed.removed
            done.left += scrubbed.left
            done.lost += scrubbed.lost
    return done


class Scrubbed(Struct, frozen=True):
    """The result for one file."""

    interactions: int
    removed: Counter[str] = field(default_factory=Counter)
    """Number of removed secrets by kind."""
    left: Sequence[LintFinding] = ()
    """The leaks that are left."""
    lost: Sequence[str] = ()
    """Recordings that no live request will find any more."""

    @property
    def changed(self) -> bool:
        """Whether a secret was removed."""
        return bool(self.removed)


class _Read(Struct, frozen=True):
    """A file, and its interactions after the first search."""

    data: bytes
    interactions: tuple[Interaction, ...]
    begun: list[Begun]
    findings: Findings | None = None
    """The findings in the file, if it is a file of findings and not a cassette."""


class Scrubber:
    """Rewrites cassettes without their secrets. First it collects the secrets of all cassettes, then it rewrites one after the other."""

    def __init__(self, redaction: Redaction) -> None:
        self._cleaner = Cleaner(redaction)
        self._held: dict[Path, _Read] = {}
        """The files of the first search, up to the size HELD. They are not read again."""
        self._holds = 0

    def learn(self, path: Path, progress: Progress | None = None) -> None:
        """Remember the secrets of a cassette."""
        held = self._read(path, read(path), progress)
        if self._holds + len(held.data) <= HELD:
            self._holds += len(held.data)
            self._held[path] = held

    def rewrite(self, source: Path, target: Path, progress: Progress | None = None) -> Scrubbed:
        """Write the cassette `source` to `target`, which may be the same file. A cassette without secrets keeps each of its bytes.

        JSON stays JSON. YAML becomes our form, which vcrpy can read, too.
        """
        held = self._current(source, progress)
        cleaned = self._cleaned(source, held, progress)
        if not any(one.removed for one in cleaned):
            if source != target:
                make_folder(target.parent)
                replace_file(target, held.data, like=source)
            return Scrubbed(len(cleaned))
        with ExitStack() as stack:
            if target.exists():
                stack.enter_context(locked(target))
                now = self._current(source, progress, held)
                if now is not held:  # a gateway has recorded into the file meanwhile
                    held, cleaned = now, self._cleaned(source, now, progress)
            make_folder(target.parent)
            replace_file(target, _written(source, held, cleaned), like=source)
        removed: Counter[str] = Counter()
        for one in cleaned:
            removed += one.removed
        left = list(located(target, [Counter(one.left) for one in cleaned]))
        lost = Counter(one.rules for one in cleaned if one.rules and held.findings is None)
        said = [
            f"{target}: {many(count, 'interaction')}: {unplayable.sentence(rules)}" for rules, count in lost.items()
        ]
        return Scrubbed(len(cleaned), removed, left, said)

    def _current(self, path: Path, progress: Progress | None, held: _Read | None = None) -> _Read:
        """Return the present content of a file, from memory if the file has not changed."""
        held = held or self._held.pop(path, None)
        data = read(path)
        return held if held is not None and held.data == data else self._read(path, data, progress)

    def _read(self, path: Path, data: bytes, progress: Progress | None) -> _Read:
        findings = parse_findings(path, data) if is_findings(path) else None
        interactions = _parsed(path, data) if findings is None else findings.interactions
        begun = [
            _looked_into(path, interaction, self._cleaner.begin)
            for interaction in tracked(progress, f"reading {path.name}", interactions)
        ]
        return _Read(data, interactions, begun, findings)

    def _cleaned(self, path: Path, held: _Read, progress: Progress | None) -> list[Cleaned]:
        return [
            _looked_into(path, interaction, lambda _, one=begun: self._cleaner.end(one))  # type: ignore[misc]  # mypy infers no default
            for interaction, begun in tracked(
                progress, f"scrubbing {path.name}", list(zip(held.interactions, held.begun, strict=True))
            )
        ]


def _parsed(path: Path, data: bytes) -> tuple[Interaction, ...]:
    if shape.form(data[: shape.START], data[-shape.END :]) == "damaged":
        raise shape.damaged(path)
    try:
        return parse(path, data)
    except CassetteError as error:
        raise of_another_tool(path, data, error) from error


def _looked_into(path: Path, interaction: Interaction, look: Callable[[Interaction], T]) -> T:
    """Return the result of `look`. Raises CassetteError for a body that does not decode."""
    try:
        return look(interaction)
    except CodingError as error:
        raise CassetteError(
            path, interaction.line, "request.body", expected="a body that decodes", found=str(error)
        ) from error
    except OverBudgetError as error:
        raise too_much_work(path, interaction, error) from error


def _written(source: Path, held: _Read, cleaned: Sequence[Cleaned]) -> bytes:
    """Return the new file. An interaction without secrets stays unchanged."""
    made = {
        number: _dated(one.interaction if one.removed else before)
        for number, (before, one) in enumerate(zip(held.interactions, cleaned, strict=True))
    }
    if held.findings is not None:
        return lines_of(Findings(tuple(made.values()), held.findings.full))
    changed = {number: interaction for number, interaction in made.items() if cleaned[number].removed}
    as_json = _refused(source, held.interactions[0], lambda: rewritten(held.data, changed))
    if as_json is not None:
        return as_json
    return b"".join([HEAD, *[_refused(source, one, partial(dump, one)) for one in made.values()]])


def _refused(source: Path, interaction: Interaction, write: Callable[[], T]) -> T:
    try:
        return write()
    except ValueError as error:
        raise CassetteError(
            source, interaction.line, expected="an interaction that can be written", found=str(error)
        ) from error


def of_another_tool(path: Path, data: bytes, error: CassetteError) -> CassetteError:
    """Describe a file that is not a cassette: another tool's recording, or its mistake."""
    form = guessed(data)
    if form is None or (form.name == "vcr" and b"parsed_body" not in data):
        return error
    return CassetteError(
        path,
        expected="a cassette of vcrpy's form or ours",
        found=f"a recording in the form of {form.name}, which a rewrite would change into another form",
        advice=f"`gateway cassette import {path}` makes a cassette of it, `gateway redact {path}` prints it without secrets",
    )


def _dated(interaction: Interaction) -> Interaction:
    return replace(interaction, recorded_at=interaction.recorded_at or _date(interaction.response))


def _date(response: Response) -> str:
    """Return the time in the answer's Date as RFC 3339. Empty if there is none."""
    at = seconds_of_date(response.headers.get("Date"))
    return "" if at is None else stamp(at)
