"""Makes our own cassettes of other tools' recordings: read, redacted as a whole, and written in one step. Also exports cassettes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from gateway.cassettes.converters import CONVERTERS, WRITERS, guessed
from gateway.cassettes.converters.model import ConversionError, Converter, Losses
from gateway.cassettes.errors import CassetteError, Problem
from gateway.cassettes.files import keep_copy
from gateway.cassettes.format import HEAD, carries_a_body, dump
from gateway.cassettes.reader import MAX_FILE, load, read
from gateway.core.codings import CodingError
from gateway.core.mistake import Mistake
from gateway.core.model import Interaction
from gateway.core.redaction import Redaction
from gateway.core.secrets.budget import OverBudgetError
from gateway.core.wording import many
from gateway.scrubbing import unplayable
from gateway.scrubbing.cleaner import Cleaner
from gateway.scrubbing.progress import Progress, tracked
from gateway.system.files import make_folder, replace_file
from gateway.system.locking import locked


class Imported(Struct, frozen=True):
    """The result of `bring_in`."""

    form: str
    cassette: Path
    interactions: int
    backup: Path | None
    """Copy of the file that the cassette replaced."""
    lost: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """The reasons why interactions were left out: each would have been written with a secret."""


class ImportRedactor(Struct, frozen=True):
    """How secrets are removed from an import."""

    redaction: Redaction
    refuses: bool = True
    """Whether an interaction with a leak is left out (`redaction.on_leak`)."""


def bring_in(
    source: Path,
    form: str | None,
    output: Path | None,
    redactor: ImportRedactor | None,
    origin: str,
    progress: Progress | None = None,
) -> Imported:
    """Make a cassette of another tool's file. `redactor` is None if its secrets are to be kept.

    Raises `CassetteError` for a file that is not in this format, for a name that is taken, and for a disk that fails. Raises
    `ConversionError` if no format fits, or a library is missing.
    """
    data = read_any(source)
    converter = CONVERTERS[form] if form is not None else guessed(data)
    if converter is None:
        msg = f"{source}: expected a recording in the form of {', '.join(CONVERTERS)}, found {_seen(data)}; --format names one of them"
        raise ConversionError(msg)
    losses = Losses()
    interactions = _read(converter, source, data, losses, origin, progress)
    refused: list[str] = []
    if redactor is not None:
        interactions = list(_redacted(interactions, redactor, source, losses, refused, progress))
    else:
        interactions = [_without_host(interaction) for interaction in interactions]
    if not interactions and not refused:
        lost = "".join(f"\n  {line}" for line in losses)
        msg = f"{source}: expected interactions in the form of {converter.name}, found none that can be imported{lost}"
        raise ConversionError(msg)
    blocks = [HEAD] if interactions else []
    for number, interaction in enumerate(interactions):
        try:
            blocks.append(dump(interaction))
        except (ValueError, RecursionError) as error:
            expected = "an interaction that can be written"
            raise CassetteError(source, interaction.line, f"[{number}]", expected=expected, found=str(error)) from error
    if sum(map(len, blocks)) > MAX_FILE:
        raise CassetteError(
            source, expected=f"interactions that take at most {MAX_FILE} bytes as a cassette", found="more"
        )
    target = output or source.with_suffix(".yaml")
    backup = _put(target, b"".join(blocks), source)
    return Imported(converter.name, target, len(interactions), backup, list(losses), refused)


def _seen(data: bytes) -> str:
    """Describe a file that is not in our format, as far as this helps."""
    if not data.strip():
        return "nothing"
    if data.lstrip()[:1] in {b"{", b"["}:
        try:
            json.loads(data)
        except json.JSONDecodeError as error:  # the error's text describes places, and quotes nothing
            return f"JSON that is broken: {error}"
        except (ValueError, RecursionError):
            return "JSON that is nested too deeply, has too long a number, or is not UTF-8"
    return "another form"


def send_out(source: Path, form: str) -> tuple[bytes, list[str]]:
    """Return a cassette in another tool's format, and the losses. Raises `CassetteError` and `ConversionError`."""
    cassette = load(source)
    write = WRITERS[form].write
    assert write is not None  # noqa: S101  WRITERS are those that have one
    losses = Losses()
    for interaction in cassette.interactions:
        if "redaction" not in interaction.about:
            losses.add("not redacted by pass-gateway. `gateway cassette lint` lists the secrets")
    try:
        data = write(cassette.interactions, losses)
    except Mistake:
        raise
    except (TypeError, ValueError) as error:  # TypeError: another tool's notes may be bytes
        raise CassetteError(source, expected=f"what {form} can say", found=str(error)) from error
    return data, list(losses)


def read_any(path: Path) -> bytes:
    """Return the bytes of a file in any format. It may be as large as a cassette."""
    if not path.exists():
        raise CassetteError(path, expected="a file", found="no such file")
    return read(path)


def _read(
    converter: Converter, path: Path, data: bytes, losses: Losses, origin: str, progress: Progress | None
) -> list[Interaction]:
    try:
        return [_as_sent(one, losses) for one in tracked(progress, "reading", converter.read(data, losses, origin))]
    except Problem as problem:
        raise problem.of(path) from problem


def _redacted(
    interactions: Sequence[Interaction],
    redactor: ImportRedactor,
    source: Path,
    losses: Losses,
    refused: list[str],
    progress: Progress | None,
) -> Iterator[Interaction]:
    """Yield the interactions that may be written. Secrets of the whole file are found first, then removed in every place."""
    cleaner = Cleaner(redactor.redaction)
    begun = []
    for number, interaction in enumerate(tracked(progress, "looking for secrets", interactions), 1):
        try:
            begun.append((number, cleaner.begin(interaction)))
        except CodingError as error:
            losses.undecoded(str(error))
        except OverBudgetError as error:
            refused.append(f"{source}: interaction {number} is left out: {error}")
    for number, one in tracked(progress, "redacting", begun):
        try:
            cleaned = cleaner.end(one)
        except OverBudgetError as error:
            refused.append(f"{source}: interaction {number} is left out: {error}")
            continue
        if cleaned.left and redactor.refuses:
            where = ", ".join(f"{leak.kind} at {leak.where}" for leak in cleaned.left)
            refused.append(f"{source}: interaction {number} is left out: {where}")
            continue
        if cleaned.rules:
            losses.add(unplayable.sentence(cleaned.rules))
        yield cleaned.interaction


def _as_sent(interaction: Interaction, losses: Losses) -> Interaction:
    """Leave out a body that this kind of message cannot have (RFC 9110 sections 6.4.1 and 15.4.5).

    A browser adds the body from its cache.
    """
    method, response = interaction.request.method, interaction.response
    if not response.body or carries_a_body(method, response.status):
        return interaction
    what = "to HEAD" if method == "HEAD" else str(response.status)
    losses.add(f"an answer {what} has no body, so the body in the file is left out")
    return replace(interaction, response=replace(response, body=b""))


def _without_host(interaction: Interaction) -> Interaction:
    """Remove the Host field, since the origin contains the host."""
    request = interaction.request
    return replace(interaction, request=replace(request, headers=request.headers.without("Host")))


def _put(path: Path, data: bytes, source: Path) -> Path | None:
    """Write the cassette, all of it or nothing. If it replaces the source, a copy of the source stays."""
    try:
        make_folder(path.parent)
        with locked(path):
            backup = None
            if path.exists():
                if not path.samefile(source):
                    raise CassetteError(
                        path, expected="a name that is free", found="a file", advice="--output names another"
                    )
                backup = keep_copy(Path(os.path.realpath(path)), "imported")
            replace_file(path, data)
            return backup
    except OSError as error:
        raise CassetteError(path, expected="a file that can be written", found=error.strerror or str(error)) from error


def summary(done: Imported) -> str:
    """Return one line: the source, the cassette, and the counts."""
    return f"{done.cassette}: {many(done.interactions, 'interaction')}, read as {done.form}"
