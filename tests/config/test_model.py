"""The sections and their defaults are those of the shipped file."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import Config, Origin, UpstreamSection, load
from gateway.config.values import Address
from gateway.core.adobe.routes import LOGOUT_ROUTES
from tests.config.reading import IN_LISTS, ROOT, keys, read
from tests.harness.for_each import for_each


def test_without_a_file_everything_has_its_default() -> None:
    config = load(None, {}, {})
    assert config == Config()
    assert (config.listen.host, config.listen.port, config.listen.tls) == ("127.0.0.1", 8080, None)
    assert (config.mode, config.upstream, config.route_by_host) == ("auto", "emulator", False)
    assert config.cors == "on"
    assert {name: str(upstream.origin) for name, upstream in config.upstreams.items()} == {
        "emulator": "emulator:",
        "production": "https://api.auth.adobe.com",
        "staging": "https://api.auth-staging.adobe.com",
    }
    staging = config.upstreams["staging"]
    assert (staging.connect_to, staging.ca_file) == (None, None)
    assert (staging.timeout.connect, staging.timeout.read) == (5, 30)
    assert (config.forwarded_for.mode, config.forwarded_for.trusted_proxies, config.forwarded_for.fallback) == (
        "replace",
        (),
        None,
    )
    assert [str(route) for route in config.cassettes.record] == list(LOGOUT_ROUTES)
    assert config.cassettes.match == ("method", "path", "query")
    assert (config.cassettes.device, config.cassettes.on_exhausted) == ("prefer", "last")
    assert config.cassettes.max_age == 90 * 86400
    assert config.cassette_path() == Path("cassettes/logout.yaml")
    assert (config.redaction.key_file, config.redaction.on_leak) == (Path(".gateway-key"), "refuse")
    assert (config.redaction.rules, config.redaction.keep) == ((), ())
    assert (config.limits.max_body, config.limits.max_head) == (1 << 20, 1 << 16)


@for_each("text", ["", "# nothing\n", "---\n", "null", "\ufeff", "{}"])
def test_an_empty_file_says_nothing(text: str) -> None:
    assert read(text) == Config()


def test_the_shipped_file_is_the_defaults_with_every_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = Path("config.yaml").read_text(encoding="utf-8")
    assert load(None, {}, {}) == Config()
    assert [key for key in keys(Config) if f"{key}:" not in text and key not in IN_LISTS] == []
    assert text.startswith("# yaml-language-server: $schema=gateway/config.schema.json\n")


def test_a_built_in_upstream_changes_only_in_the_keys_of_its_entry() -> None:
    upstreams = read("""
        upstreams:
          staging: {connect_to: "127.0.0.1:8443", timeout: {read: 2.5}}
          emulator: {origin: "http://127.0.0.1:9999"}
          lab: {origin: "https://lab.example"}
    """).upstreams
    assert list(upstreams) == ["emulator", "production", "staging", "lab"]
    staging = upstreams["staging"]
    assert str(staging.origin) == "https://api.auth-staging.adobe.com"
    assert staging.connect_to == Address("127.0.0.1", 8443)
    assert (staging.timeout.connect, staging.timeout.read) == (5, 2.5)
    assert upstreams["emulator"].origin.port == 9999
    assert upstreams["production"] == Config().upstreams["production"]


def test_each_upstream_has_its_pages_somewhere() -> None:
    """A root-relative URL of a logout belongs there; the built-in emulator stands for production."""
    config = read("upstreams: {lab: {origin: 'https://lab.example'}, other: {origin: 'emulator://127.0.0.1:9000'}}")
    assert config.origins_of_pages == {
        "emulator": "https://sp.auth.adobe.com",
        "production": "https://sp.auth.adobe.com",
        "staging": "https://sp.auth-staging.adobe.com",
        "lab": "https://lab.example",
        "other": "http://127.0.0.1:9000",
    }


def test_code_may_make_a_configuration_of_its_own() -> None:
    fake = UpstreamSection(origin=Origin.parse("http://127.0.0.1:1"), connect_to=Address("127.0.0.1", 2))
    assert Config(upstreams={"fake": fake}, upstream="fake").upstreams["fake"] == fake
