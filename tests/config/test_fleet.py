"""The section `fleet`: where Redis is, and what that needs."""

from __future__ import annotations

import pytest

from tests.config.reading import read, said
from tests.harness.for_each import for_each

KEYED = "key_file: config.yaml"


@for_each(
    ("text", "lines"),
    [
        (f"{{redis: 'redis://127.0.0.1', {KEYED}}}", []),
        (f"{{redis: 'redis://localhost:6380/2', {KEYED}}}", []),
        (f"{{redis: 'redis://[::1]:6380', {KEYED}}}", []),
        (f"{{redis: 'rediss://redis.lab', {KEYED}}}", []),
        (f"{{redis: 'redis://redis.lab', insecure: true, {KEYED}}}", []),
        (
            f"{{redis: 'redis://redis.lab', {KEYED}}}",
            ['fleet.redis: expected rediss:// (TLS), an address of this machine, or fleet.insecure: true, found "redis://redis.lab:6379"'],
        ),
        (
            f"{{redis: 'redis://user:secret@redis.lab', {KEYED}}}",
            ["fleet.redis: expected a URL without user and password, found some; use fleet.user and fleet.password_file"],
        ),
        (
            f"{{redis: 'http://redis.lab', {KEYED}}}",
            ['fleet.redis: expected redis://HOST:PORT/DATABASE, or rediss:// for TLS, found "http://redis.lab"'],
        ),
        (
            "{redis: 'redis://127.0.0.1'}",
            ['fleet.key_file: expected a file with 64 hexadecimal digits (openssl rand -hex 32; all gateways need the same key), found none at ".gateway-fleet-key"'],
        ),
        (
            f"{{redis: 'redis://127.0.0.1', ca_file: config.yaml, {KEYED}}}",
            ['fleet.ca_file: expected null, since redis is not rediss://, found "config.yaml"'],
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told(text: str, lines: list[str]) -> None:
    if lines:
        assert said(f"fleet: {text}") == [f"config.yaml {line}" for line in lines]
    else:
        assert read(f"fleet: {text}").fleet is not None


@pytest.mark.parametrize(
    ("redis", "shown", "loopback"),
    [
        ("redis://127.0.0.2", "redis://127.0.0.2:6379", True),
        ("rediss://Redis.lab:7000/3", "rediss://redis.lab:7000/3", False),
        ("redis://[::1]/", "redis://[::1]:6379", True),
    ],
)
def test_a_place_is_shown_as_it_is_asked(redis: str, shown: str, loopback: bool) -> None:
    fleet = read(f"fleet: {{redis: '{redis}', insecure: true, {KEYED}}}").fleet
    assert fleet is not None
    assert (str(fleet.redis), fleet.redis.is_loopback) == (shown, loopback)
