"""Redacts values by kind: unwraps them, changes the secret part, and wraps them again.

A value that does not have the form of its kind is secret as a whole. An unchanged value keeps its spelling.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from urllib.parse import quote, unquote, unquote_to_bytes

from gateway.core.secrets import json_text, multipart
from gateway.core.secrets.common import COMMON, fits, is_told_of
from gateway.core.secrets.names import kind_of_name
from gateway.core.secrets.policy import (
    ERROR_CODE,
    MEMBERS_UNDER,
    NAMES,
    PATHS,
    PLAIN_MEMBERS,
    Policy,
)
from gateway.core.secrets.pseudonyms import LEAST, unwrapped
from gateway.core.secrets.scrub import Scrub
from gateway.core.secrets.shapes import ROLES
from gateway.core.secrets.wire import bytes_of, text_of
from gateway.core.secrets.wrappers import change_packed, wrapped, wrapped_again

KEPT = "kept"
"""In place of a kind: the configuration keeps the value."""
_LEAST_OPAQUE = 24
"""A broken X-Device-Info of at least this length, in characters, is a secret in every place."""
NESTED = 5
"""Levels of URLs or JSON texts inside each other. A deeper text is a secret as a whole."""

_FINGERPRINT = re.compile(r"(fingerprint +)(.+)", re.DOTALL)
_SCHEME = re.compile(r"(basic|bearer|digest|dpop|hawk|mac|negotiate|oauth|token)( +)(.+)", re.DOTALL | re.IGNORECASE)
_SIGNED = re.compile(r"(?:GET|POST|PUT|DELETE) requestor_id=")
_SIGNED_PUBLIC = frozenset({"requestor_id", "signature_method", "request_time"})
_FORWARDED = re.compile(r"\b((?:for|by)=)(\"[^\"]*\"|[^;,\s\"]*)", re.IGNORECASE)
_HOP = re.compile(r"(\[?)([^\[\]]*)(\]?(?::[0-9]+)?)")
_PORT = re.compile(r":[0-9]+\Z")
_NEXT_COOKIE = re.compile(r",(?=[ \t]*+[A-Za-z_][^\s;,=\"]*+=)")
_USERINFO = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)([^/?#]*)@")
_URL = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?/[^\s?#]*+(?:[?#].*)?", re.DOTALL)
_URL_IN_TEXT = re.compile(
    r"(?:(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]*+://|(?<![\w./:-])/(?=[\w.~%-]))[^\s\"'`<>\\^{}|\[\]]+"
)
_URL_TAIL = ".,;:!?)*"
"""Characters that end a sentence, but not a URL."""
_SEGMENT = re.compile(r"[^/]++")
_ENCODED = re.compile(r"(?=[^%]*+%)[A-Za-z0-9._~%*+-]{8,}+")
"""A text that is percent-encoded as a whole, as a URL inside a URL is."""
_PATH_PARAMETER = re.compile(r"(?<=;)([^;=/]++)=([^;/]++)")
_MARKUP = re.compile(r"<(?![^<>\s\"']*+>\s*+(?:[;,]|\Z))[A-Za-z?!/]")
"""A `<` that opens an element. It is not the `<` of a Link field's target (RFC 8288)."""
_SAYS_NAME = frozenset({"name", "key", "header", "field"})
"""Members with the name of the `value` beside them. A HAR has `name`, Postman and AWS have `key`."""
_IDENTIFIER = re.compile(r"(?=[^0-9]*[0-9])\S{6,}")
"""The form of an identifier below a secret's name: no blanks, and at least one digit."""
_FEWEST_DIGITS = 5
_PACKED = frozenset({"ey", "ew", "H4", "eJ", "PD", "PH", "Ww", "W3"})
"""The beginnings of JSON, of markup and of compressed data in Base64."""
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}+={0,2}")
_READABLE = re.compile(r"\s")
_RESERVED = "!$'()*,/:;?@"
"""Characters that some percent-encoders leave as they are, and others encode."""


def redact_value(kind: str, value: str, scrub: Scrub, nested: int = 0) -> str:
    """Return a value of this kind without its secret. `policy` has the kinds."""
    if kind == "url":
        return redact_url(value, scrub, nested=nested + 1, whole_fragment=True)
    if kind in WRAPPED:
        return WRAPPED[kind](value, scrub)
    return scrub(kind, value)


def redact_embedded(text: str, scrub: Scrub, nested: int = 0) -> str:
    """Return a value without the secrets inside it: in URLs, JSON, markup and tokens. Its own name does not make it secret."""
    if (text.startswith("/") or ":/" in text) and _URL.fullmatch(text):
        return redact_url(text, scrub, nested=nested + 1)
    if text[:1] in {"{", "["} and '"' in text:
        return redact_json(text, scrub, nested + 1)
    if text[:1] == "<" and _MARKUP.match(text):
        return _markup(text, scrub, nested + 1)
    if text[:2] in _PACKED and nested < NESTED and _BASE64.fullmatch(text):
        return change_packed(text, lambda plain: _packed(plain, scrub, nested + 1))
    if "%" in text and nested < NESTED and _ENCODED.fullmatch(text):
        return inside_percent(text, lambda plain: redact_embedded(plain, scrub, nested + 1))
    if "/" in text and ("=" in text or "://" in text):
        text = redact_urls(text, scrub, nested + 1)
    return _prose(text, scrub)


def _prose(text: str, scrub: Scrub) -> str:
    from gateway.core.secrets.prose import redact_prose  # noqa: PLC0415  # the two modules use each other

    return redact_prose(text, scrub)


def redact_urls(text: str, scrub: Scrub, nested: int = 0) -> str:
    """Redact the URLs and the request targets in a text, such as a sentence, or a Link or Refresh field."""

    def change(found: re.Match[str]) -> str:
        bare = found[0].rstrip(_URL_TAIL)
        return redact_url(bare, scrub, nested=nested) + found[0][len(bare) :]

    return _URL_IN_TEXT.sub(change, text)


def _markup(text: str, scrub: Scrub, nested: int) -> str:
    """Redact markup in a value, such as the escaped XML of authnToken."""
    from gateway.core.secrets.markup import redact_markup  # noqa: PLC0415  # the two modules use each other

    return redact_markup(text, scrub, nested) if nested <= NESTED else scrub("markup", text)


def _packed(text: str, scrub: Scrub, nested: int) -> str:
    """Redact the text in Base64, if it is JSON or markup."""
    return redact_embedded(text, scrub, nested) if text[:1] in {"{", "[", "<"} else text


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
        return name + equals + redact_url(value, scrub)
    return field if name.strip() in _SIGNED_PUBLIC else name + equals + scrub("token", value)


def _basic(value: str, scrub: Scrub) -> str:
    """Change user and password inside the Base64 (RFC 7617)."""
    plain = text_of(unwrapped(value))
    if not plain:
        return scrub("token", value)
    changed = _credentials(plain, scrub)
    if changed == plain:
        return value
    encoded = base64.b64encode(bytes_of(changed)).decode()
    scrub.note(value, encoded)
    return encoded


def _credentials(text: str, scrub: Scrub) -> str:
    user, colon, password = text.partition(":")
    return f"{scrub('user', user)}:{scrub('token', password)}" if colon else scrub("token", text)


def _token(value: str, scrub: Scrub) -> str:
    """Change the whole value. Text that Base64 wraps in it, such as an e-mail address, is a secret in other places, too."""
    inner = wrapped(value)
    if inner is not None:
        redact_json(inner, scrub)
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
    changed = redact_json(text, scrub)
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
            inside_percent(value, lambda text: redact_json(text, scrub)) if plain != bare else redact_json(value, scrub)
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


def redact_url(url: str, scrub: Scrub, *, nested: int = 0, whole_fragment: bool = False) -> str:
    """Return a URL or a request target without its secrets.

    The same parts are secret wherever the URL is, so that the request after a redirect finds its recording. A fragment is never sent.
    `whole_fragment`: each value of 12 characters or more in the fragment is secret, whatever its name.
    """
    if nested > NESTED:
        return scrub("url", url)
    before = ""
    if user := _USERINFO.match(url):
        before, url = f"{user[1]}{_credentials(user[2], scrub)}", url[user.end(2) :]
    rest, hash_sign, fragment = url.partition("#")
    path, question_mark, query = rest.partition("?")
    path = _path(path, scrub)
    path = (
        _SEGMENT.sub(lambda found: inside_percent(found[0], scrub.tokens_in), path)
        if "%" in path
        else scrub.tokens_in(path)
    )
    if query:
        query = scrub.once(f"query {nested}", query, lambda plain: redact_parameters(plain, scrub, nested=nested))
    fragment = redact_parameters(fragment, scrub, nested=nested, all_long=whole_fragment)
    return before + path + question_mark + query + hash_sign + fragment


def _path(path: str, scrub: Scrub) -> str:
    """Change a registration code that is a segment of the path, and the parameters of segments (RFC 3986 section 3.3)."""
    if ";" in path:
        path = _PATH_PARAMETER.sub(lambda found: _path_parameter(found[1], found[2], scrub), path)
    for pattern in PATHS:
        if found := pattern.search(path):
            code = inside_percent(found[1], lambda plain: scrub("code", plain))
            return path[: found.start(1)] + code + path[found.end(1) :]
    return path


def _path_parameter(name: str, raw: str, scrub: Scrub) -> str:
    """Redact the session in `;jsessionid=…`, which servlet containers write."""

    def change(plain: str) -> str:
        kind = kind_of_parameter(percent_decoded(name), plain, scrub.policy)
        return redact_value(kind, plain, scrub) if kind else plain

    return f"{name}={inside_percent(raw, change)}"


def redact_parameters(query: str, scrub: Scrub, *, nested: int = 0, all_long: bool = False) -> str:
    """Return a query, or a form of the same syntax, without its secrets. Pairs keep their order and their spelling.

    `all_long`: each value of 12 characters or more is secret.
    """
    if not query:
        return query

    def pair(text: str) -> str:
        name, equals, value = text.partition("=")
        if not value:
            return scrub.tokens_in(text)
        lower = percent_decoded(name).lower()
        if scrub.policy.parameters.get(lower) == "":  # kept
            return text

        def change(plain: str) -> str:
            kind = kind_of_parameter(lower if lower == name else percent_decoded(name), plain, scrub.policy)
            if kind is None and all_long and len(plain) >= LEAST:
                kind = "parameter"
            if kind is None:
                return redact_embedded(plain, scrub, nested)
            changed = redact_value(kind, plain, scrub, nested)
            if "+" in value and changed != plain:  # perhaps a form's blanks: then the secret has blanks
                scrub.note(percent_decoded(value.replace("+", " ")), changed)
            return changed

        changed = inside_percent(value, change)
        if "+" in value and changed != value and _keeps_blanks(name, value, scrub.policy):
            changed = inside_percent(value.replace("+", "%20"), change)
        return scrub.tokens_in(name) + equals + changed

    return "&".join(map(pair, query.split("&")))


def _keeps_blanks(name: str, value: str, policy: Policy) -> bool:
    """Return whether only parts of a value may be secret. Then the blanks outside of these parts stay, also if they are written as `+`."""
    return kind_of_parameter(percent_decoded(name), percent_decoded(value), policy) in {None, "url"}


def is_kept(name: str, policy: Policy) -> bool:
    """Return whether a configuration keeps the parameters with this name."""
    return policy.parameters.get(percent_decoded(name).lower()) == ""


def kind_of_parameter(name: str, value: str, policy: Policy) -> str | None:
    """Return the kind of a parameter's value, in a query or in a form. Empty if the value is kept.

    A name that is in no list is judged by its words. `name` and `value` are decoded.
    """
    lower = name.lower()
    kind = policy.parameters.get(lower)
    if kind is None:
        return kind_of_name(name, value, in_url=True)
    return kind if kind != NAMES.get(lower) or fits(lower, value, in_url=True) else None


def redact_json(text: str, scrub: Scrub, nested: int = 0, *, under: str | None = None) -> str:
    """Return a JSON text, whole or cut off, without its secrets.

    `under`: the kind of the value that is this text. Its members have this kind, too, if they have no other kind and are not in
    PLAIN_MEMBERS.
    """
    if nested > NESTED:
        return scrub("json", text)
    chosen = _chosen(text, scrub.policy)
    beside = _Beside(text)

    def new(leaf: json_text.Leaf) -> str | None:
        kind = _configured(leaf, chosen) if chosen else None
        if kind == KEPT:
            return None
        names = [name for name in leaf.path if isinstance(name, str)]
        value = leaf.value
        if not kind and _is_value(leaf):
            kind = next(
                filter(None, (_kind_of_pair(named, value, scrub.policy) for named in beside.names(leaf.path))), None
            )
        if not kind and not is_told_of(leaf.path, value):
            kind = kind_of_member(
                names, value, scrub.policy, is_number=not leaf.is_string, beside=lambda: beside.members(leaf.path)
            )
        if under and not kind and (not names or names[-1].lower() not in PLAIN_MEMBERS):
            kind = under
        if kind:
            return redact_value(kind, value, scrub, nested)
        return redact_embedded(value, scrub, nested) if leaf.is_string else None

    return json_text.change(text, new)


class _Beside:
    """The other members of a member's object, read on the first use."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._members: dict[json_text.Path, set[str]] | None = None
        self._names: dict[json_text.Path, dict[str, str]] | None = None

    def members(self, path: json_text.Path) -> AbstractSet[str]:
        """Return the names in the object around a member, in lower case, and the names one level below."""
        if self._members is None:
            self._members = {}
            for leaf in json_text.leaves(self._text):
                for end in (len(leaf.path) - 1, len(leaf.path) - 2):
                    if end >= 0 and isinstance(name := leaf.path[end], str):
                        self._members.setdefault(leaf.path[:end], set()).add(name.lower())
        return self._members.get(path[:-1], set())

    def names(self, path: json_text.Path) -> Sequence[str]:
        """Return the names in the `name` or `key` beside a `value`. Dumps of headers and forms have such members."""
        if self._names is None:
            self._names = {}
            for leaf in json_text.leaves(self._text):
                if leaf.is_string and leaf.path and (member := str(leaf.path[-1]).lower()) in _SAYS_NAME:
                    self._names.setdefault(leaf.path[:-1], {})[member] = leaf.value
        return [*self._names.get(path[:-1], {}).values()]


def _is_value(leaf: json_text.Leaf) -> bool:
    return bool(leaf.path) and str(leaf.path[-1]).lower() == "value"


def _kind_of_pair(name: str, value: str, policy: Policy) -> str | None:
    """Return the kind of a value whose name is in a member beside it. The name may be a header field's or a parameter's."""
    kind = policy.header(name.lower())
    return kind_of_parameter(name, value, policy) if kind is None else kind


def kind_of_member(
    names: Sequence[str],
    value: str,
    policy: Policy,
    *,
    is_number: bool = False,
    beside: Callable[[], AbstractSet[str]] = frozenset,
) -> str | None:
    """Return the kind of a value by its own name and by the names above it.

    `names`: from the top to the value's own name. `is_number`: the value is a JSON number. `beside` returns the names beside its own, in
    lower case.
    """
    lower = [name.lower() for name in names]
    if not lower or lower[-1] in PLAIN_MEMBERS:
        return None
    for at in range(len(lower) - 1, -1, -1):
        kind = MEMBERS_UNDER.get((lower[at - 1], lower[at])) if at else None
        if kind:
            return kind
        kind = policy.members.get(lower[at])
        if kind and _may_be(lower[at], at == len(lower) - 1, lower[-1], value, beside, is_number=is_number):
            return kind
    kind = kind_of_name(names[-1], value, is_number=is_number)
    if kind is None and lower[-1] == "value" and len(names) > 1:  # a user's metadata: {"pin": {"value": …, "state": …}}
        kind = kind_of_name(names[-2], value, is_number=is_number)
    return kind


def _may_be(
    name: str, is_own: bool, last: str, value: str, beside: Callable[[], AbstractSet[str]], *, is_number: bool
) -> bool:
    """Return whether a value fits the secret that its name, or a name around it, stands for."""
    if is_number and len(value) < _FEWEST_DIGITS:
        return False  # a count, a flag, the first user of a demonstration
    if not is_own and last != "value" and (name in COMMON or not _IDENTIFIER.fullmatch(value.strip())):
        return False
    return name not in COMMON or fits(name, value, beside() if name == "code" and is_own else frozenset())


def _chosen(text: str, policy: Policy) -> dict[json_text.Path, str]:
    """Return the results of a configuration's JSONPath queries, by path: the kind of a secret, KEPT for an exception."""
    queries = [*policy.paths, *((query, KEPT) for query in policy.kept_paths)]
    data = json_text.rebuilt(text) if queries else None
    return {match.parts: kind for query, kind in queries for match in query.finditer(data)}


def kept_in(text: str, policy: Policy, boundary: str = "") -> Iterator[str]:
    """Yield the values of a target or a body that the configuration keeps, as they are written there. They may look like secrets.

    `boundary`: the boundary of a multipart form. If it is empty, a body that begins like a form is read as one.
    """
    parts = multipart.parts(text, boundary or multipart.boundary_in(text)) or [multipart.Part(0, len(text))]
    for part in parts:
        content = text[part.start : part.end]
        if not part.is_file and part.name and is_kept(part.name, policy):
            yield content
        else:
            yield from _kept_outside_forms(content, policy)


def _kept_outside_forms(text: str, policy: Policy) -> Iterator[str]:
    if "" in policy.parameters.values():
        for pair in re.split("[?&#]", text):
            name, _, value = pair.partition("=")
            if is_kept(name, policy):
                yield value
    if policy.kept_paths:
        chosen = _chosen(text, policy)
        yield from (leaf.text for leaf in json_text.leaves(text) if _configured(leaf, chosen) == KEPT)


def _configured(leaf: json_text.Leaf, chosen: dict[json_text.Path, str]) -> str | None:
    """Return the choice for a leaf, or for an object around it. The nearest counts."""
    return next((chosen[leaf.path[:end]] for end in range(len(leaf.path), -1, -1) if leaf.path[:end] in chosen), None)


def percent_decoded(raw: str) -> str:
    """Undo percent-encoding. A byte that is not UTF-8 stays."""
    return text_of(unquote_to_bytes(bytes_of(raw))) if "%" in raw else raw


def inside_percent(raw: str, change: Callable[[str], str]) -> str:
    """Change the decoded text of `raw`. If nothing changes, the spelling stays."""
    plain = percent_decoded(raw)
    changed = change(plain)
    if changed == plain:
        return raw
    kept = set(raw) - {"%"} if _READABLE.search(raw) else _RESERVED  # a text with a blank is no part of a URL
    safe = "".join(c for c in kept if c in raw and c.isascii())
    return quote(bytes_of(changed), safe=f"*{safe}")
