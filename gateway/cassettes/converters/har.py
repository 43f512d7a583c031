"""HAR 1.2, as browsers and proxies export it. Bodies are text or Base64. Our own notes are under `_pass_gateway`.

Facts
-----
* `content.text` is decoded, but the headers keep Content-Encoding. So the converter corrects coding and length. A Base64 text may still
  be compressed.
* A browser percent-encodes the UTF-8 of each character beyond ASCII in a URL (URL Standard section 1.3).
* Chromium writes the repeats of an answer's field as one value with line breaks. It writes HTTP/2's `:status` as a field. A request that
  was blocked, cancelled or failed has the status 0 or -1.
* An invalid entry is left out, and so is an entry that HTTP could not carry. Extensions of browsers and other writers make such entries.
* mitmproxy's reader requires startedDateTime, time and both values of httpVersion, and no `encoding` for text.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, quote

from gateway.cassettes.converters.documents import top_keys
from gateway.cassettes.converters.har_bodies import of_pieces, posted
from gateway.cassettes.converters.messages import (
    At,
    a_list,
    a_map,
    a_text,
    as_text,
    body_of,
    interaction,
    leaving_out,
    moment,
    notes_of,
    parsed_json,
    request,
    response,
    wire,
)
from gateway.cassettes.converters.model import Converter, Losses
from gateway.cassettes.format import STATUSES
from gateway.core.model import Headers, Interaction

OURS = "_pass_gateway"
NO_TIME = "1970-01-01T00:00:00.000Z"
"""Stands in place of an unknown time. HAR requires a time."""
_BEYOND_ASCII = re.compile(r"(^[^/]*//[^/?#]*)|[^\x00-\x7f]+")
"""Finds the characters beyond ASCII in a target. The origin before the target is matched whole."""
_LONGEST = 1e9
"""Longest duration of an exchange, in milliseconds: eleven days."""


def recognises(data: bytes) -> bool:
    """Whether the file is JSON with a log of entries."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and top_keys(data, b"log") and b'"entries"' in data


def read(data: bytes, losses: Losses, _origin: str = "") -> Iterator[Interaction]:
    """Read the entries that have an answer, in their order."""
    log = a_map(parsed_json(data).get("log"), At("log"))
    for number, entry in enumerate(a_list(log.get("entries"), At("log.entries"))):
        at = At("log.entries") / number
        with leaving_out(losses, "entry"):
            found = _entry(a_map(entry, at), at, losses)
            if found is not None:
                yield found


def write(interactions: Sequence[Interaction], losses: Losses) -> bytes:
    """Write one entry for each interaction."""
    log = {
        "version": "1.2",
        "creator": {"name": "pass-gateway", "version": "1"},
        "entries": [_written(recorded, losses) for recorded in interactions],
    }
    for one, two in pairwise(interactions):
        if one.recorded_at > two.recorded_at:
            losses.add(
                "its time is before the previous interaction's time, so tools that sort by time change the order"
            )
    return json.dumps({"log": log}, indent=1).encode() + b"\n"


CONVERTER = Converter("har", recognises, read, write)


def _entry(entry: dict[str, Any], at: At, losses: Losses) -> Interaction | None:
    sent, answer = a_map(entry.get("request"), at / "request"), a_map(entry.get("response"), at / "response")
    url = a_text(sent.get("url"), at / "request" / "url")
    if not url.lower().startswith(("http://", "https://")):
        losses.add("left out: not HTTP (data, blob, a web socket)", "entry")
        return None
    status = answer.get("status")
    if isinstance(status, int) and not isinstance(status, bool) and status < STATUSES.start:
        losses.add("left out: no final answer (blocked, cancelled or failed)", "entry")
        return None
    asked = request(
        at / "request",
        sent.get("method"),
        url if OURS in entry else _as_sent(url),
        _sent_fields(sent, at / "request"),
        posted(sent, at / "request", losses),
    )
    body, decoded = _content(answer, at / "response", losses)
    got = response(
        at / "response",
        asked.request.method,
        status,
        answer.get("statusText"),
        _answer_fields(answer, at / "response", decoded=decoded),
        body,
    )
    about = notes_of(entry.get(OURS))
    when = moment(entry.get("startedDateTime"))
    if not about:
        losses.add("timings, connection, cookies' attributes and data about the cache are not kept", "entry")
        took = entry.get("time")
        if isinstance(took, int | float) and not isinstance(took, bool) and 0 <= took < _LONGEST:
            about = {"imported_from": "har", "elapsed_ms": round(took, 1)}
    return interaction(asked, got, "" if when == NO_TIME else when, about, "har")


def _fields(fields: object, at: At) -> Iterator[tuple[object, object]]:
    for number, field in enumerate(a_list(fields if fields is not None else [], at)):
        pair = a_map(field, at / number)
        name = a_text(pair.get("name"), at / number / "name")
        for value in a_text(pair.get("value"), at / number / "value").split("\n"):
            yield name, value


def _sent_fields(sent: dict[str, Any], at: At) -> Iterator[tuple[object, object]]:
    """Yield the fields of a request. If it has no Content-Type field, `postData` gives the field, since a form needs its boundary."""
    typed = False
    for name, value in _fields(sent.get("headers"), at / "headers"):
        typed = typed or str(name).lower() == "content-type"
        yield name, value
    said = sent.get("postData")
    media_type = said.get("mimeType") if isinstance(said, dict) else None
    if not typed and isinstance(media_type, str) and "/" in media_type:
        yield "Content-Type", media_type


def _answer_fields(answer: dict[str, Any], at: At, *, decoded: bool) -> Iterator[tuple[object, object]]:
    """Yield the answer's fields. If the content is decoded already, Content-Encoding is left out."""
    for name, value in _fields(answer.get("headers"), at / "headers"):
        if not (decoded and str(name).lower() == "content-encoding"):
            yield name, value


def _as_sent(url: str) -> str:
    """Return a URL as a browser sends it. A host beyond ASCII stays, and is refused later."""
    return _BEYOND_ASCII.sub(lambda found: found[1] or quote(found[0], errors="surrogatepass"), url)


def _content(answer: dict[str, Any], at: At, losses: Losses) -> tuple[bytes, bool]:
    """Return the body, and whether it is already decoded."""
    content = a_map(answer.get("content") or {}, at / "content")
    text = content.get("text")
    if text is None:
        size = content.get("size")
        if (isinstance(size, int) and size > 0) or "_file" in content:
            losses.add(
                "the answer's body is not in this file (the file was saved without bodies, or they are in other files)",
                "entry",
            )
        return b"", True
    is_base64 = content.get("encoding") == "base64"
    if is_base64 or content.get("_isBinary"):
        return of_pieces(text, at / "content" / "text", hexadecimal=not is_base64), False
    body = wire(a_text(text, at / "content" / "text"), None)
    if as_text(body, str(content.get("mimeType"))) is None:
        losses.add("the answer's text was in another charset, and is UTF-8 now", "entry")
    return body, True


def _written(recorded: Interaction, losses: Losses) -> dict[str, object]:
    sent, answer = recorded.request, recorded.response
    took = recorded.about.get("elapsed_ms")
    time = took if isinstance(took, int | float) and 0 <= took < _LONGEST else 0
    if not recorded.recorded_at:
        losses.add(f"the time of its recording is not known. HAR requires a time, so {NO_TIME} is written")
    mime = answer.headers.get("Content-Type")
    text = as_text(body_of(answer), mime)
    content: dict[str, object] = {"size": len(body_of(answer)), "mimeType": mime or "x-unknown"}
    content |= (
        {"text": text} if text is not None else {"text": b64encode(body_of(answer)).decode(), "encoding": "base64"}
    )
    request_entry: dict[str, object] = {
        "method": sent.method,
        "url": recorded.origin + sent.target,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(sent.headers),
        "queryString": [
            {"name": name, "value": value}
            for name, value in parse_qsl(sent.query, keep_blank_values=True, encoding="utf-8", errors="replace")
        ],
        "headersSize": -1,
        "bodySize": len(body_of(sent)),
    }
    if body := body_of(sent):
        posted: dict[str, object] = {"mimeType": sent.headers.get("Content-Type") or "x-unknown", "params": []}
        sent_text = as_text(body, "")
        posted["text"] = sent_text or ""
        if sent_text is None:
            posted["_base64"] = b64encode(body).decode()
            losses.add(
                "HAR 1.2 has no request bodies that are not text. They are in `_base64`, which other tools do not read"
            )
        request_entry["postData"] = posted
    return {
        "startedDateTime": recorded.recorded_at or NO_TIME,
        "time": time,
        "request": request_entry,
        "response": {
            "status": answer.status,
            "statusText": answer.reason,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _pairs(answer.headers),
            "content": content,
            "redirectURL": answer.headers.get("Location"),
            "headersSize": -1,
            "bodySize": len(body_of(answer)),
        },
        "cache": {},
        "timings": {"send": 0, "wait": time, "receive": 0},
        OURS: dict(recorded.about),
    }


def _pairs(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]
