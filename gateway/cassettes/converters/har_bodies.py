"""The bodies of a HAR that are not one text: forms that are kept as parameters, and Polly.JS's arrays of pieces.

Facts
-----
* `postData` has `text` or `params` (HAR 1.2, section postData). Chromium's parameters are encoded, as they were sent. The parameters of
  Firefox and of proxies are decoded.
* Polly.JS keeps a compressed answer as the JSON text of an array, with one item for each chunk. With `encoding: base64` (Polly 5 and
  later) the items are Base64. With `_isBinary: true` (before Polly 5) they are hexadecimal digits.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote_plus

from gateway.cassettes.converters.messages import At, Word, a_list, a_map, a_text, from_base64, wire
from gateway.cassettes.converters.model import Losses

_ENCODED = re.compile(r"(?:[A-Za-z0-9*._~!'()-]|\+|%[0-9A-Fa-f]{2})*+")
"""Text that is already encoded as in a form (URL Standard section 5.2), and characters that some writers leave unencoded."""
_BOUNDARY = re.compile(r"boundary=(?:\"([^\"]{1,70})\"|([^\s;,\"]{1,70}))", re.IGNORECASE)
"""The boundary in a Content-Type (RFC 2046 section 5.1.1)."""
_NOT_QUOTED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})
"""The characters that a browser escapes in a part's name (HTML Standard, multipart/form-data encoding algorithm)."""


def posted(sent: dict[str, Any], at: At, losses: Losses) -> bytes:
    """Return the body of a request."""
    at = at / "postData"
    size = sent.get("bodySize")
    if sent.get("postData") is None and isinstance(size, int) and size > 0:
        losses.add("the request's body is not in this file", "entry")
    data = a_map(sent.get("postData") or {}, at)
    text = data.get("text")
    if "_base64" in data:
        return from_base64(data["_base64"], at / "_base64")
    if not text and data.get("params"):
        params = a_list(data["params"], at / "params")
        return _form([a_map(one, at / "params" / n) for n, one in enumerate(params)], data, sent, at, losses)
    if text and data.get("encoding") == "base64":
        return of_pieces(text, at / "text")
    return b"" if text is None else wire(a_text(text, at / "text"), None)


def _form(params: list[dict[str, Any]], data: dict[str, Any], sent: dict[str, Any], at: At, losses: Losses) -> bytes:
    """Return the body of a form with these parameters."""
    media_type = str(data.get("mimeType") or "")
    boundary = _BOUNDARY.search(media_type) or _BOUNDARY.search(_content_type(sent))
    is_multipart = media_type.strip().lower().startswith("multipart/")
    if is_multipart and boundary is None:
        losses.add("its form is stored as parameters, without its boundary, so its body is lost", "entry")
        return b""
    losses.add("its form is stored as parameters, and its body is built from them", "entry")
    if is_multipart and boundary is not None:
        return _multipart(params, boundary[1] or boundary[2], at, losses)
    return "&".join(_pair(param, at / "params" / number) for number, param in enumerate(params)).encode()


def _content_type(sent: dict[str, Any]) -> str:
    headers = sent.get("headers")
    for field in headers if isinstance(headers, list) else ():
        if isinstance(field, dict) and str(field.get("name")).lower() == "content-type":
            return str(field.get("value"))
    return ""


def _pair(param: dict[str, Any], at: At) -> str:
    name, value = a_text(param.get("name"), at / "name"), param.get("value")
    return _encoded(name) if value is None else f"{_encoded(name)}={_encoded(a_text(value, at / 'value'))}"


def _encoded(text: str) -> str:
    """Return a name or value encoded as in a form. An encoded text stays."""
    if "%" in text and _ENCODED.fullmatch(text):
        return text
    return quote_plus(text, safe="*", errors="surrogatepass")


def _multipart(params: list[dict[str, Any]], boundary: str, at: At, losses: Losses) -> bytes:
    pieces: list[bytes] = []
    for number, param in enumerate(params):
        place = at / "params" / number
        head = (
            f'Content-Disposition: form-data; name="{a_text(param.get("name"), place / "name").translate(_NOT_QUOTED)}"'
        )
        if param.get("fileName") is not None:
            head += f'; filename="{a_text(param["fileName"], place / "fileName").translate(_NOT_QUOTED)}"'
        if param.get("contentType"):
            head += f"\r\nContent-Type: {a_text(param['contentType'], place / 'contentType').translate(_NOT_QUOTED)}"
        value = param.get("value")
        if value is None:
            losses.add("its form contains a file, whose content is not here", "entry")
        content = b"" if value is None else wire(a_text(value, place / "value"), None)
        pieces.append(f"--{boundary}\r\n{head}\r\n\r\n".encode("utf-8", "surrogatepass") + content + b"\r\n")
    return b"".join([*pieces, f"--{boundary}--\r\n".encode()])


def of_pieces(text: object, at: At, *, hexadecimal: bool = False) -> bytes:
    """Decode Base64 or hexadecimal digits: one text, or Polly's pieces in JSON."""
    text = a_text(text, at)
    pieces: list[object] = [text]
    if text.lstrip().startswith("["):
        try:
            pieces = a_list(json.loads(text), at)
        except (ValueError, RecursionError):
            at.refuse("Base64, or an array of Base64 pieces", Word("something else"))
    if not hexadecimal:
        return b"".join(from_base64(piece, at) for piece in pieces)
    try:
        return bytes.fromhex("".join(a_text(piece, at) for piece in pieces))
    except ValueError:
        at.refuse("hexadecimal digits", Word("something else"))
