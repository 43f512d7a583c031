"""WireMock's mappings, for its server and its libraries: a repeated request is one scenario; notes of ours are in `metadata`.

Facts
-----
* WireMock matches a path as it is written and a query parameter decoded; a parameter that is repeated, or that has no `=`, is left to
  the whole `url`.
* It rejects keys that it does not know, and sends lengths and codings of its own.
* A mapping need not name a host: an import is told one.
* A request's `url` says its query too; what else a mapping compares is no part of a cassette, and is told.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any
from urllib.parse import quote, unquote_plus

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
    decoding,
    from_base64,
    interaction,
    kind,
    listed,
    moment,
    notes_of,
    parsed_json,
    request,
    response,
    wire,
)
from gateway.cassettes.converters.model import Converter, Losses
from gateway.core.model import Interaction

OURS = "pass_gateway"
_ITS_OWN = ("Content-Length", "Content-Encoding", "Transfer-Encoding")
_PARAMETER = re.compile(r"[^=&]+=[^&]*")
_UNSENT = ("fault", "proxyBaseUrl", "bodyFileName")
_HOST = re.compile(r"[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\]")
_ORIGIN = re.compile(r"(https?)://(.+?)(?::([0-9]+))?", re.IGNORECASE)
_SCHEMES = {80: "http", 443: "https"}
_KEY = re.compile(r"[A-Za-z]{1,40}")
"""How WireMock's own keys look: others are not repeated in a message."""
_READ_OF_MAPPING = frozenset(
    (
        *("request", "response", "metadata", "scenarioName", "requiredScenarioState", "newScenarioState"),
        *("id", "uuid", "name", "persistent", "insertionIndex"),  # they change no answer
    )
)
_READ_OF_RESPONSE = frozenset(
    ("status", "statusMessage", "headers", "body", "jsonBody", "base64Body", "fromConfiguredStub")
)


def recognises(data: bytes) -> bool:
    """Whether it is JSON with mappings, or is one mapping."""
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or top_keys(
        data, b"interactions", b"http_interactions"
    ):
        return False
    return top_keys(data, b"mappings") or (b'"request"' in data and b'"response"' in data)


def read(data: bytes, losses: Losses, origin: str) -> Iterator[Interaction]:
    """Read the mappings that stand for one request each; those of a scenario in the order of its states."""
    top = parsed_json(data)
    several = a_list(top.get("mappings"), At("mappings")) if "mappings" in top else [top]
    places = [
        (At("mappings") / number if "mappings" in top else At(), mapping) for number, mapping in enumerate(several)
    ]
    for at, mapping in _in_order([(at, a_map(mapping, at)) for at, mapping in places]):
        with decoding(losses, "mapping"):
            found = _read_one(mapping, at, losses, origin)
            if found is not None:
                yield found


def write(interactions: Sequence[Interaction], losses: Losses) -> bytes:
    """Write one mapping an interaction."""
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
            losses.add("its request is there more than once: WireMock plays the answers in turn, whichever device asks")
        mapping["metadata"] = {OURS: _kept(recorded)}
        if len(recorded.request.headers) or body_of(recorded.request):
            losses.add("request fields and bodies are in `metadata` alone; WireMock matches by method, path and query")
        mappings.append(mapping)
    if len({recorded.origin for recorded in interactions}) > 1:
        losses.add("there are several upstreams, and WireMock does not tell one from another", "cassette")
    return json.dumps({"mappings": mappings}, indent=1).encode() + b"\n"


CONVERTER = Converter("wiremock", recognises, read, write)


def _key(recorded: Interaction) -> tuple[str, str]:
    return recorded.request.method, recorded.request.target


def _asked(recorded: Interaction) -> dict[str, object]:
    sent = recorded.request
    pairs = sent.query.split("&") if sent.query else []
    names = [unquote_plus(pair.partition("=")[0]) for pair in pairs]
    # what is no UTF-8 when it is decoded, or has no name of its own, is compared as it is written
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
    """Return what a mapping has no place for, so that an import brings it back."""
    return {
        "url": recorded.origin + recorded.request.target,
        "request_headers": [list(pair) for pair in recorded.request.headers.items()],
        "request_body": b64encode(body_of(recorded.request)).decode(),
        "recorded_at": recorded.recorded_at,
        "about": dict(recorded.about),
    }


def _in_order(mappings: list[tuple[At, dict[str, Any]]]) -> Iterator[tuple[At, dict[str, Any]]]:
    """Yield the mappings; at a scenario's first one, all of it, from the state `Started` on."""
    told: set[str] = set()
    for at, mapping in mappings:
        name = mapping.get("scenarioName")
        if not isinstance(name, str):
            yield at, mapping
            continue
        if name in told:
            continue
        told.add(name)
        left = [entry for entry in mappings if entry[1].get("scenarioName") == name]
        state: object = "Started"
        while left:
            following = next((entry for entry in left if entry[1].get("requiredScenarioState") == state), left[0])
            left.remove(following)
            state = following[1].get("newScenarioState", state)
            yield following


def _read_one(mapping: dict[str, Any], at: At, losses: Losses, origin: str) -> Interaction | None:
    asked, answer = a_map(mapping.get("request"), at / "request"), a_map(mapping.get("response"), at / "response")
    metadata = mapping.get("metadata")
    kept = metadata.get(OURS) if isinstance(metadata, dict) else None
    kept = kept if isinstance(kept, dict) else {}
    url = kept.get("url") or _url(asked, origin, at / "request")
    method = asked.get("method", "ANY")
    if url is None or method == "ANY":
        losses.add("stands for any number of requests (a pattern, or ANY method), and is left out", "mapping")
        return None
    if any(key in answer for key in _UNSENT):
        losses.add("has no answer in this file (a fault, a proxy, a body in a file), and is left out", "mapping")
        return None
    fields = _pairs(kept["request_headers"], at) if "request_headers" in kept else _equal(asked.get("headers"), at)
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
    """Say what of a mapping has no part in the interaction that was made of it; what is empty asks for nothing."""
    asked = mapping["request"]
    if not kept.get("url"):
        if not _text(asked.get("host")):
            yield f"WireMock names no host: {origin} stands in its place (--origin)"
        elif not asked.get("scheme") and _number(asked.get("port")) not in _SCHEMES:
            yield f"its request names no scheme: that of {origin} stands in its place (--origin)"
    yield from _uncompared(asked, "request_headers" in kept)
    if mapping.get("requiredScenarioState") and not kept:
        yield "its requiredScenarioState is kept as the order of the answers alone"
    for key in _unread(mapping, _READ_OF_MAPPING):
        yield f"its {key} {_is(key)} not kept"
    for key in _unread(mapping["response"], _READ_OF_RESPONSE):
        yield f"its response's {key} {_is(key)} not kept"


def _uncompared(asked: dict[str, Any], has_its_headers: bool) -> Iterator[str]:
    read = {"method", "scheme", "host", "port", "url", "headers", "urlPath", "queryParameters"}
    if "url" in asked:  # it says all of a target
        read -= {"urlPath", "queryParameters"}
    if has_its_headers:
        read.remove("headers")
    for key in _unread(asked, read):
        yield f"its request's {key} {_is(key)} not compared"
    for key in sorted(read & {"host", "headers", "queryParameters"}):
        for operator in sorted(set(_operators(key, asked.get(key)))):
            yield f"its request's {key} {_is(key)} not compared by {operator}"


def _unread(said: dict[str, Any], read: Collection[str]) -> Iterator[str]:
    return (_named(key) for key, value in said.items() if value and key not in read)


def _named(key: str) -> str:
    return key if _KEY.fullmatch(key) else "unknown key"


def _is(key: str) -> str:
    return "are" if key.endswith("s") else "is"


def _operators(key: str, said: object) -> Iterator[str]:
    """Yield by what else than texts that are equal something is compared."""
    if key == "host":
        patterns = [] if said is None or isinstance(said, str) else [said]
    else:
        patterns = list(said.values()) if isinstance(said, dict) else []
    for pattern in patterns:
        if not isinstance(pattern, dict):
            yield kind(pattern)
            continue
        if "equalTo" in pattern:
            yield from _unread(pattern, ("equalTo",))
        elif _texts(pattern) is None:
            yield from map(_named, pattern)
        else:
            yield from _unread(pattern, ("hasExactly",))
            for repeat in pattern["hasExactly"]:
                yield from _unread(repeat, ("equalTo",))


def _url(asked: dict[str, Any], origin: str, at: At) -> str | None:
    if "url" in asked:
        return _origin(asked, origin, at) + a_text(asked["url"], at / "url")
    if "urlPath" not in asked:
        return None
    pairs = []
    for name, pattern in a_map(asked.get("queryParameters") or {}, at / "queryParameters").items():
        texts = _texts(pattern)
        if texts is None or not all(isinstance(text, str) for text in texts):
            return None
        pairs += [f"{_quoted(name)}={_quoted(text)}" for text in texts]
    path = a_text(asked["urlPath"], at / "urlPath")
    return _origin(asked, origin, at) + path + ("?" + "&".join(pairs) if pairs else "")


def _origin(asked: dict[str, Any], origin: str, at: At) -> str:
    """Return the origin that a request names; what it does not say of that is as in `origin`."""
    scheme = a_text(asked.get("scheme") or "", at / "scheme").lower()
    if scheme not in {"", *_SCHEMES.values()}:
        (at / "scheme").refuse("http or https", Word("another scheme"))
    host = _text(asked.get("host"))
    if host and not _HOST.fullmatch(host):
        (at / "host").refuse("the name of a host", Word("other characters"))
    port = _number(asked.get("port"))
    if asked.get("port") and port not in range(1, 65536):
        (at / "port").refuse("a port", Word("something else"))
    usual = _ORIGIN.fullmatch(origin)
    if usual is None or not (scheme or host or port):
        return origin
    scheme = scheme or _SCHEMES.get(port) or usual[1].lower()
    if not host:
        host = usual[2]
        port = port or (_number(usual[3]) if scheme == usual[1].lower() else 0)
    return f"{scheme}://{host}" + (f":{port}" if port and _SCHEMES.get(port) != scheme else "")


def _number(port: object) -> int:
    """Return a port, which may be written as text; 0 for anything else."""
    if isinstance(port, str):
        return int(port) if re.fullmatch("[0-9]{1,5}", port) else 0
    return port if isinstance(port, int) and not isinstance(port, bool) else 0


def _text(pattern: object) -> str:
    """Return the text that a pattern equals, or is; nothing where it is another."""
    text = pattern.get("equalTo") if isinstance(pattern, dict) else pattern
    return text if isinstance(text, str) else ""


def _texts(pattern: object) -> list[Any] | None:
    """Return what a pattern equals, be it one, or each of several repeats; None where it is another."""
    if not isinstance(pattern, dict):
        return None
    if "equalTo" in pattern:
        return [pattern["equalTo"]]
    repeats = pattern.get("hasExactly")
    if not isinstance(repeats, list) or not repeats:
        return None
    texts = [repeat.get("equalTo") if isinstance(repeat, dict) else None for repeat in repeats]
    return texts if all(isinstance(text, str) for text in texts) else None


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace")


def _equal(headers: object, at: At) -> Iterator[tuple[object, object]]:
    for name, pattern in a_map(headers or {}, at / "request" / "headers").items():
        for text in _texts(pattern) or ():
            yield name, text


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
