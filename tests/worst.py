"""The worst messages within the limits, by the part of the gateway that has to read them: made of each grammar's own characters."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Iterator, Mapping

HEAD = 60_000
"""Bytes of a target or a header value: with what stands around it, hardly less than `limits.max_head`."""
BODY = (1 << 20) - 512
"""Bytes of a body, hardly less than `limits.max_body`."""
ATOMS = (
    "{", "}", "%7B", "{%22", "<", "%3C", "&", "=", ";", "/", "//", "%", "%25", "%2525", ",", '"', "'", "\\", "$", "${", "[", "]", "(", "%(",
    "a", "A", "0", "a1", ".", "-", "_", "+", ":", "@", "a.", "a/", "a,", "a=b&", "a&", "=&", "redirectUrl=&", "redirectUrl=%3a%2f%2f&",
    "deviceId=a&", "device_info=e30=&", "requestor=R&", "undefined&", "null&", "a=null&", "http://", "https%3A%2F%2F", "eyJ", "eyJ.", "eyJhbGciOiJub25lIn0.",
    "1.1.1.1,", "::1,", "10.0.0.1, ", "a@b.c,", "Bearer ", "Mozilla/5.0 ", "fingerprint ", "requestor_id=,", "Chrome/ ", "REDACTED-", "\u00e9", " ", "\t",
)  # fmt: skip
"""What the grammars are made of: separators, quotes, escapes, and the beginnings of what is looked for."""
FEW = ("{%22", "a=b&", "a,", "%", "/", "eyJ.", "\\")
FIELDS = {
    "Authorization": ("", "Bearer ", "Bearer eyJhbGciOiJub25lIn0.", "DELETE requestor_id="),
    "AP-Device-Identifier": ("", "fingerprint "),
    "X-Device-Info": ("",),
    "Adobe-Subject-Token": ("", "eyJhbGciOiJub25lIn0."),
    "X-Roku-Reserved-Roku-Connect-Token": ("",),
    "AD-Service-Token": ("eyJhbGciOiJub25lIn0.",),
    "AP-Visitor-Identifier": ("",),
    "AP-Partner-Framework-Status": ("",),
    "AP-TempPass-Identity": ("",),
    "X-Forwarded-For": ("",),
    "Forwarded": ("for=",),
    "Connection": ("",),
    "Cookie": ("a=",),
    "Accept": ("",),
    "Content-Type": ("",),
    "User-Agent": ("", "Mozilla/5.0 "),
    "X-Unknown": ("",),
}
"""The fields that are read somewhere, and how their values begin."""
PATHS = (
    "/api/v2/REF30/logout/",
    "/api/v2/REF30/logout/x?",
    "/api/v2/REF30/logout/x?redirectUrl=",
    "/api/v1/tokens/authn?",
    "/api/v1/",
    "/",
)

Worst = Iterator[tuple[str, bytes]]


def filled(atom: str, size: int) -> bytes:
    """Return an atom over and over, as the bytes of ISO-8859-1."""
    return (atom * (size // len(atom) + 1))[:size].encode("latin-1")


def request(
    target: bytes = b"/api/v2/REF30/profiles",
    fields: Mapping[str, bytes] | None = None,
    body: bytes = b"",
    method: str = "GET",
) -> bytes:
    lines = [f"{method} ".encode() + target + b" HTTP/1.1", b"Host: gateway"]
    lines += [name.encode() + b": " + value for name, value in (fields or {}).items()]
    lines += [b"Content-Length: %d" % len(body)] if body else []
    return b"\r\n".join([*lines, b"", b""]) + body


def targets(*, whole: bool) -> Worst:
    yield "raw UTF-8", request(b"/" + "\u00e9".encode() * (HEAD // len("%C3%A9")))
    for path in PATHS:
        for atom in ATOMS if whole else FEW:
            if atom.strip() and atom.isascii() and " " not in atom:
                yield f"{path}{atom}", request(path.encode() + filled(atom, HEAD))


def fields(*, whole: bool) -> Worst:
    for name, beginnings in FIELDS.items():
        for beginning in beginnings if whole else beginnings[-1:]:
            for atom in ATOMS if whole else FEW[1:6:2]:
                yield f"{name}: {beginning}{atom}", request(fields={name: beginning.encode() + filled(atom, HEAD)})


def documents(*, whole: bool) -> Worst:
    """JSON in Base64, where a header has it."""
    for what, text in json_texts(HEAD * 3 // 4 - 64):
        encoded = base64.b64encode(text)
        token = b"eyJhbGciOiJub25lIn0." + encoded.rstrip(b"=").replace(b"+", b"-").replace(b"/", b"_") + b".x"
        yield f"info {what}", request(fields={"X-Device-Info": encoded})
        yield f"token {what}", request(fields={"Authorization": b"Bearer " + token})
        if whole:
            yield f"status {what}", request(fields={"AP-Partner-Framework-Status": encoded})
            yield f"subject {what}", request(fields={"Adobe-Subject-Token": token})


def many_fields(*, whole: bool) -> Worst:
    del whole
    lines = [b"GET /api/v2/REF30/profiles HTTP/1.1", b"Host: gateway"]
    nominated = b"Connection: " + b",".join(b"x-%d" % number for number in range(8000))
    for name in (b"X-%d", b"X-Forwarded-For", b"X-Device-Info", b"Cookie", b"X-Roku-Reserved-%d"):
        pairs = [(name % number if b"%" in name else name) + b": " + b"a," * 200 for number in range(120)]
        yield name.decode(), b"\r\n".join([*lines, *pairs, b"", b""])
    yield "nominated", b"\r\n".join([*lines, nominated, *(b"X-%d: a" % number for number in range(120)), b"", b""])


def forms(*, whole: bool) -> Worst:
    kind = {"Content-Type": b"application/x-www-form-urlencoded"}
    for target, method in (
        (b"/api/v1/logout", "DELETE"),
        (b"/reggie/v1/R/regcode", "POST"),
        (b"/api/v2/R/sessions", "POST"),
    ):
        for atom in ("a=b&", "&", "%", "deviceId=a&", "a=%7B&", "redirectUrl=%25&") if whole else ("a=b&",):
            yield f"{method} {target.decode()} {atom}", request(target, kind, filled(atom, BODY), method)


def bodies(*, whole: bool) -> Worst:
    texts = [
        *json_texts(BODY),
        ("multipart", filled("--a\r\nContent-Disposition: form-data\r\n\r\n", BODY)),
        ("xml", filled("<error>", BODY)),
    ]
    for what, text in texts if whole else texts[:1]:
        kind = b"multipart/form-data; boundary=a" if what == "multipart" else b"application/json"
        yield what, request(b"/api/v2/R/decisions/authorize/x", {"Content-Type": kind}, text, "POST")


def json_texts(size: int) -> Worst:
    yield "deep lists", b"[" * size
    yield "deep maps", filled('{"a":', size)
    yield "members", json.dumps({f"m{number}": number for number in range(size // 20)}).encode()
    yield "e-mails", json.dumps([f"u{number}@comcast.net" for number in range(size // 32)]).encode()
    yield "digits", b'{"exp":' + b"9" * (size - 8) + b"}"
    yield "floats", b"[" + filled("1e5,", size - 4) + b"1]"
    yield "surrogates", b'{"model":"' + filled("\\ud800", (size - 16) // 6 * 6) + b'"}'
    yield "backslashes", b'{"model":"' + filled("\\\\", (size - 16) // 2 * 2) + b'"}'
    yield "NUL", b'{"model":"' + b"\0" * (size - 16) + b'"}'
    yield "scopes", json.dumps({"scopes": [f"a:{number}" for number in range(size // 16)]}).encode()
    yield "profiles", json.dumps({"profiles": {f"M{number}": {} for number in range(size // 16)}}).encode()
    yield (
        "logouts",
        json.dumps(
            {"logouts": {f"M{n}": {"mvpd": "x", "url": "/a", "actionName": "?"} for n in range(size // 64)}}
        ).encode(),
    )


def answers(*, whole: bool) -> Worst:
    """What an upstream may say; each is asked for by an ordinary request."""
    texts = [*json_texts(16_000), *json_texts(BODY)]
    texts += [
        (f"{what} {atom}", filled(atom, size))
        for what, size in (("short", 16_000), ("long", BODY))
        for atom in ("<error>", "<error ", "</", "\\", "%")
    ]
    for what, text in texts if whole else [*list(json_texts(16_000))[::3], ("xml", filled("<error>", 16_000))]:
        for kind in (b"application/json", b"application/xml"):
            lines = [b"HTTP/1.1 200 OK", b"Content-Type: " + kind, b"Content-Length: %d" % len(text), b"", text]
            yield f"{kind.decode()} {what} of {len(text)}", b"\r\n".join(lines)
    packed = gzip.compress(b"<error>" * ((16 << 20) // 7), 9)
    many = gzip.compress(b"", 9) * 800 + gzip.compress(b"{}" * 6000, 0)
    for what, text in (("bomb", packed), ("members", many)):
        lines = [
            b"HTTP/1.1 200 OK",
            b"Content-Type: application/xml",
            b"Content-Encoding: gzip",
            b"Content-Length: %d" % len(text),
            b"",
            text,
        ]
        yield what, b"\r\n".join(lines)


REQUESTS: Mapping[str, Callable[..., Worst]] = {
    "targets": targets,
    "fields": fields,
    "documents": documents,
    "many fields": many_fields,
    "forms": forms,
    "bodies": bodies,
}
"""The parts that a client can reach, by the messages that are the worst for them."""
