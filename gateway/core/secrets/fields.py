"""Redacts values that wrap their secret, as header fields do: credentials, devices, cookies, lists of addresses."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from urllib.parse import unquote

from gateway.core.secrets import members, urls
from gateway.core.secrets.percent import inside_percent
from gateway.core.secrets.policy import ERROR_CODE
from gateway.core.secrets.pseudonyms import unwrapped
from gateway.core.secrets.scrub import Scrub
from gateway.core.secrets.shapes import ROLES
from gateway.core.secrets.wire import bytes_of, text_of
from gateway.core.secrets.wrappers import wrapped, wrapped_again

_LEAST_OPAQUE = 24
"""A broken X-Device-Info of at least this length, in characters, is a secret in every place."""
_FINGERPRINT = re.compile(r"(fingerprint +)(.+)", re.DOTALL)
_SCHEME = re.compile(r"(basic|bearer|digest|dpop|hawk|mac|negotiate|oauth|token)( +)(.+)", re.DOTALL | re.IGNORECASE)
_SIGNED = re.compile(r"(?:GET|POST|PUT|DELETE) requestor_id=")
_SIGNED_PUBLIC = frozenset({"requestor_id", "signature_method", "request_time"})
_FORWARDED = re.compile(r"\b((?:for|by)=)(\"[^\"]*\"|[^;,\s\"]*)", re.IGNORECASE)
_HOP = re.compile(r"(\[?)([^\[\]]*)(\]?(?::[0-9]+)?)")
_PORT = re.compile(r":[0-9]+\Z")
_NEXT_COOKIE = re.compile(r",(?=[ \t]*+[A-Za-z_][^\s;,=\"]*+=)")
_READABLE = re.compile(r"\s")


def redact_authorization(value: str, scrub: Scrub) -> str:
    """Redact credentials, and keep their scheme. v1's signed form has no scheme. Its description of the signed request stays."""
    if _SIGNED.match(value):
        method, _, fields = value.partition(" ")
        return f"{method} {','.join(_signed(field, scrub) for field in fields.split(','))}"
    parts = _SCHEME.fullmatch(value)
    if not parts:
        return scrub("token", value)
    redact = _basic if parts[1].lower() == "basic" else _token
    return parts[1] + parts[2] + redact(parts[3], scrub)


def _signed(field: str, scrub: Scrub) -> str:
    if _SCHEME.fullmatch(bare := field.strip()):  # from another line of the same field
        return field.replace(bare, redact_authorization(bare, scrub))
    name, equals, value = field.partition("=")
    if not equals:
        return scrub("token", field)
    if name.strip() == "request_uri":
        return name + equals + urls.redact_url(value, scrub)
    return field if name.strip() in _SIGNED_PUBLIC else name + equals + scrub("token", value)


def _basic(value: str, scrub: Scrub) -> str:
    """Change user and password inside the Base64 (RFC 7617)."""
    plain = text_of(unwrapped(value))
    if not plain:
        return scrub("token", value)
    changed = credentials(plain, scrub)
    if changed == plain:
        return value
    encoded = base64.b64encode(bytes_of(changed)).decode()
    scrub.note(value, encoded)
    return encoded


def credentials(text: str, scrub: Scrub) -> str:
    """Redact `user:password`, or a token without a colon."""
    user, colon, password = text.partition(":")
    return f"{scrub('user', user)}:{scrub('token', password)}" if colon else scrub("token", text)


def _token(value: str, scrub: Scrub) -> str:
    """Change the whole value. Text that Base64 wraps in it, such as an e-mail address, is a secret in other places, too."""
    inner = wrapped(value)
    if inner is not None:
        members.redact_json(inner, scrub)
    return scrub("token", value)


def _device(value: str, scrub: Scrub) -> str:
    """Change an identifier's bytes, so that it stays the same device as in AP-Device-Identifier's Base64."""
    return text_of(scrub.of_bytes("device", bytes_of(value)))


def _device_identifier(value: str, scrub: Scrub) -> str:
    """Change the identifier inside the Base64, so that it stays the same device as v1's bare `deviceId`."""
    parts = _FINGERPRINT.fullmatch(value)
    if not parts:
        return _device(value, scrub)
    identifier = unwrapped(parts[2])
    if not identifier:
        return parts[1] + _device(parts[2], scrub)
    replaced = scrub.of_bytes("device", identifier)
    if replaced == identifier:
        return value
    encoded = base64.b64encode(replaced).decode("ascii")
    scrub.note(parts[2], encoded)
    return parts[1] + encoded


def _device_info(value: str, scrub: Scrub) -> str:
    """Change the secret members of the JSON in Base64, percent-encoded or not. The rest stays readable."""
    text = wrapped(value.strip())
    if text is None:
        return _broken_device_info(value, scrub)
    changed = members.redact_json(text, scrub)
    if changed == text:
        return value
    encoded = wrapped_again(value.strip(), changed)
    scrub.note(value.strip(), encoded)
    return encoded


def _broken_device_info(value: str, scrub: Scrub) -> str:
    """Redact a value that should be Base64 but is not: JSON by its members, other text as a whole.

    A readable text is not searched in other places: many devices may have this model.
    """
    bare = value.strip()
    plain = unquote(bare) if "%" in bare else bare
    if plain[:1] == "{" and '"' in plain:
        return (
            inside_percent(value, lambda text: members.redact_json(text, scrub))
            if plain != bare
            else members.redact_json(value, scrub)
        )
    if len(bare) < _LEAST_OPAQUE or _READABLE.search(bare):
        return scrub.replace("token", value)
    return scrub("token", value)


def _addresses(value: str, scrub: Scrub) -> str:
    """Change each address of a list. Ports, brackets, quotes and the word `unknown` stay."""

    def hop(entry: str) -> str:
        bare = entry.strip(' \t"')
        parts = _HOP.fullmatch(bare)
        if not bare or bare.lower() == "unknown":
            return entry
        if parts is None:
            return scrub("ip", entry)
        opened, address, rest = parts.groups()
        if not opened and address.count(":") == 1 and (port := _PORT.search(address)):
            address, rest = address[: port.start()], port[0]
        return entry.replace(bare, opened + scrub("ip", address) + rest)

    return ",".join(map(hop, value.split(",")))


def _forwarded(value: str, scrub: Scrub) -> str:
    """Change the addresses of a Forwarded field (RFC 7239)."""
    changed = _FORWARDED.sub(lambda parts: parts[1] + _addresses(parts[2], scrub), value)
    return changed if _FORWARDED.search(value) else scrub("token", value)


def _cookie(value: str, scrub: Scrub) -> str:
    """Redact the values of cookies. Their names stay."""
    return ";".join(_cookie_pair(pair, scrub) for pair in value.split(";"))


def _cookie_pair(pair: str, scrub: Scrub) -> str:
    name, equals, value = pair.partition("=")
    if not equals:
        return scrub("cookie", pair)
    bare = value.strip(' \t"')
    return name + equals + (value.replace(bare, scrub("cookie", bare)) if bare else value)


def _set_cookie(value: str, scrub: Scrub) -> str:
    """Redact the value of a cookie. Its name and its attributes stay. Some proxies join several cookies with commas."""

    def cookie(one: str) -> str:
        pair, separator, attributes = one.partition(";")
        return _cookie_pair(pair, scrub) + separator + attributes

    return ",".join(map(cookie, _NEXT_COOKIE.split(value)))


def _code(value: str, scrub: Scrub) -> str:
    """Redact a code. An error's `code` is a word, and stays."""
    return value if ERROR_CODE.fullmatch(value) else scrub("code", value)


def _email(value: str, scrub: Scrub) -> str:
    """Redact an address. A mailbox that belongs to no person, such as `press@`, stays."""
    return value if value.strip().partition("@")[0].lower() in ROLES else scrub("email", value)


WRAPPED: dict[str, Callable[[str, Scrub], str]] = {
    "authorization": redact_authorization,
    "device_identifier": _device_identifier,
    "device_info": _device_info,
    "addresses": _addresses,
    "forwarded": _forwarded,
    "cookie": _cookie,
    "set_cookie": _set_cookie,
    "code": _code,
    "token": _token,
    "device": _device,
    "email": _email,
}
