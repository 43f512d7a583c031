"""What config.yaml, the environment and the command line mean together, and what is said when they mean nothing."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

import pytest

from gateway.config import Config, ConfigError, load
from gateway.config.model import KeptPlace, RedactionRule
from gateway.config.reading import read_section
from gateway.config.values import Address
from tests.config.reading import read, said
from tests.harness.certificate import PEM
from tests.harness.for_each import for_each


def test_everything_is_told_at_once_in_the_order_of_the_file() -> None:
    lines = said(
        """
        cassettes: {match: [paht], record: []}
        mode: record
        listen: {port: "8080", prot: 1, tls: {cert_fil: a.pem, key_file: b.pem}}
        upstreams:
          lab: {origin: lab.example, connect_to: "a:b"}
          emulator: {connect_to: lab.example}
        mode: auto
        upstream: lba
        """,
        {"GATEWAY_LIMITS__MAX_BODY": "much", "GATEWAY_ROUT_BY_HOST": "true"},
        listen__host="a b",
    )
    assert lines == [
        'config.yaml cassettes.match[0]: expected method, path, query, upstream, headers, body, raw, query:NAME, header:NAME or body:$.NAME (all but one: query and -query:NAME), found "paht"',
        "config.yaml cassettes.record: expected at least one route in mode record, found an empty list",
        'config.yaml listen.port: expected a whole number, found "8080"',
        "config.yaml listen.tls.cert_fil: unknown key; did you mean cert_file?",
        "config.yaml listen.prot: unknown key; did you mean port?",
        'config.yaml upstreams.lab.origin: expected an http(s) origin, found "lab.example"',
        'config.yaml upstreams.lab.connect_to: expected host or host:port, found "a:b"',
        'config.yaml upstreams.emulator.connect_to: expected null, since the emulator needs no connection, found "lab.example"',
        "config.yaml:8 mode: duplicate key; line 3 has it already",
        'config.yaml upstream: expected the name of an upstream (emulator, production, staging), found "lba"',
        "GATEWAY_ROUT_BY_HOST: unknown name; did you mean GATEWAY_ROUTE_BY_HOST?",
        'GATEWAY_LIMITS__MAX_BODY: expected a size in bytes, or in KiB, MiB or GiB such as 64KiB, found "much"',
        '--host: expected a host name or an address, without a port, found "a b"',
    ]  # fmt: skip


def test_what_hangs_on_something_invalid_is_not_judged() -> None:
    """`lab` exists although its origin is wrong; with that origin unknown, nothing is said of its ca_file."""
    assert said("upstream: lab\nupstreams: {lab: {origin: x, ca_file: config.yaml}}") == [
        'config.yaml upstreams.lab.origin: expected an http(s) origin, found "x"'
    ]


@for_each(
    ("name", "value", "key", "expected"),
    [
        ("GATEWAY_MODE", "replay", "mode", "replay"),
        ("gateway_mode", "replay", "mode", "replay"),
        ("GATEWAY_LISTEN__PORT", "0", "listen.port", 0),
        ("GATEWAY_LISTEN__TLS", "null", "listen.tls", None),
        ("GATEWAY_ROUTE_BY_HOST", "true", "route_by_host", True),
        ("GATEWAY_FORWARDED_FOR__MODE", "off", "forwarded_for.mode", "off"),
        ("GATEWAY_FORWARDED_FOR__TRUSTED_PROXIES", "private", "forwarded_for.trusted_proxies", ("private",)),
        ("GATEWAY_FORWARDED_FOR__TRUSTED_PROXIES", "[10.0.0.0/8]", "forwarded_for.trusted_proxies", ("10.0.0.0/8",)),
        ("GATEWAY_FORWARDED_FOR__FALLBACK", "8.8.8.8", "forwarded_for.fallback", ip_address("8.8.8.8")),
        ("GATEWAY_CASSETTES__NAME", "2026", "cassettes.name", "2026"),
        ("GATEWAY_CASSETTES__MATCH", "[path, 'header:X-Y']", "cassettes.match", ("path", "header:X-Y")),
        ("GATEWAY_CASSETTES", "{name: other, device: ignore}", "cassettes.device", "ignore"),
        ("GATEWAY_REDACTION__ON_LEAK", "warn", "redaction.on_leak", "warn"),
        ("GATEWAY_REDACTION__KEY_FILE", "off", "redaction.key_file", Path("off")),
        (
            "GATEWAY_REDACTION__RULES",
            "[{header: X-Id, as: user}, {json: '$..email', as: email}]",
            "redaction.rules",
            (
                read_section(RedactionRule, {"header": "X-Id", "as": "user"}),
                read_section(RedactionRule, {"json": "$..email", "as": "email"}),
            ),
        ),
        (
            "GATEWAY_REDACTION__KEEP",
            "[{query: sid, reason: a test account's}]",
            "redaction.keep",
            (KeptPlace(query="sid", reason="a test account's"),),
        ),
        ("GATEWAY_LIMITS__MAX_BODY", "2MiB", "limits.max_body", 2 << 20),
        ("GATEWAY_LIMITS__MAX_BODY", "4096", "limits.max_body", 4096),
    ],
)
def test_every_key_can_be_set_from_the_environment(name: str, value: str, key: str, expected: object) -> None:
    found: object = load(None, {name: value}, {})
    for part in key.split("."):
        found = getattr(found, part)
    assert found == expected


def test_upstreams_can_be_set_from_the_environment() -> None:
    """An origin is text, though `emulator:` would be a map in YAML; names are compared without case and hyphen."""
    upstreams = read(
        "upstreams: {My-Lab: {origin: 'https://lab.example'}}",
        {
            "GATEWAY_UPSTREAMS__STAGING__CONNECT_TO": "[::1]:8443",
            "GATEWAY_UPSTREAMS__STAGING__TIMEOUT__READ": "0.5",
            "GATEWAY_UPSTREAMS__PRODUCTION__ORIGIN": "emulator:",
            "GATEWAY_UPSTREAMS__PRODUCTION__CONNECT_TO": "null",
            "GATEWAY_UPSTREAMS__MY_LAB__TIMEOUT": "{connect: 1}",
            "GATEWAY_UPSTREAMS__NEW__ORIGIN": "http://new.example",
            "GATEWAY_UPSTREAMS": "{other: {origin: 'http://other.example'}}",
        },
    ).upstreams
    assert upstreams["staging"].connect_to == Address("::1", 8443)
    assert upstreams["staging"].timeout.read == 0.5
    assert upstreams["production"].origin.is_emulator
    assert (upstreams["My-Lab"].timeout.connect, upstreams["My-Lab"].timeout.read) == (1, 30)
    assert upstreams["new"].origin.host == "new.example"
    assert upstreams["other"].origin.host == "other.example"


def test_the_longer_name_refines_the_shorter() -> None:
    listen = load(None, {"GATEWAY_LISTEN__PORT": "1", "GATEWAY_LISTEN": "{port: 2, host: '::1'}"}, {}).listen
    assert (listen.host, listen.port) == ("::1", 1)


@for_each(
    ("environ", "line"),
    [
        ({"GATEWAY_LISTEN__PORT": "'8080'"}, 'GATEWAY_LISTEN__PORT: expected a whole number, found "8080"'),
        ({"GATEWAY_LISTEN__PORT": ""}, "GATEWAY_LISTEN__PORT: expected a whole number, found null"),
        ({"GATEWAY_LISTEN": "{prot: 1}"}, "GATEWAY_LISTEN prot: unknown key; did you mean port?"),
        ({"GATEWAY_LISTEN": "{port: 1, port: 2}"}, "GATEWAY_LISTEN port: duplicate key; line 1 has it already"),
        ({"GATEWAY_LISTEN": "[1]"}, "GATEWAY_LISTEN: expected a map of keys, found a list"),
        ({"GATEWAY_LISTEN__PROT": "1"}, "GATEWAY_LISTEN__PROT: unknown name; did you mean GATEWAY_LISTEN__PORT?"),
        ({"GATEWAY_LISTEN__PORT__X": "1"}, "GATEWAY_LISTEN__PORT__X: unknown name; did you mean GATEWAY_LISTEN__PORT?"),
        ({"GATEWAY_": "1"}, "GATEWAY_: unknown name"),
        ({"GATEWAY_ZZZZZZZZZZZ\n": "secret"}, "GATEWAY_ZZZZZZZZZZZ\\n: unknown name"),
        ({"GATEWAY_MODE": "auto", "gateway_mode": "auto"}, "gateway_mode: expected each name once, in any case of letters, found GATEWAY_MODE, too"),
        (
            {"GATEWAY_CASSETTES__RECORD": "[GET /a, 5]"},
            'GATEWAY_CASSETTES__RECORD [1]: expected a route such as "DELETE /api/v1/logout", found 5',
        ),
        (
            {"GATEWAY_CASSETTES__MATCH": "[path"},
            "GATEWAY_CASSETTES__MATCH: not YAML: did not find expected ',' or ']', while parsing a flow sequence",
        ),
        ({"GATEWAY_UPSTREAM": "lab"}, 'GATEWAY_UPSTREAM: expected the name of an upstream (emulator, production, staging), found "lab"'),
        ({"GATEWAY_UPSTREAMS__LAB__CONNECT_TO": "a"}, "GATEWAY_UPSTREAMS__LAB__ORIGIN: expected a value, found none"),
        ({"GATEWAY_LISTEN__TLS__CERT_FILE": "a"}, "GATEWAY_LISTEN__TLS__KEY_FILE: expected a value, found none"),
        ({"GATEWAY_LIMITS__MAX_HEAD": "\udc80"}, "GATEWAY_LIMITS__MAX_HEAD: expected UTF-8, found other bytes"),
    ],
)  # fmt: skip
@for_each("file", [False, True])
def test_a_problem_of_the_environment_is_told_by_its_name(file: bool, environ: Mapping[str, str], line: str) -> None:
    if file:
        Path("config.yaml").write_text("listen: {tls: null}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(None, environ, {})
    assert str(caught.value) == line


def test_other_names_are_nobodys_business() -> None:
    environ = {"PATH": "/bin", "MY_GATEWAY_MODE": "x", "GATEWAYS": "2", "GATEWAY_REDACTION_KEY": "secret"}
    assert load(None, environ, {}) == Config()


def test_command_line_beats_environment_beats_file_beats_default() -> None:
    text = "mode: record\nupstream: production\nlisten: {port: 1, host: '::1'}\n"
    config = read(text, {"GATEWAY_UPSTREAM": "staging", "GATEWAY_LISTEN__PORT": "2"}, listen__port=3, mode=None)
    assert (config.mode, config.upstream, config.listen.port) == ("record", "staging", 3)
    assert (config.listen.host, config.cassettes.name) == ("::1", "logout")
    assert read("mode: nonsense", {}, mode="replay").mode == "replay"


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("mode", "rpley", '--mode: expected passthrough, record, replay or auto, found "rpley"; did you mean replay?'),
        ("upstream", "x", '--upstream: expected the name of an upstream (emulator, production, staging), found "x"'),
        ("listen.port", 65536, "--port: expected at most 65535, found 65536"),
        ("listen.host", "a b", '--host: expected a host name or an address, without a port, found "a b"'),
        ("cassettes.name", "", '--cassette: expected the name or the path of a cassette, found ""'),
    ],
)
def test_a_problem_of_the_command_line_is_told_by_its_option(key: str, value: object, line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(None, {}, {key: value})
    assert str(caught.value) == line


@pytest.mark.parametrize(
    ("file", "settings", "option", "expected"),
    [
        (None, "", None, "cassettes/logout.yaml"),
        (None, "", "other", "cassettes/other.yaml"),
        (None, "", "other.yaml", "other.yaml"),
        (None, "", "a/b", "a/b"),
        ("config.yaml", "name: other", None, "cassettes/other.yaml"),
        ("config.yaml", "name: other.yml", None, "cassettes/other.yml.yaml"),
        ("config.yaml", "{name: other, dir: tapes}", None, "tapes/other.yaml"),
        ("conf/config.yaml", "{}", None, "conf/cassettes/logout.yaml"),
        ("conf/config.yaml", "name: other", None, "conf/cassettes/other.yaml"),
        ("conf/config.yaml", "dir: ../tapes", None, "conf/../tapes/logout.yaml"),
        ("conf/config.yaml", "dir: /tapes", None, "/tapes/logout.yaml"),
        ("conf/config.yaml", "name: ./other", None, "conf/other"),
        ("conf/config.yaml", "name: other.yaml", None, "conf/other.yaml"),
        ("conf/config.yaml", "name: /other.yaml", None, "/other.yaml"),
        ("conf/config.yaml", "{name: x, dir: tapes}", "other", "conf/tapes/other.yaml"),
        ("conf/config.yaml", "name: x", "/other.yaml", "/other.yaml"),
        ("conf/config.yaml", "name: x", "./other", "{here}/other"),
        ("conf/config.yaml", "name: x", "other.yaml", "{here}/other.yaml"),
    ],
)
def test_where_a_cassette_is(
    file: str | None, settings: str, option: str | None, expected: str, tmp_path: Path
) -> None:
    """A name is a file in the folder of cassettes; paths start at the file, those of the command line where one stands."""
    path = Path(file) if file else None
    if path:
        path.parent.mkdir(exist_ok=True)
        inside = settings if settings.startswith("{") else f"{{{settings}}}"
        path.write_text(f"cassettes: {inside}\n", encoding="utf-8")
    assert load(path, {}, {"cassettes.name": option}).cassette_path() == Path(expected.format(here=tmp_path))


def test_paths_in_a_file_start_in_its_folder() -> None:
    conf = Path("conf")
    conf.mkdir()
    for name in ("cert.pem", "key.pem", "ca.pem"):
        (conf / name).write_text(PEM, encoding="ascii")
    text = "listen: {tls: {cert_file: cert.pem, key_file: key.pem}}\nredaction: {}\n"
    (conf / "c.yaml").write_text(text, encoding="utf-8")
    config = load(conf / "c.yaml", {"GATEWAY_UPSTREAMS__STAGING__CA_FILE": "ca.pem"}, {})
    assert config.listen.tls is not None
    assert (config.listen.tls.cert_file, config.listen.tls.key_file) == (conf / "cert.pem", conf / "key.pem")
    assert config.upstreams["staging"].ca_file == conf / "ca.pem"
    assert config.redaction.key_file == conf / ".gateway-key"
    (conf / "c.yaml").write_text("mode: auto\n", encoding="utf-8")
    assert load(conf / "c.yaml", {}, {}).redaction.key_file == conf / ".gateway-key"


def test_an_unreadable_file_does_not_hide_what_else_is_wrong() -> None:
    lines = said("mode: [", {"GATEWAY_LISTEN__PORT": "x"}, mode="x", upstream="only the file would know")
    assert lines == [
        "config.yaml:2: not YAML: did not find expected node content, while parsing a flow node",
        'GATEWAY_LISTEN__PORT: expected a whole number, found "x"',
        '--mode: expected passthrough, record, replay or auto, found "x"',
    ]


def test_a_named_file_must_be_there() -> None:
    Path("folder").mkdir()
    for path, line in (
        ("conf/mine.yaml", "conf/mine.yaml: expected a file, found none"),
        ("folder", "folder: expected a readable file, found: Is a directory"),
        ("a\0b", "a\\x00b: expected a readable file, found: embedded null byte"),
    ):
        with pytest.raises(ConfigError) as caught:
            load(Path(path), {}, {})
        assert str(caught.value) == line


def test_of_very_many_problems_the_first_are_told_and_the_others_counted() -> None:
    with pytest.raises(ConfigError) as raised:
        load(None, {f"GATEWAY_NONE_{number:03}": "x" for number in range(120)}, {})
    lines = str(raised.value).splitlines()
    assert (len(lines), lines[-1]) == (51, "and 70 more problems")
    assert len(raised.value.problems) == 120
