"""The effective configuration is shown as YAML that means the same, each value with where it came from, and without secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import Config, load, load_with_sources
from gateway.config.reading import keys_of
from gateway.config.showing import LEFT_OUT, effective, text_of
from tests.harness.for_each import for_each

FILE = """\
mode: replay
listen: {host: 0.0.0.0}
upstreams:
  lab:
    origin: http://127.0.0.1:9
redaction:
  rules:
    - {header: X-Partner-Id, as: user}
    - {pattern: "acct-[0-9]+", as: account}
  keep: [{query: sid, reason: "no: session"}]
rules:
  - v1_logout: {redirect_url: "https://example.com/bye", mvpd: {REF30: Dish, default: discover}, when: {requestor: [REF30]}}
  - set_header: {name: X-Lab, value: rack-7, scope: request}
cassettes: {record: v2, match: [method, "query:a b"]}
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def shown(text: str = FILE, **environ: str) -> dict[str, str]:
    """What is shown for each line: the last word of its key, and its source."""
    Path("config.yaml").write_text(text)
    lines = text_of(load_with_sources(None, environ, {"listen.port": 7}), environ).splitlines()
    return {line.partition(" #")[0].strip(): line.rpartition("# ")[2] for line in lines if " #" in line}


def test_each_value_says_where_it_came_from() -> None:
    said = shown(GATEWAY_LOG__LEVEL="error", GATEWAY_AUDIT="{mode: off}", GATEWAY_UPSTREAMS__LAB__CONNECT_TO="lab:80")
    assert said["mode: replay"] == "config.yaml:1"
    assert said["host: 0.0.0.0"] == "config.yaml:2"
    assert said["port: 7"] == "--port"
    assert said['origin: "http://127.0.0.1:9"'] == "config.yaml:5"
    assert said['connect_to: "lab:80"'] == "GATEWAY_UPSTREAMS__LAB__CONNECT_TO"
    assert said["level: error"] == "GATEWAY_LOG__LEVEL"
    assert said['mode: "off"' if 'mode: "off"' in said else "mode: off"] == "GATEWAY_AUDIT"
    assert said["enforce_at: error"] == "default"


@for_each("text", ["", FILE, "mode: record\nroute_by_host: true\n", "audit: {checks: {XFF002: off}}", "limits: {max_body: 1GiB}",
                   "forwarded_for: {trusted_proxies: private, fallback: 8.8.8.8}\n"])  # fmt: skip
def test_what_is_shown_means_the_same(text: str) -> None:
    Path("config.yaml").write_text(text)
    loaded = load_with_sources(Path("config.yaml"), {}, {})
    Path("again.yaml").write_text(text_of(loaded, {}))
    assert load(Path("again.yaml"), {}, {}) == loaded.config


def test_every_key_is_shown() -> None:
    assert list(effective(Config())) == list(keys_of(Config))


@for_each(
    ("rule", "secret"),
    [
        ("set_header: {name: Authorization, value: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2ln, scope: request}", "eyJ"),
        ("set_header: {name: Cookie, value: sid=q8Zt4LmW7xKc2VbN9pRs3YdF6, scope: request}", "q8Zt"),
        ("set_header: {name: AP-Device-Identifier, value: fingerprint cm9rdS0wMDAwMDAwMDAwMDAw, scope: request}", "cm9r"),
        ("v1_logout: {redirect_url: 'https://example.com/?access_token=q8Zt4LmW7xKc2VbN9pRs3YdF6'}", "q8Zt"),
    ],
)  # fmt: skip
def test_a_secret_is_left_out(rule: str, secret: str) -> None:
    Path("config.yaml").write_text(f"rules:\n  - {rule}\n")
    text = text_of(load_with_sources(None, {}, {}), {})
    assert secret not in text
    assert LEFT_OUT in text


@for_each(
    ("option", "secret"),
    [
        ("headers: {Set-Cookie: AWSALB=q8Zt4LmW7xKc2VbN9pRs3YdF6}", "q8Zt"),
        ("headers: {authorization: Bearer q8Zt4LmW7xKc2VbN9pRs3YdF6}", "q8Zt"),
        ("headers: {Location: 'https://example.com/?access_token=q8Zt4LmW7xKc2VbN9pRs3YdF6'}", "q8Zt"),
        ("""body: '{"access_token": "q8Zt4LmW7xKc2VbN9pRs3YdF6"}'""", "q8Zt"),
    ],
)
def test_a_secret_of_a_fault_is_left_out(option: str, secret: str) -> None:
    Path("config.yaml").write_text(f"faults:\n  - status: {{code: 503, {option}}}\n")
    text = text_of(load_with_sources(None, {}, {}), {})
    assert secret not in text
    assert LEFT_OUT in text


def test_secrets_of_the_environment_are_named_alone() -> None:
    environ = {"GATEWAY_REDACTION_KEY": "a" * 64, "GATEWAY_CLIENT_SECRET": "hunter2"}
    text = text_of(load_with_sources(None, environ, {}), environ)
    assert text.endswith(f"# GATEWAY_CLIENT_SECRET: {LEFT_OUT}\n# GATEWAY_REDACTION_KEY: {LEFT_OUT}\n")
    assert "aaaa" not in text
    assert "hunter2" not in text
