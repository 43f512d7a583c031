"""Pseudonyms: for each secret, another value of the same shape. Under one key, a secret has the same pseudonym every time.

Facts
-----
* A pseudonym is HMAC-SHA-256(key, kind ‖ value) poured into the shape of the value. Without the key, nothing leads back to the value.
* Nobody needs the key to recognise a pseudonym: its last letters and digits are a checksum of the others (`_MARK`). Of some millions of
  other values, one has this checksum by chance. So a pseudonym is never redacted twice, and is no leak.
* A value of fewer than 12 letters and digits becomes a placeholder with its kind, such as `REDACTED-ZIP-1a2b3c`: a look-alike of so few
  characters could not be distinguished from a secret. The six digits come from the keyed hash, so two short values have two placeholders.
* Different values have different pseudonyms, if their shape has enough characters beside the mark. Twelve digits allow a million
  pseudonyms, so two of some thousand users may share one. Of mixed letters and digits, collisions are as rare as those of a hash.
* The pseudonym of an address is in one of the ranges that RFC 5737, RFC 2544 and RFC 3849 reserve. The IPv4 ranges have 132,608
  addresses, so two of some hundred devices may share one.
* Equal values of one kind have equal pseudonyms in every place. So v1's `deviceId` and v2's AP-Device-Identifier, which is the Base64 of
  the same identifier, stay the same device.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256, shake_256
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from itertools import islice
from sys import getsizeof
from typing import Any

from msgspec import Struct

from gateway.core.bounded import remembered
from gateway.core.secrets.wire import bytes_of

LEAST = 12
"""A value with at least this many letters and digits becomes a look-alike. A shorter value becomes a placeholder."""

IPV4_RANGES = tuple(map(IPv4Network, ("198.18.0.0/15", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))
IPV6_RANGE = IPv6Network("2001:db8::/32")

_DIGITS = "0123456789"
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_ALPHABETS: tuple[tuple[str, int], ...] = (
    (_DIGITS, 6),
    (_DIGITS + "abcdef", 6),
    (_DIGITS + "ABCDEF", 6),
    (_DIGITS + "abcdefABCDEF", 5),
    (_DIGITS + _LOWER, 5),
    (_DIGITS + _LOWER.upper(), 5),
    (_DIGITS + _LOWER + _LOWER.upper(), 4),
)
"""Each alphabet, from narrow to wide, with the number of characters of its mark. A mark has at least 20 bits."""
_TABLES = {alphabet: bytes(ord(alphabet[byte % len(alphabet)]) for byte in range(256)) for alphabet, _ in _ALPHABETS}
_HEX = b"0123456789abcdefABCDEF"
_MARKS = {
    (letters.isdigit(), letters.islower(), letters.isupper(), letters.strip(_HEX) == b""): tuple(
        (mark, _TABLES[alphabet]) for alphabet, mark in _ALPHABETS if not letters.strip(alphabet.encode())
    )
    for letters in (b"0", b"a", b"z", b"A", b"Z", b"aA", b"zA")
}
"""The marks that letters and digits of a kind may have: the length of each mark, and its alphabet as a table. The longest comes first."""
_NO_LETTER = bytes(byte for byte in range(256) if not chr(byte).isalnum() or byte >= 0x80)  # noqa: PLR2004  # beyond ASCII
_MARK = b"pass-gateway pseudonym "
_BLOCK = 64
"""Number of bytes that SHA-256 reads at a time."""

_PLACEHOLDER = re.compile(r"REDACTED-[A-Z]+(?:-[0-9a-f]{6})?")
"""A placeholder without digits comes from an older gateway, or replaces a text that was not read."""
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}")
_LENGTH_OF_UUID = 36
_OF_JWT = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-."
_PARTS_OF_JWT = 3
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")
_CHANGED = re.compile(r"[^\x00-/:-@\[-`{-\x7f]+")
"""Letters and digits, which a pseudonym changes. A character beyond ASCII counts as a letter, and becomes an ASCII letter or digit."""
_BROKEN_BASE64 = re.compile(r"[A-Za-z0-9+/]{60,}(?:\r?\n[A-Za-z0-9+/]+)+={0,2}")
_DOTS = 3
"""Number of dots in an IPv4 address."""
_DEEPEST = 50
"""Largest depth of a JWT's claims, in levels. A deeper JWT is treated as a text."""
_REMEMBERED = 128
"""Length of the longest value, in characters, for which the result of `is_pseudonym` is remembered."""
_SIGNED = b"pass-gateway pseudonym, not a signature "
_SIGNATURE = base64.b64encode(_SIGNED).decode()[:-3]
"""Base64 of `_SIGNED` without the last character, which has bits of the next byte. Comparing is cheaper than decoding each signature."""
_EMAIL_DOMAIN = "redacted.example"
_KEPT_CLAIMS = frozenset({"exp", "nbf", "iat", "iss", "scopes", "scope", "scp", "aud"})
_KEPT_OF_HEADER = frozenset({"alg", "typ", "kid", "cty", "enc", "zip"})


class Pseudonyms(Struct, frozen=True):
    """Replaces secrets under a key."""

    key: bytes

    @property
    def key_id(self) -> str:
        """Six hexadecimal digits that distinguish keys, without revealing them."""
        return hmac.digest(self.key, b"key id", "sha256").hex()[:6]

    def __call__(self, kind: str, value: str) -> str:
        """Return the pseudonym of `value`. A value that is already a pseudonym is returned as it is."""
        if not value or is_pseudonym(value):
            return value
        if kind == "ip":
            address = _address(value)
            return str(self._ip(address)) if address is not None else self._placeholder(kind, bytes_of(value))
        if value.startswith("eyJ") and (parts := _parts_of_jwt(value)):
            return self._jwt(value, *parts)
        if "@" in value and _EMAIL.fullmatch(value):
            return f"{self._text('email', value, '0' * 16)}@{_EMAIL_DOMAIN}"
        if len(value) == _LENGTH_OF_UUID and _UUID.fullmatch(value):
            return self._text(kind, value, value, version=value[14])
        # the lines of MIME become one line, with one mark
        shape = "".join(value.split()) if "\n" in value and _BROKEN_BASE64.fullmatch(value) else value
        return self._text(kind, value, shape)

    def of_bytes(self, kind: str, value: bytes) -> bytes:
        """Return the pseudonym of a value. If it is not text, the pseudonym has the same length, and its last four bytes are the mark."""
        try:
            return self(kind, value.decode()).encode()
        except UnicodeDecodeError:
            pass
        if is_pseudonym_bytes(value):
            return value
        if len(value) < LEAST:
            return self._placeholder(kind, value).encode()
        body = self._stream(kind, value, len(value) - 4)
        return body + _mark_of_bytes(body)

    def _placeholder(self, kind: str, value: bytes) -> str:
        """Return the placeholder for a value that is too short for a look-alike. Two values have two placeholders."""
        return f"{placeholder(kind)}-{self._stream(kind, value, 3).hex()}"

    def _stream(self, kind: str, value: bytes, length: int) -> bytes:
        """Return `length` bytes that depend on key, kind and value."""
        inner, outer = _keyed(self.key)
        inner, outer = inner.copy(), outer.copy()
        inner.update(kind.encode() + b"\0" + value)
        outer.update(inner.digest())
        return shake_256(outer.digest()).digest(length)

    def _text(self, kind: str, value: str, shape: str, version: str = "") -> str:
        """Pour the keyed hash of `value` into `shape`: letters and digits change, everything else stays in its place."""
        letters = _letters(shape)
        if len(letters) < LEAST:
            return self._placeholder(kind, bytes_of(value))
        alphabet, mark = _alphabet(letters)
        stream = self._stream(kind, bytes_of(value), len(letters) - mark)
        poured = stream.translate(_TABLES[alphabet]).decode("ascii")
        if version:  # a UUID stays one: its version, and the variant of RFC 9562
            poured = f"{poured[:12]}{version}{poured[13:16]}8{poured[17:]}"
            poured += _mark(poured, alphabet, mark)
            return f"{poured[:8]}-{poured[8:12]}-{poured[12:16]}-{poured[16:20]}-{poured[20:]}"
        poured += _mark(poured, alphabet, mark)
        if len(poured) == len(shape):
            return poured
        source = iter(poured)
        return _CHANGED.sub(lambda run: "".join(islice(source, len(run[0]))), shape)

    def _ip(self, address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
        number = int.from_bytes(self._stream("ip", address.packed, 32), "big")
        if isinstance(address, IPv6Address):
            return IPV6_RANGE[number % IPV6_RANGE.num_addresses]
        number %= sum(network.num_addresses for network in IPV4_RANGES)
        for network in IPV4_RANGES:
            if number < network.num_addresses:
                return network[number]
            number -= network.num_addresses
        raise AssertionError  # pragma: no cover  # the number is below the sum

    def _jwt(self, token: str, header: str, payload: str) -> str:
        """Return a JWT that can be decoded. Header and dates stay, `sub` becomes a pseudonym, and the signature says what it is."""
        says = _object(header)
        if says is None:
            return self._text("token", token, token)
        signature = b64url(_SIGNED + self._stream("token", token.encode(), 12).hex().encode())
        header = self._part(header, says, _KEPT_OF_HEADER)
        claims = _object(payload)
        payload = self._text("token", payload, payload) if claims is None else self._part(payload, claims, _KEPT_CLAIMS)
        return f"{header}.{payload}.{signature}"

    def _part(self, part: str, members: dict[str, object], kept: frozenset[str]) -> str:
        """Return a JWT's part with pseudonyms for its members, except those in `kept`. If no member changes, the same part is returned."""
        changed = {name: value if name in kept else self._claim(name, value) for name, value in members.items()}
        return part if changed == members else b64url(json.dumps(changed, separators=(",", ":")).encode())

    def _claim(self, name: str, value: object) -> object:
        match value:
            case str():
                return self(_claim_kind(name), value)
            case dict():
                return {key: self._claim(key, entry) for key, entry in value.items()}
            case list():
                return [self._claim(name, entry) for entry in value]
            case bool() | None:
                return value
            case _:
                return 0


def claims(token: str) -> tuple[tuple[str, str], ...]:
    """Return the texts inside a JWT that its pseudonym replaces, each with its kind. Empty for every other text."""
    return texts_in_jwt(token) or ()


def texts_in_jwt(token: str) -> tuple[tuple[str, str], ...] | None:
    """Return the same as `claims`, but None for a text that is no signed JWT."""
    parts = _parts_of_jwt(token)
    return _texts_of_header(parts[0]) + _texts_of_payload(parts[1]) if parts is not None else None


@remembered(limit=1 << 18)
def _texts_of_header(part: str) -> tuple[tuple[str, str], ...]:
    return _texts_but(_object(part), _KEPT_OF_HEADER)


@remembered(limit=1 << 20)
def _texts_of_payload(part: str) -> tuple[tuple[str, str], ...]:
    return _texts_but(_object(part), _KEPT_CLAIMS)


def _texts_but(members: dict[str, object] | None, kept: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """Return the texts in the members of a part that do not stay."""
    read = members or {}
    return tuple([text for name, value in read.items() if name not in kept for text in _texts(name, value)])


def _texts(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield _claim_kind(name), value
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from _texts(key, entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _texts(name, entry)


def _parts_of_jwt(value: str) -> tuple[str, str] | None:
    """Return the first two parts of a signed JWT. None for every other text."""
    if not value.startswith("eyJ") or not value.isascii() or value.encode().translate(None, _OF_JWT):
        return None  # a regular expression takes five times as long
    parts = value.split(".", _PARTS_OF_JWT)
    return (parts[0], parts[1]) if len(parts) == _PARTS_OF_JWT and parts[1] else None


def _claim_kind(name: str) -> str:
    return name if name == "sub" else "claim"


def placeholder(kind: str) -> str:
    """Return the placeholder for every value of a kind."""
    return f"REDACTED-{re.sub('[^A-Z]', '', kind.upper()) or 'VALUE'}"


def is_pseudonym(value: str) -> bool:
    """Return whether `value` is a pseudonym under any key, a placeholder, or an address in the ranges of pseudonyms."""
    return _remembered(value) if len(value) <= _REMEMBERED else _is_pseudonym(value)


def _is_pseudonym(value: str) -> bool:
    if value.startswith("REDACTED-") and _PLACEHOLDER.fullmatch(value):
        return True
    if value.startswith("eyJ") and _parts_of_jwt(value):
        signature = value.rpartition(".")[2]
        if signature.startswith(_SIGNATURE) and unb64(signature).startswith(_SIGNED):
            return True
    local, _, domain = value.partition("@")
    if domain == _EMAIL_DOMAIN and _EMAIL.fullmatch(value) and _is_marked(local):
        return True
    address = _address(value)
    if address is not None:
        return is_pseudonymous_address(address)
    return _is_marked(value)


_remembered = remembered(limit=8 << 20, longest=_REMEMBERED, size=lambda value, _: getsizeof(value))(_is_pseudonym)


def is_pseudonym_bytes(value: bytes) -> bool:
    """Return the same as `is_pseudonym`, for a value that may be no text."""
    if len(value) >= LEAST and _mark_of_bytes(value[:-4]) == value[-4:]:
        return True
    return value.isascii() and is_pseudonym(value.decode("ascii"))


def is_pseudonymous_address(address: IPv4Address | IPv6Address) -> bool:
    """Return whether an address is in the ranges of pseudonyms."""
    if isinstance(address, IPv6Address):
        return address in IPV6_RANGE and not address.scope_id  # a zone is a text of its own (RFC 4007)
    return any(address in network for network in IPV4_RANGES)


def b64url(data: bytes) -> str:
    """Return the Base64 for URLs, without padding, as JWS writes it (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Decode Base64 of either alphabet, with or without padding. Empty if it is not Base64."""
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return binascii.a2b_base64(plain + "=" * (-len(plain) % 4), strict_mode=True)
    except (binascii.Error, ValueError):
        return b""


@remembered(limit=4 << 20, longest=_REMEMBERED, size=lambda text, data: 100 + len(text) + len(data))
def unwrapped(text: str) -> bytes:
    """Return the data in Base64. Empty if it is not Base64, or if the Base64 is a pseudonym."""
    return b"" if _is_pseudonym(text) else unb64(text)


def _object(part: str) -> dict[str, object] | None:
    """Return the JSON object in a part of a JWT. None if there is none, or if it is too deep."""
    try:
        value = json.loads(unb64(part))
        deep = _depth(value) > _DEEPEST
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and not deep else None


def _depth(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inner), default=0)


def _address(value: str) -> IPv4Address | IPv6Address | None:
    if value.count(".") != _DOTS and value.count(":") < 2:  # noqa: PLR2004  # the shortest is `::`
        return None
    try:
        return ip_address(value)
    except ValueError:
        return None


def _letters(value: str) -> str:
    """Return the letters and digits of a value, which its pseudonym changes."""
    if value.isascii():
        return value if value.isalnum() else value.encode().translate(None, _NO_LETTER).decode()
    return "".join(_CHANGED.findall(value))


@lru_cache(maxsize=8)
def _keyed(key: bytes) -> tuple[Any, Any]:
    """Return the two hashes of HMAC-SHA-256 (RFC 2104) after they have read the key. That takes longer than all the rest."""
    block = (sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return sha256(bytes(byte ^ 0x36 for byte in block)), sha256(bytes(byte ^ 0x5C for byte in block))


def _alphabet(letters: str) -> tuple[str, int]:
    for entry in _ALPHABETS[:-1]:
        if not letters.strip(entry[0]):
            return entry
    return _ALPHABETS[-1]


def _mark(poured: str, alphabet: str, length: int) -> str:
    return sha256(_MARK + poured.encode()).digest()[:length].translate(_TABLES[alphabet]).decode("ascii")


def _mark_of_bytes(body: bytes) -> bytes:
    return sha256(_MARK + body).digest()[:4]


def _is_marked(value: str) -> bool:
    """Return whether the last letters and digits are the checksum of the others, in any alphabet that fits the value."""
    if not value.isascii():
        return False
    letters = value.encode().translate(None, _NO_LETTER)
    if len(letters) < LEAST:
        return False
    # the first few usually decide
    is_hex = not (letters[:LEAST].translate(None, _HEX) or letters.translate(None, _HEX))
    length, digest = 0, b""
    for mark, table in _MARKS[letters.isdigit(), letters.islower(), letters.isupper(), is_hex]:
        if mark != length:
            length, digest = mark, sha256(_MARK + letters[:-mark]).digest()[:mark]
        if letters.endswith(digest.translate(table)):
            return True
    return False
