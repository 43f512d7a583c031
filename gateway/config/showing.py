"""The effective configuration as text: YAML with the same meaning, the source of each value, and no secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.config.loading import RESERVED
from gateway.config.model import Config
from gateway.config.plain_values import plain
from gateway.config.problems import Loc
from gateway.config.sources import Loaded
from gateway.core.model import Headers, Request
from gateway.core.redaction import Redaction
from gateway.core.text import printable
from gateway.core.yaml_words import meaning

LEFT_OUT = "(a secret, left out)"
COLUMN = 60
"""The column of the sources, unless a value is longer."""
_PLAIN = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./-]*+")


def effective(config: Config) -> dict[str, object]:
    """Return every key with its value as a file writes it: maps, lists, text, numbers. `LEFT_OUT` replaces a secret."""
    values = plain(config)
    assert isinstance(values, dict)  # noqa: S101  # a section
    redaction = Redaction(bytes(32), lasting=False)
    places = {key: _without_nulls(value) for key, value in values["redaction"].items()}
    devices = {
        name: {**device, **_of_lists(device, redaction)}
        for name, device in without_identifiers(values["devices"]).items()
    }
    return {**values, "devices": devices, "redaction": places, **_of_lists(values, redaction)}


def _of_lists(values: Mapping[str, object], redaction: Redaction) -> dict[str, object]:
    """Return rules and faults, the common ones or a device's, without their secrets."""
    return {key: _without_secrets(values[key], redaction) for key in ("rules", "faults")}


def without_identifiers(devices: Any) -> Any:
    """Return named devices without their identifiers."""
    if isinstance(devices, dict):
        return {
            key: LEFT_OUT if key == "identifier" and value else without_identifiers(value)
            for key, value in devices.items()
        }
    return devices


def text_of(loaded: Loaded, environ: Mapping[str, str]) -> str:
    """Return the whole configuration with its sources, and the names of the secrets that the environment has."""
    lines = [*_lines(effective(loaded.config), (), loaded)]
    lines += [f"# {name}: {LEFT_OUT}" for name in sorted(RESERVED) if environ.get(name)]
    return "".join(f"{line}\n" for line in lines)


def _without_nulls(entries: object) -> object:
    """Return entries of rules and faults without empty keys: each entry has a key for every rule or fault, and most are empty."""
    if not isinstance(entries, list):
        return entries
    return [{key: value for key, value in entry.items() if value is not None} for entry in entries]


def _without_secrets(value: object, redaction: Redaction, at: str = "", header: str = "") -> object:
    """Return options of rules and faults, under the key `at`, without secrets: in header fields, parts of URLs, and bodies."""
    if isinstance(value, dict):
        name = value.get("name")
        of = name if isinstance(name, str) and "value" in value else ""
        return {
            key: _without_secrets(entry, redaction, key, key if at == "headers" else of if key == "value" else "")
            for key, entry in value.items()
        }
    if isinstance(value, list):
        return [_without_secrets(entry, redaction) for entry in value]
    if not isinstance(value, str):
        return value
    target, body = f"/?url={value}" if "://" in value else "/", value.encode()
    asked = Request("POST", target, Headers(((header.encode(), body),)), body if at == "body" else b"")
    shown, _ = redaction.redacted(asked)
    same = (shown.target, shown.headers, shown.body) == (asked.target, asked.headers, asked.body)
    return value if same else LEFT_OUT


def _lines(value: Mapping[str, object], at: Loc, loaded: Loaded) -> Iterator[str]:
    for key, entry in value.items():
        loc = (*at, key)
        begin = f"{'  ' * len(at)}{_scalar(key)}:"
        if isinstance(entry, dict) and entry:
            yield begin
            yield from _lines(entry, loc, loaded)
        else:
            text = f"{begin} {_scalar(entry)}"
            yield f"{text:<{COLUMN}} # {printable(loaded.source(loc))}"


def _scalar(value: object) -> str:
    """Return a value on one line: a plain word as it is, everything else as JSON, which is also YAML."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and meaning(value) == value:
        return value
    return json.dumps(value, ensure_ascii=True)
