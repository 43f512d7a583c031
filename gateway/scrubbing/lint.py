"""Looks for secrets in cassettes, and in the findings beside them. It reports their place and kind, never their text.

Everything is examined twice. The first time, all secrets are collected. The second time, their repeats are found as well, also in an earlier
interaction or in another file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from gateway.cassettes.errors import CassetteError
from gateway.cassettes.files import is_findings
from gateway.cassettes.findings import interactions_of
from gateway.cassettes.reader import read
from gateway.cassettes.strict import Document, Node, line_of
from gateway.core.codings import CodingError
from gateway.core.model import Interaction
from gateway.core.secrets.budget import OverBudgetError
from gateway.core.secrets.leaks import Leak
from gateway.core.secrets.policy import Policy
from gateway.scrubbing.inspector import Found, Inspector


class LintFinding(NamedTuple):
    """A secret in a file, as `lint` reports it."""

    path: Path
    line: int
    leak: Leak

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.leak.kind} at {self.leak.where}"


class Linted(Struct, frozen=True):
    """The result of `lint`."""

    findings: list[LintFinding]
    unreadable: list[str]
    """One sentence for each file that could not be searched."""
    files: int
    interactions: int


def lint(paths: Iterable[Path], policy: Policy) -> Linted:
    """Look for secrets in cassettes."""
    inspector = Inspector(policy)
    found, unreadable = _looked_at(paths, inspector)
    if inspector.has_learned:
        found, unreadable = _looked_at(list(found), inspector, unreadable)
    findings = [finding for path in found for finding in located(path, found[path])]
    return Linted(findings, unreadable, len(found), sum(map(len, found.values())))


def _looked_at(
    paths: Iterable[Path], inspector: Inspector, unreadable: Sequence[str] = ()
) -> tuple[dict[Path, list[Found]], list[str]]:
    """Return the leaks of each file, and the files that could not be read."""
    found: dict[Path, list[Found]] = {}
    sentences = list(unreadable)
    for path in paths:
        try:
            found[path] = inspected(path, interactions_of(path), inspector)
        except CassetteError as error:
            sentences.append(str(error))
    return found, sentences


def inspected(path: Path, interactions: Sequence[Interaction], inspector: Inspector) -> list[Found]:
    """Return the leaks of each interaction. Raises CassetteError if an interaction cannot be searched."""
    found = []
    for interaction in interactions:
        try:
            found.append(inspector.found(interaction))
        except CodingError as error:
            raise CassetteError(
                path, interaction.line, "request.body", expected="a body that decodes", found=str(error)
            ) from error
        except OverBudgetError as error:
            raise too_much_work(path, interaction, error) from error
    return found


def too_much_work(path: Path, interaction: Interaction, error: OverBudgetError) -> CassetteError:
    """Return the message about an interaction that cannot be searched to its end."""
    return CassetteError(path, interaction.line, expected="an interaction that can be searched", found=str(error))


def located(path: Path, found: Sequence[Found]) -> Iterator[LintFinding]:
    """Yield each leak with its line, or with the first line of its interaction."""
    if not any(found):
        return
    if is_findings(path):
        for interaction, leaking in zip(interactions_of(path), found, strict=False):
            yield from (LintFinding(path, interaction.line, leak) for leak in leaking)
        return
    document = Document(read(path).decode())
    for key, _ in document.entries():
        if key != "interactions":
            document.node(document.event())
            continue
        for (line, block), leaking in zip(document.items(key), found, strict=False):
            for leak in leaking:
                yield LintFinding(path, _line(block, leak.where, line), leak)


def _line(node: Node, where: str, default: int) -> int:
    """Return the line of a place such as `request.headers.Cookie`."""
    names = where.split(".", 2) if "headers" in where else where.split(".")
    for name in ["response", *names] if names[0] == "x_gateway" else names:
        if not isinstance(node, dict) or name not in node:
            break
        node = node[name]
        default = line_of(node, default)
    return default
