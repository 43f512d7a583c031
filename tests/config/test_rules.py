"""What `rules` and `clients` may say, and what is said of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import ConfigError, deprecated, load
from gateway.config.reading import keys_of
from gateway.config.to_core import rules_of
from gateway.core.rules import RULES
from gateway.core.rules.absolute_logout_url import AbsoluteLogoutUrl
from gateway.core.rules.set_header import SetHeader
from gateway.core.rules.v1_logout import V1Logout
from gateway.core.when import HeaderWhen, LogoutWhen
from tests.harness.for_each import for_each


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def said(text: str) -> list[str]:
    Path("config.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load(None, {}, {})
    return [str(problem) for problem in error.value.problems]


def test_a_configuration_becomes_rules_in_its_order() -> None:
    text = """
audit: {response_header: true}
rules:
- v1_logout:
    mvpd: {REF30: Cablevision, default: discover}
    redirect_url: https://example.com/signed-out
    authorization: pass
    v1: never
    sso_headers: pass
    reply: v2
    when: {requestor: [REF30], host: lab}
    dry_run: true
- set_header: {name: X-Lab, value: "rack 7", scope: response, when: {device: tv}}
- absolute_logout_url: {host: "SP.auth.adobe.com:8443"}
"""
    Path("config.yaml").write_text(text, encoding="utf-8")
    assert rules_of(load(None, {}, {})) == (
        V1Logout(
            redirect_url="https://example.com/signed-out",
            mvpd={"REF30": "Cablevision", "default": "discover"},
            authorization="pass",
            v1="never",
            sso_headers="pass",
            reply="v2",
            when=LogoutWhen(requestor=("REF30",), host=("lab",)),
            dry_run=True,
            response_header=True,
            pages={
                "emulator": "https://sp.auth.adobe.com",
                "production": "https://sp.auth.adobe.com",
                "staging": "https://sp.auth-staging.adobe.com",
            },
        ),
        SetHeader("X-Lab", "rack 7", "response", HeaderWhen(device=("tv",))),
        AbsoluteLogoutUrl("sp.auth.adobe.com:8443"),
    )


@for_each(
    ("written", "read", "said_of_it"),
    [
        ("", "also", []),
        (", v1: never", "never", []),
        (", no_profile: v1", "when_no_profile", ["v1: when_no_profile instead of no_profile: v1"]),
        (", no_profile: 204", "never", ["v1: never instead of no_profile: 204"]),
        (", no_profile: null", "also", []),
        (", no_profile: null, v1: when_no_profile", "when_no_profile", []),
    ],
)
def test_the_deprecated_spelling_keeps_its_meaning(written: str, read: str, said_of_it: list[str]) -> None:
    text = f"rules:\n- remove_header: {{name: X}}\n- v1_logout: {{redirect_url: 'x://y'{written}}}\n"
    Path("config.yaml").write_text(text, encoding="utf-8")
    config = load(None, {}, {})
    rule = rules_of(config)[1]
    assert isinstance(rule, V1Logout)
    assert rule.v1 == read
    assert list(deprecated(config)) == [("rules[1].v1_logout.no_profile", told) for told in said_of_it]


def test_every_rule_can_be_configured() -> None:
    from gateway.config.rules import Rule  # noqa: PLC0415  # only here

    assert set(keys_of(Rule)) == set(RULES)


@for_each(
    ("rule", "problem"),
    [
        ("{v1_logout: {redirect_ur: x}}", ".v1_logout.redirect_ur: unknown key; did you mean redirect_url?"),
        ("{v1_logot: {}}", ".v1_logot: unknown key; did you mean v1_logout?"),
        ("{}", ": expected one of v1_logout, set_header, remove_header, absolute_logout_url, found none"),
        ("{remove_header: {name: a}, set_header: {name: a, value: b}}", ": expected one of v1_logout, set_header, remove_header, absolute_logout_url, found set_header and remove_header"),
        ("{v1_logout: {redirect_url: /bye}}", '.v1_logout.redirect_url: expected an absolute URL in visible ASCII characters, found "/bye"'),
        ("{v1_logout: {redirect_url: 'https://a b'}}", '.v1_logout.redirect_url: expected an absolute URL in visible ASCII characters, found "https://a b"'),
        ("{v1_logout: {redirect_url: 'x://y', no_profile: v2}}", '.v1_logout.no_profile: expected v1 or 204, found "v2"'),
        ("{v1_logout: {redirect_url: 'x://y', no_profile: v1, v1: also}}", ".v1_logout.no_profile: expected only v1, which replaces this key, found both"),
        ("{v1_logout: {redirect_url: 'x://y', v1: 204}}", ".v1_logout.v1: expected also, when_no_profile or never, found 204"),
        ("{v1_logout: {redirect_url: 'x://y', mvpd: a/b}}", '.v1_logout.mvpd: expected discover, an MVPD\'s id, or a map that has one of them for each requestor and for default, found "a/b"'),
        ("{v1_logout: {redirect_url: 'x://y', mvpd: {}}}", ".v1_logout.mvpd: expected discover, an MVPD's id, or a map that has one of them for each requestor and for default, found a map"),
        ("{set_header: {name: Content-Length, value: '1'}}", '.set_header.name: expected the name of a header field that is not the connection\'s own, found "Content-Length"'),
        ("{set_header: {name: 'a b', value: '1'}}", '.set_header.name: expected the name of a header field that is not the connection\'s own, found "a b"'),
        ('{set_header: {name: X, value: "a\\r\\nb"}}', '.set_header.value: expected a header field\'s value, in one line of ISO-8859-1, found "a\\r\\nb"'),
        ("{set_header: {name: X, value: ✓}}", '.set_header.value: expected a header field\'s value, in one line of ISO-8859-1, found "✓"'),
        ("{remove_header: {name: host}}", '.remove_header.name: expected the name of a header field that is not the connection\'s own, found "host"'),
        ("{remove_header: {name: X, when: {route: /x}}}", '.remove_header.when.route[0]: expected a method in capitals, a space and a path, such as "DELETE /api/v1/logout", found "/x"'),
        ("{absolute_logout_url: {host: 'https://x'}}", '.absolute_logout_url.host: expected host or host:port, found "https://x"'),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_rule_is_said_with_its_place(rule: str, problem: str) -> None:
    place = f"config.yaml rules[1]{problem}"
    assert place in said(f"rules:\n- remove_header: {{name: X-Other}}\n- {rule}\n")


def test_a_secret_that_is_not_there_is_said_but_in_a_replay() -> None:
    text = "clients: {default: {software_statement_file: statement.jwt}}\n"
    assert said(text) == [
        'config.yaml clients.default.software_statement_file: expected a file, found none at "statement.jwt"'
    ]
    Path("config.yaml").write_text(f"{text}mode: replay\n", encoding="utf-8")
    assert load(None, {}, {}).clients.default.software_statement_file == Path("statement.jwt")


def test_the_state_lies_beside_the_configuration(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "config.yaml").write_text("mode: replay\n", encoding="ascii")
    assert load(folder / "config.yaml", {}, {}).clients.state_file == folder / ".gateway-state.json"


def test_secrets_of_the_environment_are_no_keys_of_the_configuration() -> None:
    secrets = dict.fromkeys(("GATEWAY_SOFTWARE_STATEMENT", "GATEWAY_CLIENT_ID", "GATEWAY_CLIENT_SECRET"), "x")
    assert load(None, secrets, {}) == load(None, {}, {})
