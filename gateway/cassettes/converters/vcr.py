"""vcrpy's cassettes, also of httpx before 6 and of pydantic-ai. This is our own format, so writing it loses nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from gateway.cassettes.converters.documents import blocks, top_keys, valued
from gateway.cassettes.converters.messages import (
    At,
    a_map,
    a_text,
    compact,
    dated,
    interaction,
    leaving_out,
    listed,
    moment,
    notes_of,
    request,
    response,
    wire,
)
from gateway.cassettes.converters.model import Converter, Losses
from gateway.cassettes.errors import CassetteError, Problem
from gateway.cassettes.format import HEAD, dump
from gateway.cassettes.parsing import Reading, parse
from gateway.core.model import Interaction

_ANY = Path()


def recognises(data: bytes) -> bool:
    """Whether the file has a top-level list of interactions."""
    return top_keys(data, b"interactions")


def read(data: bytes, losses: Losses, _origin: str = "") -> Iterator[Interaction]:
    """Read the interactions as a replay does. Headers that vcrpy's clients leave beside a decoded body are corrected."""
    if b"parsed_body:" in data:
        yield from _parsed_bodies(data, losses)
        return
    reading = Reading()
    try:
        interactions = parse(_ANY, data, reading)
    except CassetteError as error:
        raise Problem(error.line, error.where, error.expected, error.found, error.advice) from error
    for problem in reading.undecoded.values():
        losses.undecoded(problem.found)
    numbers = (number for number in count() if number not in reading.undecoded)
    for recorded, number in zip(interactions, numbers, strict=False):
        if number in reading.coded:
            losses.add("the body is stored decoded, with its true length and without Content-Encoding")
        when = recorded.recorded_at or dated(recorded.response)
        if not when:
            losses.add("the time of its recording is not known: there is no time and no Date")
        yield Interaction(
            recorded.origin,
            recorded.request,
            recorded.response,
            when,
            recorded.about or {"imported_from": "vcr"},
            recorded.line,
        )


def write(interactions: Sequence[Interaction], losses: Losses) -> bytes:
    """Write the form that vcrpy 5 and later can load."""
    for recorded in interactions:
        names = [name.lower() for name in recorded.request.headers]
        if len(names) != len(set(names)):
            losses.add("repeated request fields were joined, since vcrpy keeps one value")
    if not interactions:
        losses.add("vcrpy cannot read a file without interactions", "cassette")
    return HEAD + b"".join(map(dump, interactions))


CONVERTER = Converter("vcr", recognises, read, write)


def _parsed_bodies(data: bytes, losses: Losses) -> Iterator[Interaction]:
    for number, (line, node) in enumerate(blocks(data, "interactions")):
        with leaving_out(losses):
            yield _parsed_body(valued(node), At(f"interactions[{number}]", line), losses)


def _parsed_body(block: dict[str, object], at: At, losses: Losses) -> Interaction:
    sent, answer = a_map(block.get("request"), at / "request"), a_map(block.get("response"), at / "response")
    for side in (sent, answer):
        if "parsed_body" in side:
            losses.add("a body was stored as JSON values, so its bytes may differ")
            break
    asked = request(
        at / "request",
        sent.get("method"),
        sent.get("uri"),
        listed(sent.get("headers"), at / "request" / "headers"),
        _body(sent, sent.get("body"), at / "request" / "body"),
    )
    status = a_map(answer.get("status"), at / "response" / "status")
    held = answer.get("body")
    body = _body(answer, held.get("string") if isinstance(held, dict) else held, at / "response" / "body")
    fields = listed(answer.get("headers"), at / "response" / "headers")
    got = response(at / "response", asked.request.method, status.get("code"), status.get("message"), fields, body)
    about = notes_of(answer.get("x_gateway"))
    return interaction(asked, got, moment(block.get("recorded_at")), about, "vcr")


def _body(side: dict[str, object], held: object, at: At) -> bytes:
    if "parsed_body" in side:
        return compact(side["parsed_body"])
    if held is None or isinstance(held, bytes):
        return held or b""
    return wire(a_text(held, at), None)
