"""The API's cassettes: list, show, compare, lint and download the cassettes of the folder, and remove or save interactions."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct

from gateway.cassettes.comparing import compare
from gateway.cassettes.editing import edit
from gateway.cassettes.errors import CassetteError
from gateway.cassettes.reader import load, read
from gateway.cassettes.showing import source_of
from gateway.control.cassette_model import (
    AloneShown,
    CassetteDetail,
    CassetteDiff,
    CassetteQuery,
    CassetteShown,
    DifferenceShown,
    InteractionShown,
    LeakShown,
    LintResult,
    PairShown,
    Saved,
    Saving,
)
from gateway.control.errors import ControlError
from gateway.control.exchanges import endpoint
from gateway.control.naming import cassette_named, named, new_cassette
from gateway.control.readers import reader_of
from gateway.control.reading import JournalReader, Numbered
from gateway.control.routes import ApiCall, Endpoint
from gateway.core.model import Headers, Interaction, Response
from gateway.core.recorded_devices import device_names
from gateway.core.redaction import Redaction
from gateway.core.saying import Saying
from gateway.scrubbing.lint import lint


class Removal(Struct, frozen=True, forbid_unknown_fields=True):
    """The version of a cassette from which to remove an interaction."""

    version: str
    """The version that `GET /api/cassettes/{name}` returned. If the file has changed since, nothing is removed."""


async def list_(asked: ApiCall) -> list[CassetteShown]:
    """List the cassettes of the folder, and which one this gateway uses."""
    used = asked.gateway.cassette

    def look() -> list[CassetteShown]:
        return [_listed(name, path, used) for name, path in named(asked.controlled.folder).items()]

    return await to_thread(look)


async def one(asked: ApiCall) -> CassetteDetail:
    """List the interactions of a cassette, and which of them this gateway has played."""
    path, query = await _path(asked), asked.query
    played = await asked.gateway.played(path)
    redaction = asked.gateway.redaction.afresh()

    def look() -> CassetteDetail:
        held = load(path).interactions
        devices = device_names(held)
        first = query.after
        return CassetteDetail(
            asked.path["name"],
            len(held),
            [
                InteractionShown(
                    number=position + 1,
                    line=interaction.line,
                    method=interaction.request.method,
                    target=_target(interaction, redaction),
                    status=interaction.response.status,
                    device=devices[position],
                    recorded_at=interaction.recorded_at,
                    source=source_of(interaction),
                    played=played[position] if position < len(played) else None,
                )
                for position, interaction in enumerate(held[first : first + query.limit], first)
            ],
            _version(path),
        )

    return await to_thread(look)


async def diff(asked: ApiCall) -> CassetteDiff:
    """Compare two cassettes by interaction, JSON by its paths."""
    left, right = await _path(asked), await _path(asked, "other")
    redaction = asked.gateway.redaction.afresh()

    def look() -> CassetteDiff:
        one, other = load(left).interactions, load(right).interactions
        safe_one, safe_other = _safe(one, redaction), _safe(other, redaction)
        compared = compare(safe_one, safe_other)
        differ = [
            PairShown(
                pair.left[0],
                pair.right[0],
                _said(pair.left[1]),
                [DifferenceShown(place.where, place.left, place.right) for place in pair.differences],
            )
            for pair in compared.pairs
            if pair.differences
        ]
        return CassetteDiff(
            differ,
            len(compared.pairs) - len(differ),
            [AloneShown(number, _said(interaction)) for number, interaction in compared.only_left],
            [AloneShown(number, _said(interaction)) for number, interaction in compared.only_right],
        )

    return await to_thread(look)


async def lint_(asked: ApiCall) -> LintResult:
    """Look for secrets in a cassette. The result has their places and kinds, and never the secrets themselves."""
    path, policy = await _path(asked), asked.gateway.redaction.policy
    found = await to_thread(lint, [path], policy)
    leaks = [LeakShown(finding.line, finding.leak.kind, finding.leak.where) for finding in found.findings]
    return LintResult(leaks, "; ".join(found.unreadable))


async def remove(asked: ApiCall) -> None:
    """Remove an interaction from a cassette; the others keep their bytes."""
    path = await _path(asked)
    number = asked.path["number"]
    wanted = int(number) - 1 if number.isdecimal() and len(number) < len("1000000000") else -1

    def change(held: Sequence[Interaction]) -> dict[int, bytes | None]:
        if _version(path) != asked.query.version:
            raise ControlError(409, "cassette_changed", "The cassette has changed since it was listed. List it again.")
        if not 0 <= wanted < len(held):
            raise ControlError(404, "interaction_unknown", "The cassette has no interaction with this number.")
        return {wanted: None}

    await to_thread(edit, path, change)


async def download(asked: ApiCall) -> Response:
    """Return the file of a cassette, unless it holds a secret."""
    path, policy = await _path(asked), asked.gateway.redaction.policy
    found = await to_thread(lint, [path], policy)
    if found.findings or found.unreadable:
        message = "The cassette has secrets, or cannot be read. GET /api/cassettes/{name}/lint says where; `gateway cassette scrub` removes secrets."
        raise ControlError(409, "cassette_unsafe", message)
    data = await to_thread(read, path)
    disposition = f"attachment; filename*=UTF-8''{quote(path.name, safe='')}"
    fields = [
        ("Content-Type", "application/yaml"),
        ("Content-Disposition", disposition),
        ("Content-Length", str(len(data))),
    ]
    return Response(200, "OK", Headers.of(fields), data)


async def save(asked: ApiCall) -> Saved:
    """Save an exchange into a cassette, like a recording. A new cassette is made in the folder of cassettes."""
    wanted: Saving = asked.body
    path = await to_thread(new_cassette, asked.controlled.folder, asked.path["name"])

    def look(_: JournalReader, kept: Sequence[Numbered]) -> Numbered | None:
        return next((entry for entry in kept if entry.exchange.id == wanted.exchange), None)

    found = await reader_of(asked).read(look)
    if found is None:
        raise ControlError(404, "exchange_unknown", "No exchange with this id is kept.")
    if found.exchange.is_cut:
        raise ControlError(
            409, "exchange_cut", "Long parts of this exchange are no longer kept, so it cannot be saved."
        )
    legs = [leg for leg in found.exchange.legs if leg.response.source != "gateway"]
    return Saved(await asked.gateway.saved(path, legs, found.exchange.id, found.exchange.at))


async def _path(asked: ApiCall, placeholder: str = "name") -> Path:
    return await to_thread(cassette_named, asked.controlled.folder, asked.path[placeholder])


def _listed(name: str, path: Path, used: Path | None) -> CassetteShown:
    in_use = used is not None and path.resolve() == used.resolve()
    try:
        size = path.stat().st_size
        held = load(path).interactions
    except (CassetteError, OSError) as error:
        return CassetteShown(name, 0, None, "", [], in_use, str(error))
    last = max((interaction.recorded_at for interaction in held), default="")
    sources = sorted({source_of(interaction) for interaction in held})
    return CassetteShown(name, size, len(held), last, sources, in_use, "")


def _version(path: Path) -> str:
    return blake2b(read(path), digest_size=16).hexdigest()


def _said(interaction: Interaction) -> str:
    return f"{interaction.request.method} {interaction.request.target}"


def _target(interaction: Interaction, redaction: Redaction) -> str:
    """Return the target of a request. If the present policy has not redacted the interaction, redact the target now."""
    request = interaction.request
    return request.target if redaction.trusts(interaction) else Saying(redaction, request).target


def _safe(interactions: Sequence[Interaction], redaction: Redaction) -> Sequence[Interaction]:
    """Return interactions without secrets, also if another tool has recorded them."""
    return [entry if redaction.trusts(entry) else redaction.ended(redaction.begun(entry)) for entry in interactions]


ENDPOINTS = (
    endpoint("/api/cassettes", list_, list[CassetteShown]),
    endpoint("/api/cassettes/{name}", one, CassetteDetail, query=CassetteQuery),
    endpoint("/api/cassettes/{name}/diff/{other}", diff, CassetteDiff),
    endpoint("/api/cassettes/{name}/lint", lint_, LintResult),
    endpoint("/api/cassettes/{name}/download", download, None, media="application/yaml"),
    Endpoint("DELETE", "/api/cassettes/{name}/interactions/{number}", remove, query=Removal),
    Endpoint(
        "POST", "/api/cassettes/{name}/interactions", save, gives=Saved, takes=Saving, status=201, of_gateway=True
    ),
)
