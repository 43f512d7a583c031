"""What the section `control` takes, and how the configuration is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import ConfigError, load
from gateway.config.plain_values import plain
from tests.harness.for_each import for_each


@for_each(
    ("key", "value", "problem"),
    [
        ("port", 70000, "--port: expected"),
        ("port", "x", "--port: expected"),
        ("host", "http://x", "expected a host name or an address"),
        ("hosts", ["a:80"], "expected a host name or an address"),
        ("allow", ["everything"], "expected network"),
        ("token_file", "", "expected a path"),
        ("enabled", "perhaps", "expected"),
    ],
)
def test_a_wrong_value_is_told(key: str, value: object, problem: str) -> None:
    with pytest.raises(ConfigError) as told:
        load(None, {}, {f"control.{key}": value})
    assert problem in str(told.value)


def test_it_is_on_loopback_and_allows_nothing_unless_told(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("control: {hosts: tv.lab, allow: network}\n")
    control = load(file, {}, {}).control
    assert (control.enabled, control.host, control.port) == (True, "127.0.0.1", 8099)
    assert (control.hosts, control.allow) == (("tv.lab",), ("network",))
    assert control.token_file == tmp_path / ".gateway-control-token"


def test_a_configuration_is_shown_as_the_file_would_say_it(tmp_path: Path) -> None:
    text = "upstreams: {lab: {origin: 'http://10.0.0.7:81'}}\nrules: [{remove_header: {name: X-A}}]\n"
    file = tmp_path / "config.yaml"
    file.write_text(text)
    shown = plain(load(file, {}, {}))
    assert isinstance(shown, dict)
    assert shown["upstreams"]["lab"]["origin"] == "http://10.0.0.7:81"
    assert [*shown["rules"][0]] == ["remove_header"]
    assert shown["cassettes"]["dir"] == str(tmp_path / "cassettes")
