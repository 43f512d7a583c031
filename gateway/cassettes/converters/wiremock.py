"""WireMock's mappings, for its server and its libraries. A repeated request is one scenario. Our own notes are in `metadata`.

Facts
-----
* WireMock compares a path as it is written, and a query parameter decoded. If a parameter is repeated, or has no `=`, the mapping has the
  whole `url` instead.
* It rejects unknown keys, and sends its own lengths and codings.
* A mapping may have no host. Then the import needs an origin.
* A request's `url` includes the query. A mapping may compare other parts of a request. A cassette cannot, so an import reports them.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote_plus

from gateway.cassettes.converters.documents import top_keys
from gateway.cassettes.converters.messages import (
    At,
    Word,
    a_list,
    a_map,
    a_text,
    as_text,
    body_of,
    compact,
    from_base64,
    interaction,
    leaving_out,
    listed,
    moment,
    notes_of,
    parsed_json,
    request,
    response,
    wire,
)
from gateway.cassettes.converters.model import Converter, Losses
from gateway.cassettes.converters.wiremock_request import (
    equal_fields,
    is_or_are,
    uncompared,
    unnamed_origin,
    unread,
    url_of,
)
from gateway.core.model import Interaction

OURS = "pass_gateway"
_ITS_OWN = ("Content-Length", "Content-Encoding", "Transfer-Encoding")
_PARAMETER = re.compile(r"[^=&]+=[^&]*")
_UNSENT = ("fault", "proxyBaseUrl", "bodyFileName")
_READ_OF_MAPPING = frozenset(
    (
        *("request", "response", "metadata", "scenarioName", "requiredScenarioState", "newScenarioState"),
        *("id", "uuid", "name", "persistent", "insertionIndex"),  # these keys do not change the answer
    )
)
_READ_OF_RESPONSE = frozenset(
    ("status", "statusMessage", "headers", "body", "jsonBody", "base64Body", "fromConfiguredStub")
)


def recognises(data: bytes) -> bool:
    """Whether the file is JSON with mappings, or is a single mapping."""
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or top_keys(
        data, b"interactions", b"http_interactions"
    ):
        return False
    return top_keys(data, b"mappings") or (b'"request"' in data and b'"response"' in data)


def read(data: bytes, losses: Losses, origin: str) -> Iterator[Interaction]:
    """Read the mappings. Each mapping is one interaction. The mappings of a scenario are read in the order of its states."""
    top = parsed_json(data)
    several = a_list(top.get("mappings"), At("mappings")) if "mappings" in top else [top]
    places = [
        (At("mappings") / number if "mappings" in top else At(), mapping) for number, mapping in enumerate(several)
    ]
    for at, mapping in _in_order([(at, a_map(mapping, at)) for at, mapping in places]):
        with leaving_out(losses, "mapping"):
            found = _read_one(mapping, at, losses, origin)
            if found is not None:
                yield found


def write(interactions: Sequence[Interaction], losses: Losses) -> bytes:
    """Write one mapping for each interaction."""
    repeats = Counter(_key(recorded) for recorded in interactions)
    scenarios: dict[tuple[str, str], int] = {}
    seen: Counter[tuple[str, str]] = Counter()
    mappings = []
    for recorded in interactions:
        key = _key(recorded)
        mapping: dict[str, object] = {"request": _asked(recorded), "response": _answered(recorded, losses)}
        if repeats[key] > 1:
            number = scenarios.setdefault(key, len(scenarios) + 1)
            seen[key] += 1
            mapping["scenarioName"] = f"pass-gateway {number}"
            mapping["requiredScenarioState"] = "Started" if seen[key] == 1 else f"answer {seen[key]}"
            if seen[key] < repeats[key]:
                mapping["newScenarioState"] = f"answer {seen[key] + 1}"
            losses.add("its request comes more than once. WireMock gives the answers in turn, whatever device asks")
        mapping["metadata"] = {OURS: _kept(recorded)}
        if len(recorded.request.headers) or body_of(recorded.request):
            losses.add(
                "its request's fields and body are only in `metadata`. WireMock matches by method, path and query"
            )
        mappings.append(mapping)
    if len({recorded.origin for recorded in interactions}) > 1:
        losses.add("the recordings have several upstreams, which WireMock does not distinguish", "cassette")
    return json.dumps({"mappings": mappings}, indent=1).encode() + b"\n"


CONVERTER = Converter("wiremock", recognises, read, write)


def _key(recorded: Interaction) -> tuple[str, str]:
    return recorded.request.method, recorded.request.target


def _asked(recorded: Interaction) -> dict[str, object]:
    sent = recorded.request
    pairs = sent.query.split("&") if sent.query else []
    names = [unquote_plus(pair.partition("=")[0]) for pair in pairs]
    # a parameter is compared as it is written if it decodes to invalid UTF-8, or if its name is repeated
    exact = (
        len(names) != len(set(names))
        or not all(map(_PARAMETER.fullmatch, pairs))
        or "\ufffd" in unquote_plus(sent.query)
    )
    if exact or sent.target.endswith("?"):
        return {"method": sent.method, "url": sent.target}
    asked: dict[str, object] = {"method": sent.method, "urlPath": sent.path}
    if pairs:
        values = [unquote_plus(pair.partition("=")[2]) for pair in pairs]
        asked["queryParameters"] = {name: {"equalTo": value} for name, value in zip(names, values, strict=True)}
    return asked


def _answered(recorded: Interaction, losses: Losses) -> dict[str, object]:
    answer = recorded.response
    fields: dict[str, list[str]] = {}
    spelled: dict[str, str] = {}
    for name, value in answer.headers.without(*_ITS_OWN).items():
        fields.setdefault(spelled.setdefault(name.lower(), name), []).append(value)
        if not value.isascii():
            losses.add("a field of the answer has bytes beyond ASCII, which WireMock may send in another coding")
    written: dict[str, object] = {"status": answer.status}
    if answer.reason:
        written["statusMessage"] = answer.reason
    written["headers"] = {name: values if len(values) > 1 else values[0] for name, values in fields.items()}
    if body := body_of(answer):
        text = as_text(body, answer.headers.get("Content-Type"))
        written |= {"base64Body": b64encode(body).decode()} if text is None else {"body": text}
    return written


def _kept(recorded: Interaction) -> dict[str, object]:
    """Return the parts of an interaction that a mapping has no place for. An import reads them back."""
    return {
        "url": recorded.origin + recorded.request.target,
        "request_headers": [list(pair) for pair in recorded.request.headers.items()],
        "request_body": b64encode(body_of(recorded.request)).decode(),
        "recorded_at": recorded.recorded_at,
        "about": dict(recorded.about),
    }


def _in_order(mappings: list[tuple[At, dict[str, Any]]]) -> Iterator[tuple[At, dict[str, Any]]]:
    """Yield the mappings. The first mapping of a scenario is followed by the rest of the scenario, from the state `Started` on."""
    scenarios: dict[str, list[tuple[At, dict[str, Any]]]] = {}
    for at, mapping in mappings:
        if isinstance(name := mapping.get("scenarioName"), str):
            scenarios.setdefault(name, []).append((at, mapping))
    for at, mapping in mappings:
        name = mapping.get("scenarioName")
        if not isinstance(name, str):
            yield at, mapping
        elif name in scenarios:
            yield from _scenario(scenarios.pop(name))


def _scenario(mappings: list[tuple[At, dict[str, Any]]]) -> Iterator[tuple[At, dict[str, Any]]]:
    """Yield the mappings of one scenario.

    The next mapping is the first that waits for the state. If no mapping waits for it, the first of the rest comes next.
    """
    waiting: dict[str, deque[int]] = {}
    for number, (_, mapping) in enumerate(mappings):
        waiting.setdefault(_state(mapping.get("requiredScenarioState")), deque()).append(number)
    left = dict(enumerate(mappings))
    state: object = "Started"
    while left:
        fitting = waiting.get(_state(state), deque())
        while fitting and fitting[0] not in left:
            fitting.popleft()
        following = left.pop(fitting.popleft() if fitting else next(iter(left)))
        state = following[1].get("newScenarioState", state)
        yield following


def _state(state: object) -> str:
    return json.dumps(state, sort_keys=True)


def _read_one(mapping: dict[str, Any], at: At, losses: Losses, origin: str) -> Interaction | None:
    asked, answer = a_map(mapping.get("request"), at / "request"), a_map(mapping.get("response"), at / "response")
    metadata = mapping.get("metadata")
    kept = metadata.get(OURS) if isinstance(metadata, dict) else None
    kept = kept if isinstance(kept, dict) else {}
    url = kept.get("url") or url_of(asked, origin, at / "request")
    method = asked.get("method", "ANY")
    if url is None or method == "ANY":
        losses.add("left out: a pattern, or ANY method, matches many requests", "mapping")
        return None
    if any(key in answer for key in _UNSENT):
        losses.add("left out: the answer is not in this file (a fault, a proxy, a body in another file)", "mapping")
        return None
    fields = (
        _pairs(kept["request_headers"], at) if "request_headers" in kept else equal_fields(asked.get("headers"), at)
    )
    sent = request(at / "request", method, url, fields, from_base64(kept.get("request_body", ""), at / "metadata"))
    got = response(
        at / "response",
        sent.request.method,
        answer.get("status", 200),
        answer.get("statusMessage"),
        listed(answer.get("headers"), at / "response" / "headers"),
        _body(answer, at / "response"),
    )
    for sentence in _lost(mapping, kept, origin):
        losses.add(sentence, "mapping")
    return interaction(sent, got, moment(kept.get("recorded_at")), notes_of(kept.get("about")), "wiremock")


def _lost(mapping: dict[str, Any], kept: dict[str, Any], origin: str) -> Iterator[str]:
    """Report the parts of a mapping that the interaction does not have. Empty parts are not reported."""
    asked = mapping["request"]
    if not kept.get("url"):
        yield from unnamed_origin(asked, origin)
    yield from uncompared(asked, "request_headers" in kept)
    if mapping.get("requiredScenarioState") and not kept:
        yield "its requiredScenarioState is kept only as the order of the answers"
    for key in unread(mapping, _READ_OF_MAPPING):
        yield f"its {key} {is_or_are(key)} not kept"
    for key in unread(mapping["response"], _READ_OF_RESPONSE):
        yield f"its response's {key} {is_or_are(key)} not kept"


def _pairs(pairs: object, at: At) -> Iterator[tuple[object, object]]:
    for pair in a_list(pairs, at / "metadata"):
        if not isinstance(pair, list) or len(pair) != 2:  # noqa: PLR2004  a name and a value
            (at / "metadata").refuse("pairs of name and value", Word("something else"))
        yield pair[0], pair[1]


def _body(answer: dict[str, Any], at: At) -> bytes:
    if "jsonBody" in answer:
        return compact(answer["jsonBody"])
    if "base64Body" in answer:
        return from_base64(answer["base64Body"], at / "base64Body")
    return wire(a_text(answer.get("body") or "", at / "body"), None)
