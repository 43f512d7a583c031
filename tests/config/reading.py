"""What the tests of the configuration share: reading a text as config.yaml, and every key that there is."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import gateway
from gateway.config import Config, ConfigError, load
from gateway.config.faults import OneFault
from gateway.config.reading import Section, keys_of

ROOT = Path(gateway.__file__).parent.parent


def read(text: str = "", environ: Mapping[str, str] | None = None, **options: object) -> Config:
    Path("config.yaml").write_text(textwrap.dedent(text), encoding="utf-8")
    return load(None, environ or {}, {key.replace("__", "."): value for key, value in options.items()})


def said(text: str = "", environ: Mapping[str, str] | None = None, **options: object) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(text, environ, **options)
    assert str(caught.value).splitlines() == [str(problem) for problem in caught.value.problems]
    return str(caught.value).splitlines()


def keys(section: type[Section]) -> Iterator[str]:
    """Every key of a section and of those inside it, once for each class."""
    seen, waiting = set(), [section]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        yield from keys_of(current)
        for key in keys_of(current).values():
            waiting += [kind for kind in inner(key.kind) if issubclass(kind, Section)]


def inner(annotation: object) -> Iterator[type]:
    """Every class that an annotation names."""
    if isinstance(annotation, type):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from inner(argument)


IN_LISTS = ({*keys(OneFault)} - {"device", "upstream"}) | {"header", "query", "json", "pattern", "as", "reason"} | {
    "v1_logout", "redirect_url", "mvpd", "authorization", "v1", "sso_headers", "no_profile", "reply", "when", "dry_run", "requestor", "route",
    "set_header", "remove_header", "absolute_logout_url", "scope", "value",
}  # fmt: skip
"""Keys of the entries of a list: the environment sets the list as a whole."""
