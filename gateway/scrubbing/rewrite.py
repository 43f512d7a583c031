"""Rewrites cassettes, vcrpy's and our own, without their secrets.

Facts
-----
* A file in which there is nothing to remove keeps its bytes, and an interaction its pseudonyms, whoever's they are.
* vcrpy does not say when it recorded. The answer's own `Date` does (RFC 9110 section 6.6.1); where there is none, the time
  stays empty, since a file's time is that of its last copy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from gateway.cassettes import shape
from gateway.cassettes.errors import CassetteError
from gateway.cassettes.files import is_findings, recordings
from gateway.cassettes.findings import Findings, interactions_of, lines_of, parse_findings
from gateway.cassettes.format import HEAD, dump
from gateway.cassettes.reader import parse, read
from gateway.core.mistake import Mistake
from gateway.core.model import Interaction, Response
from gateway.core.redaction import Redaction
from gateway.core.secrets.budget import OverBudgetError
from gateway.core.times import seconds_of_date, stamp
from gateway.scrubbing.inspector import Found, Inspector
from gateway.scrubbing.lint import LintFinding, inspected, located, too_much_work
from gateway.system.files import make_folder, replace_file
from gateway.system.locking import locked

if TYPE_CHECKING:
    from rich.progress import TaskID


class Job(NamedTuple):
    """A cassette, and where it goes without its secrets."""

    source: Path
    target: Path


class Progress(Protocol):
    """Shows how far it is, as rich does."""

    def add_task(self, description: str, *, total: float | None) -> TaskID:
        """Begin."""

    def advance(self, task_id: TaskID, advance: float = 1) -> None:
        """Go on."""


class Done(Struct):
    """What became of all of them."""

    changed: int = 0
    interactions: int = 0
    removed: Counter[str] = field(default_factory=Counter)
    """How many secrets of which kind."""
    left: list[LintFinding] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def targets(paths: Iterable[Path], output: Path | None) -> list[Job]:
    """Return what is to be done: each file in its place, or into `output`, where a folder's files keep their places.

    Mistake where two files would become one, or a file itself would be overwritten.
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
                msg = f"{target}: expected another folder than that of the cassettes, which takes --in-place"
                raise Mistake(msg)
    return list(jobs.values())


def write_all(jobs: Sequence[Job], scrubber: Scrubber, progress: Progress) -> Done:
    """Rewrite the cassettes; those that fail are told, and the others are done."""
    done = Done()
    readable: list[Job] = []
    task = progress.add_task("reading", total=len(jobs))
    total = 0
    for job in jobs:
        try:
            total += scrubber.learn(job.source)
        except CassetteError as error:
            done.failed.append(str(error))
        else:
            readable.append(job)
        progress.advance(task)
    task = progress.add_task("scrubbing", total=total)
    for job in readable:
        try:
            scrubbed = scrubber.rewrite(*job, step=lambda: progress.advance(task))
        except CassetteError as error:
            done.failed.append(str(error))
        except OSError as error:
            done.failed.append(f"{job.target}: expected a file that can be replaced, found: {error.strerror or error}")
        else:
            done.changed += scrubbed.changed
            done.interactions += scrubbed.interactions
            for leak, count in scrubbed.removed.items():
                done.removed[leak.kind] += count
            done.left += scrubbed.left
    return done


class Scrubbed(Struct, frozen=True):
    """What became of one file."""

    interactions: int
    removed: Found = field(default_factory=Counter)
    left: Sequence[LintFinding] = ()
    """What is there still."""

    @property
    def changed(self) -> bool:
        """Whether there was anything to remove."""
        return bool(self.removed)


class Scrubber:
    """Rewrites cassettes without their secrets. First it learns from all of them, then it rewrites one after the other."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._inspector = Inspector(redaction.policy, redaction.pseudonyms)

    def learn(self, path: Path) -> int:
        """Note what is secret in a cassette; return how many interactions it has."""
        return len(inspected(path, interactions_of(path), self._inspector))

    def rewrite(self, source: Path, target: Path, step: Callable[[], None] = lambda: None) -> Scrubbed:
        """Write the cassette `source` to `target`, which may be the same file; one without secrets keeps each of its bytes.

        `step` is called for each interaction that is done.
        """
        if is_findings(source):
            return self._rewrite_findings(source, target, step)
        data = read(source)
        interactions, found = self._read(source, data)
        if not any(found):
            if source != target:
                make_folder(target.parent)
                replace_file(target, data, like=source)
            for _ in interactions:
                step()
            return Scrubbed(len(interactions))
        with ExitStack() as stack:
            if target.exists():
                stack.enter_context(locked(target))
                if (now := read(source)) != data:  # a gateway records into it
                    interactions, found = self._read(source, now)
            blocks = [HEAD]
            left: list[Found] = []
            for interaction, leaking in zip(interactions, found, strict=True):
                try:
                    scrubbed = self._scrubbed(interaction) if leaking else interaction
                    remains = self._inspector.found(scrubbed) if leaking else Counter()
                except OverBudgetError as error:
                    raise too_much_work(source, interaction, error) from error
                try:
                    blocks.append(dump(replace(scrubbed, recorded_at=scrubbed.recorded_at or _date(scrubbed.response))))
                except ValueError as error:
                    raise CassetteError(
                        source, interaction.line, expected="an interaction that can be written", found=str(error)
                    ) from error
                left.append(remains)
                step()
            make_folder(target.parent)
            replace_file(target, b"".join(blocks), like=source)
        return Scrubbed(len(interactions), sum(found, Counter()), list(located(target, left)))

    def _rewrite_findings(self, source: Path, target: Path, step: Callable[[], None]) -> Scrubbed:
        """Do the same to findings, which stay one line a call."""
        data = read(source)
        before = parse_findings(source, data)
        found = inspected(source, before.interactions, self._inspector)
        calls = [
            self._scrubbed(call) if leaking else call for call, leaking in zip(before.interactions, found, strict=True)
        ]
        left = [
            self._inspector.found(call) if leaking else Counter() for call, leaking in zip(calls, found, strict=True)
        ]
        if any(found):
            data = lines_of(Findings(tuple(calls), before.full))
        if source != target or any(found):
            make_folder(target.parent)
            replace_file(target, data, like=source)
        for _ in calls:
            step()
        return Scrubbed(len(calls), sum(found, Counter()), list(located(target, left)))

    def _read(self, path: Path, data: bytes) -> tuple[tuple[Interaction, ...], list[Found]]:
        if shape.form(data[: shape.START], data[-shape.END :]) == "damaged":
            raise shape.damaged(path)
        interactions = parse(path, data)
        return interactions, inspected(path, interactions, self._inspector)

    def _scrubbed(self, interaction: Interaction) -> Interaction:
        """Redact by place and name first, so that a value gets the pseudonym that it gets everywhere; then what repeats it."""
        origin = self._redaction.target(interaction.origin)
        scrubbed = self._redaction.again(replace(interaction, origin=origin))
        cleaned = self._inspector.cleaned(scrubbed)
        if cleaned != scrubbed:
            scrubbed = self._redaction.again(cleaned)
        return scrubbed


def _date(response: Response) -> str:
    """Return when the answer says that it was made, as RFC 3339, or nothing."""
    at = seconds_of_date(response.headers.get("Date"))
    return "" if at is None else stamp(at)
