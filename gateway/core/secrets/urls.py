"""Redacts URLs, request targets, and queries and forms of the same syntax. Their order and their spelling stay."""

from __future__ import annotations

import re

from gateway.core.secrets import fields, values
from gateway.core.secrets.lookup import kind_of_parameter
from gateway.core.secrets.percent import inside_percent, is_encoded, percent_decoded
from gateway.core.secrets.policy import PATHS, Policy
from gateway.core.secrets.pseudonyms import LEAST
from gateway.core.secrets.scrub import Scrub

_USERINFO = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)([^/?#]*)@")
_SEGMENT = re.compile(r"[^/]++")
_PATH_PARAMETER = re.compile(r"(?<=;)([^;=/]++)=([^;/]++)")


def redact_url(url: str, scrub: Scrub, *, nested: int = 0, whole_fragment: bool = False) -> str:
    """Return a URL or a request target without its secrets.

    The same parts are secret wherever the URL is, so that the request after a redirect finds its recording. A fragment is never sent.
    `whole_fragment`: each value of 12 characters or more in the fragment is secret, whatever its name.
    """
    if nested > values.NESTED:
        return scrub("url", url)
    if is_encoded(url):  # encoded twice, which is a usual mistake
        return inside_percent(
            url, lambda plain: redact_url(plain, scrub, nested=nested + 1, whole_fragment=whole_fragment)
        )
    before = ""
    if user := _USERINFO.match(url):
        before, url = f"{user[1]}{fields.credentials(user[2], scrub)}", url[user.end(2) :]
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
        return values.redact_value(kind, plain, scrub) if kind else plain

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
                return values.redact_embedded(plain, scrub, nested)
            changed = values.redact_value(kind, plain, scrub, nested)
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
