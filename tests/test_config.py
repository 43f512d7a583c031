"""What config.yaml, the environment and the command line mean together, and what is said when they mean nothing."""

import json
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import suppress
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

import gateway
from gateway.config import Config, ConfigError, Origin, UpstreamSection, load
from gateway.config.json_schema import schema
from gateway.config.model import KeptPlace, RedactionRule
from gateway.config.shape import environment_names
from gateway.config.values import Address
from gateway.core.adobe.routes import LOGOUT_ROUTES

ROOT = Path(gateway.__file__).parent.parent
PEM = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgF9gKacykI4WILVmF
io3pV8o3ddF7GJvm6FoagCkaldqhRANCAARmDscSiLiJXdoFcQrJPLdfpdCu5/fT
NumF5uBuwxwFPnjFxLELI11sT72eE274JvFMYgFQKDdgjz2KCJdihoBG
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBfzCCASWgAwIBAgIUMBXLnu1bo7j1pZQFpb5o/86wtu8wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjA1MjQxMFoYDzIxMjYxMDI5
MDUyNDEwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARmDscSiLiJXdoFcQrJPLdfpdCu5/fTNumF5uBuwxwFPnjFxLELI11s
T72eE274JvFMYgFQKDdgjz2KCJdihoBGo1MwUTAdBgNVHQ4EFgQUdcWHBQlpIDO+
96HXjD/F4K3q350wHwYDVR0jBBgwFoAUdcWHBQlpIDO+96HXjD/F4K3q350wDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiBbTpu8qe7Q3ZwIYa5uI8w8
8Nj3SqGmXGTZlNV2IXs/NAIhALyufPLRygDj0/DXFKhML503uMR2rQ6CfNwf7e3V
/I/i
-----END CERTIFICATE-----
"""
"""A certificate for localhost and its key, made for these tests and trusted by nobody."""


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that one example after another is written to."""
    return tmp_path_factory.mktemp("config") / "config.yaml"


def read(text: str = "", environ: Mapping[str, str] | None = None, **options: object) -> Config:
    Path("config.yaml").write_text(textwrap.dedent(text), encoding="utf-8")
    return load(None, environ or {}, {key.replace("__", "."): value for key, value in options.items()})


def said(text: str = "", environ: Mapping[str, str] | None = None, **options: object) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(text, environ, **options)
    assert str(caught.value).splitlines() == [str(problem) for problem in caught.value.problems]
    return str(caught.value).splitlines()


def test_without_a_file_everything_has_its_default() -> None:
    config = load(None, {}, {})
    assert config == Config()
    assert (config.listen.host, config.listen.port, config.listen.tls) == ("127.0.0.1", 8080, None)
    assert (config.mode, config.upstream, config.route_by_host) == ("auto", "emulator", False)
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


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "null", "\ufeff", "{}"])
def test_an_empty_file_says_nothing(text: str) -> None:
    assert read(text) == Config()


def test_the_shipped_file_is_the_defaults_with_every_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = Path("config.yaml").read_text(encoding="utf-8")
    assert load(None, {}, {}) == Config()
    assert [key for key in keys(Config) if f"{key}:" not in text and key not in IN_LISTS] == []
    assert text.startswith("# yaml-language-server: $schema=gateway/config.schema.json\n")


def test_the_shipped_schema_is_current() -> None:
    """To renew it: `gateway config schema > gateway/config.schema.json`."""
    shipped = json.loads((ROOT / "gateway/config.schema.json").read_text(encoding="utf-8"))
    assert shipped == json.loads(json.dumps(schema()))


def test_the_schema_describes_every_key_and_insists_on_none_of_them() -> None:
    written = schema()
    sections = [written, *written["$defs"].values()]
    assert sorted(key for section in sections for key in section["properties"]) == sorted(keys(Config))
    for section in sections:
        assert section["additionalProperties"] is False
        assert section["description"]
        for value in section["properties"].values():
            assert "description" in value or "$ref" in value
    required = {section["title"]: section["required"] for section in sections if "required" in section}
    assert required == {
        "Tls": ["cert_file", "key_file"],
        "RedactionRule": ["as"],
        "KeptPlace": ["reason"],
        "V1Logout": ["redirect_url"],
        "SetHeader": ["name", "value"],
        "RemoveHeader": ["name"],
        "AbsoluteLogoutUrl": ["host"],
    }
    assert written["$defs"]["Limits"]["properties"]["max_body"]["type"] == ["integer", "string"]
    assert written["$defs"]["Cassettes"]["properties"]["record"]["default"] == list(LOGOUT_ROUTES)


IN_LISTS = {"header", "query", "json", "pattern", "as", "reason"} | {
    "v1_logout", "redirect_url", "mvpd", "authorization", "no_profile", "reply", "when", "dry_run", "requestor", "route",
    "set_header", "remove_header", "absolute_logout_url", "scope", "value",
}  # fmt: skip
"""Keys of the entries of a list: the environment sets the list as a whole."""


def keys(section: type[BaseModel]) -> Iterator[str]:
    """Every key of a section and of those inside it, once for each class."""
    seen, waiting = set(), [section]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        yield from (field.alias or name for name, field in current.model_fields.items())
        for field in current.model_fields.values():
            waiting += [kind for kind in inner(field.annotation) if issubclass(kind, BaseModel)]


def inner(annotation: object) -> Iterator[type]:
    """Every class that an annotation names."""
    if isinstance(annotation, type):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from inner(argument)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        # wrong types: nothing is taken for what it resembles
        ("listen: {port: '8080'}", 'listen.port: expected a whole number, found "8080"'),
        ("listen: {port: true}", "listen.port: expected a whole number, found true"),
        ("listen: {port: 80.5}", "listen.port: expected a whole number, found 80.5"),
        ("listen: {port: }", "listen.port: expected a whole number, found null"),
        ("listen: {port: 70000}", "listen.port: expected at most 65535, found 70000"),
        ("listen: {port: -1}", "listen.port: expected at least 0, found -1"),
        (f"listen: {{port: {'9' * 30}}}", f"listen.port: expected at most 65535, found {'9' * 30}"),
        (f"listen: {{port: {'9' * 40}}}", "listen.port: expected at most 65535, found a very large number"),
        ("listen: {host: 1}", "listen.host: expected a host name or an address, without a port, found 1"),
        (
            "listen: {host: 'localhost:80'}",
            'listen.host: expected a host name or an address, without a port, found "localhost:80"',
        ),
        ("listen: {host: 300.1.1.1}", 'listen.host: expected a host name or an address, without a port, found "300.1.1.1"'),
        ("listen: 5", "listen: expected a map of keys, found 5"),
        ("listen: [a]", "listen: expected a map of keys, found a list"),
        ("listen:", "listen: expected a map of keys, found null"),
        ("listen: {tls: {cert_file: a.pem}}", "listen.tls.key_file: expected a value, found none"),
        ("listen: {tls: {cert_file: '', key_file: 1}}", 'listen.tls.cert_file: expected a path, found ""'),
        ("mode: yes", 'mode: expected passthrough, record, replay or auto, found "yes"'),
        ("mode: rply", 'mode: expected passthrough, record, replay or auto, found "rply"; did you mean replay?'),
        ("mode: true", "mode: expected passthrough, record, replay or auto, found true"),
        ("upstream: 1", "upstream: expected text, found 1"),
        ("route_by_host: yes", 'route_by_host: expected true or false, found "yes"'),
        ("route_by_host: 1", "route_by_host: expected true or false, found 1"),
        ("upstreams: []", "upstreams: expected a map of keys, found an empty list"),
        ("upstreams: {staging: no}", 'upstreams.staging: expected a map of keys, found "no"'),
        ("upstreams: {lab: {}}", "upstreams.lab.origin: expected a value, found none"),
        ("upstreams: {stagin: {}}", "upstreams.stagin.origin: expected a value, found none; did you mean staging?"),
        (
            "upstreams: {a__b: {origin: 'emulator:'}}",
            'upstreams.a__b: expected a name of up to 63 letters and digits, joined by single - or _, found "a__b"',
        ),
        (
            "upstreams: {staging: {connect_to: 'a:b'}}",
            'upstreams.staging.connect_to: expected host or host:port, found "a:b"',
        ),
        (
            "upstreams: {staging: {timeout: {connect: 0}}}",
            "upstreams.staging.timeout.connect: expected more than 0.0, found 0",
        ),
        (
            "upstreams: {staging: {timeout: {read: .inf}}}",
            "upstreams.staging.timeout.read: expected a finite number, found inf",
        ),
        (
            "upstreams: {staging: {timeout: {read: true}}}",
            "upstreams.staging.timeout.read: expected a number, found true",
        ),
        ("upstreams: {staging: {ca_file: 3}}", "upstreams.staging.ca_file: expected a path, found 3"),
        ("forwarded_for: {mode: false}", "forwarded_for.mode: expected replace, append or off, found false"),
        (
            "forwarded_for: {trusted_proxies: [10.0.0.1/8]}",
            'forwarded_for.trusted_proxies[0]: expected a network without host bits, 10.0.0.0/8, found "10.0.0.1/8"',
        ),
        (
            "forwarded_for: {trusted_proxies: [private, lan]}",
            ("forwarded_for.trusted_proxies[1]: expected a network such as 10.0.0.0/8, or the word private,"
            ' found "lan"'),
        ),
        ("forwarded_for: {trusted_proxies: {a: b}}", "forwarded_for.trusted_proxies: expected a list, found a map"),
        ("forwarded_for: {trusted_proxies: [3]}", "forwarded_for.trusted_proxies[0]: expected text, found 3"),
        ("cassettes: {dir: [a]}", "cassettes.dir: expected a path, found a list"),
        ("cassettes: {name: ''}", 'cassettes.name: expected the name of a cassette, or the path of one, found ""'),
        ("cassettes: {name: a/}", 'cassettes.name: expected the name of a cassette, or the path of one, found "a/"'),
        ("cassettes: {record: GET /a}", 'cassettes.record: expected a list, found "GET /a"'),
        (
            "cassettes: {record: ['GET /a', GET]}",
            ("cassettes.record[1]: expected a method in capitals, a space and a path,"
            ' such as "DELETE /api/v1/logout", found "GET"'),
        ),
        ("cassettes: {record: ['GET /{']}", 'cassettes.record[0]: expected { and } in pairs, one inside no other, found "/{"'),
        (
            "cassettes: {record: [1]}",
            'cassettes.record[0]: expected a route such as "DELETE /api/v1/logout", found 1',
        ),
        ("cassettes: {match: []}", "cassettes.match: expected at least one matcher, found an empty list"),
        ("cassettes: {match: [path, path]}", 'cassettes.match: expected each matcher once, found "path"'),
        ("cassettes: {match: ['header:A', 'header:a']}", 'cassettes.match: expected each matcher once, found "header:a"'),
        (
            "cassettes: {match: ['header:']}",
            'cassettes.match[0]: expected header:NAME with the name of a header field, found "header:"',
        ),
        (
            "cassettes: {match: [header]}",
            'cassettes.match[0]: expected header:NAME with the name of a header field, found "header"',
        ),
        (
            "cassettes: {match: ['header:a b']}",
            'cassettes.match[0]: expected header:NAME with the name of a header field, found "header:a b"',
        ),
        (
            "cassettes: {match: [host]}",
            'cassettes.match[0]: expected method, path, query, upstream, body or header:NAME, found "host"',
        ),
        ("cassettes: {device: maybe}", 'cassettes.device: expected prefer, require or ignore, found "maybe"'),
        ("cassettes: {on_exhausted: lst}", 'cassettes.on_exhausted: expected last, error or cycle, found "lst"; did you mean last?'),
        ("redaction: {on_leak: wran}", 'redaction.on_leak: expected refuse or warn, found "wran"; did you mean warn?'),
        ("redaction: {key_file: ''}", 'redaction.key_file: expected a path, found ""'),
        ("redaction: {rules: {header: X}}", "redaction.rules: expected a list, found a map"),
        ("redaction: {rules: [X]}", 'redaction.rules[0]: expected a map of keys, found "X"'),
        (
            "redaction: {rules: [{json: '$[', as: user}]}",
            'redaction.rules[0].json: expected a JSONPath query (RFC 9535), found "$["',
        ),
        (
            "redaction: {rules: [{json: 'profiles', as: user}]}",
            'redaction.rules[0].json: expected a JSONPath query (RFC 9535), found "profiles"',
        ),
        (
            "redaction: {rules: [{header: X, as: user}, {pattern: '(', as: user}]}",
            'redaction.rules[1].pattern: expected a regular expression, found "("',
        ),
        ("redaction: {rules: [{header: X}]}", "redaction.rules[0].as: expected a value, found none"),
        (
            "redaction: {rules: [{header: X, as: User-Id}]}",
            'redaction.rules[0].as: expected a kind of secret in lower case, such as token or user_id, found "User-Id"',
        ),
        ("redaction: {rules: [{header: 1, as: user}]}", "redaction.rules[0].header: expected text, found 1"),
        ("redaction: {rules: [{heador: X, as: user}]}", "redaction.rules[0].heador: unknown key; did you mean header?"),
        (
            "redaction: {rules: [{zzz: X, as: user}]}",
            "redaction.rules[0].zzz: unknown key; known here: header, query, json, pattern, as",
        ),
        (
            "redaction: {rules: [{as: user}]}",
            "redaction.rules[0]: expected one of header, query, json or pattern, found none",
        ),
        (
            "redaction: {rules: [{header: X, as: user}, {header: X, json: $.a, as: user}]}",
            "redaction.rules[1]: expected one of header, query, json or pattern, found header and json",
        ),
        ("redaction: {keep: [{query: sid}]}", "redaction.keep[0].reason: expected a value, found none"),
        ("redaction: {keep: [{query: sid, reason: ''}]}", 'redaction.keep[0].reason: expected some text, found ""'),
        ("redaction: {keep: [{query: sid, as: x, reason: y}]}", "redaction.keep[0].as: unknown key; known here: header, query, json, reason"),
        ("redaction: {keep: [{pattern: x, reason: y}]}", "redaction.keep[0].pattern: unknown key; known here: header, query, json, reason"),
        ("redaction: {keep: [{reason: y}]}", "redaction.keep[0]: expected one of header, query or json, found none"),
        ("limits: {max_body: 0}", "limits.max_body: expected at least 1, found 0"),
        ("limits: {max_head: 512B}", 'limits.max_head: expected at least 1024, found "512B"'),
        # unknown keys
        ("upstraem: x", "upstraem: unknown key; did you mean upstream?"),
        ("Mode: auto", "Mode: unknown key; did you mean mode?"),
        ("listen: {prot: 1}", "listen.prot: unknown key; did you mean port?"),
        ("cassettes: {on-exhausted: last}", "cassettes.on-exhausted: unknown key; did you mean on_exhausted?"),
        ("limits: {zzz: 1}", "limits.zzz: unknown key; known here: max_body, max_head, max_connections, head_timeout"),
        ("upstreams: {staging: {timeout: {conect: 1}}}", "upstreams.staging.timeout.conect: unknown key; did you mean connect?"),
        ("1: 2", "1: unknown key; known here: listen, mode, upstream, route_by_host, upstreams, forwarded_for, cassettes, audit, redaction, limits, rules, clients"),
        ('"a\\u202e": 2', "a\\u202e: unknown key; known here: listen, mode, upstream, route_by_host, upstreams, forwarded_for, cassettes, audit, redaction, limits, rules, clients"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_with_its_place(text: str, line: str) -> None:
    assert f"config.yaml {line}" in said(text)


@pytest.mark.parametrize(
    ("origin", "scheme", "host", "port", "authority"),
    [
        ("https://api.auth.adobe.com", "https", "api.auth.adobe.com", 443, "api.auth.adobe.com"),
        ("HTTPS://API.auth.adobe.com:443", "https", "api.auth.adobe.com", 443, "api.auth.adobe.com"),
        ("http://localhost:8080", "http", "localhost", 8080, "localhost:8080"),
        ("http://[::1]:81", "http", "::1", 81, "[::1]:81"),
        ("http://[0:0::1]", "http", "::1", 80, "[::1]"),
        ("https://10.0.0.1:80", "https", "10.0.0.1", 80, "10.0.0.1:80"),
        ("emulator:", "emulator", "", 0, ""),
        ("emulator://127.0.0.1", "emulator", "127.0.0.1", 8081, "127.0.0.1:8081"),
        ("emulator://Lab:8081", "emulator", "lab", 8081, "lab:8081"),
        ("EMULATOR://[::1]:80", "emulator", "::1", 80, "[::1]:80"),
    ],
)
def test_an_origin_is_scheme_host_and_port(origin: str, scheme: str, host: str, port: int, authority: str) -> None:
    parsed = Origin.parse(origin)
    assert (parsed.scheme, parsed.host, parsed.port, parsed.authority) == (scheme, host, port, authority)
    assert parsed.is_emulator is origin.lower().startswith("emulator:")
    assert parsed.is_built_in is (origin == "emulator:")
    assert Origin.parse(str(parsed)) == parsed


WHOLE = "an http(s) origin, which is scheme, host and port without a path or query"
VALID = "an http(s) origin with a valid host and port"


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("api.auth-staging.adobe.com", "an http(s) origin"),
        ("ftp://a", "an http(s) origin"),
        ("", "an http(s) origin"),
        ("emulator", "an http(s) origin"),
        ("https://a/", WHOLE),
        ("https://a/api", WHOLE),
        ("https://a?b", WHOLE),
        ("https://a#b", WHOLE),
        ("https://a:", WHOLE),
        ("https://a:b", WHOLE),
        ("https://", VALID),
        ("https://a b", VALID),
        ("https://a\n", VALID),
        ("https://ä", VALID),
        ("https://-a", VALID),
        ("https://a..b", VALID),
        ("https://a.", VALID),
        ("https://1.2.3", VALID),
        ("https://[::g]", VALID),
        ("https://[fe80::1%a b]", VALID),
        ("https://[fe80::1%eth0]", VALID),
        ("https://a:0", VALID),
        ("https://a:65536", VALID),
        ("emulator:/", "an http(s) origin"),
        ("emulator://", VALID),
        ("emulator://a/b", WHOLE),
        ("emulator://a:0", VALID),
    ],
)
def test_what_is_no_origin_is_refused(origin: str, expected: str) -> None:
    with pytest.raises(ValueError, match="expected") as caught:
        Origin.parse(origin)
    assert str(caught.value).startswith(f"expected {expected}, found ")


def test_a_password_in_an_origin_is_not_repeated() -> None:
    text = "upstreams: {staging: {origin: 'https://me:hunter2@example.com'}}"
    assert said(text) == [
        "config.yaml upstreams.staging.origin: expected an http(s) origin without user information, found some"
    ]


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("10.0.0.1", "10.0.0.1", None),
        ("10.0.0.1:8443", "10.0.0.1", 8443),
        ("lab-host", "lab-host", None),
        ("lab_host.example:1", "lab_host.example", 1),
        ("[::1]:8443", "::1", 8443),
        ("[::1]", "::1", None),
        ("::1", "::1", None),
        ("fe80::1%eth0", "fe80::1%eth0", None),
    ],
)
def test_connect_to_is_a_host_and_perhaps_a_port(text: str, host: str, port: int | None) -> None:
    assert Address.parse(text) == Address(host, port)
    assert Address.parse(str(Address(host, port))) == Address(host, port)


@pytest.mark.parametrize(
    "text", ["", ":80", "a:", "a:0", "a:65536", "a:1:2", "http://a", "a/b", "[a]", "fe80::1%a\r\nb", 80]
)
def test_what_is_no_address_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"^expected host or host:port, found "):
        Address.parse(text)


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("65536", 65536),
        ("1B", 1),
        ("64KiB", 1 << 16),
        ("64 KiB", 1 << 16),
        ("'2048'", 2048),
        ("1MiB", 1 << 20),
        ("1GiB", 1 << 30),
        ("0x10", 16),
    ],
)
def test_a_size_is_bytes_or_has_a_unit(written: str, count: int) -> None:
    assert read(f"limits: {{max_body: {written}}}").limits.max_body == count


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("90d", 7776000), ("12 h", 43200), ("2w", 1209600), ("30m", 1800), ("45s", 45), ("3600", 3600), ("null", None)],
)
def test_a_duration_is_seconds_or_has_a_unit(written: str, seconds: int | None) -> None:
    assert read(f"cassettes: {{max_age: {written}}}").cassettes.max_age == seconds


@pytest.mark.parametrize("written", ["90 days", "90D", "1.5d", "-1d", "d", "''", "true", "1.0", "[1]", "٣d"])
def test_what_is_no_duration_is_refused(written: str) -> None:
    (line,) = said(f"cassettes: {{max_age: {written}}}")
    assert line.startswith(
        "config.yaml cassettes.max_age: expected a duration in seconds, or with one of s, m, h, d, w such as 90d, found "
    )


@pytest.mark.parametrize(
    "written", ["1MB", "1kib", "1.5MiB", "-1KiB", "MiB", "''", "true", "null", "1.0", "[1]", "1 MiB x", "٣"]
)
def test_what_is_no_size_is_refused(written: str) -> None:
    (line,) = said(f"limits: {{max_body: {written}}}")
    assert line.startswith(
        "config.yaml limits.max_body: expected a size in bytes, or in KiB, MiB or GiB such as 64KiB, found "
    )


@pytest.mark.parametrize(
    ("written", "trusted"),
    [
        ("[]", []),
        ("[10.0.0.0/8, '2001:db8::/32']", ["10.0.0.0/8", "2001:db8::/32"]),
        ("[192.168.1.7]", ["192.168.1.7/32"]),
        ("10.0.0.0/8", ["10.0.0.0/8"]),
    ],
)
def test_trusted_proxies_are_networks(written: str, trusted: list[str]) -> None:
    config = read(f"forwarded_for: {{trusted_proxies: {written}}}")
    assert config.forwarded_for.trusted_networks == tuple(map(ip_network, trusted))


@pytest.mark.parametrize(
    ("address", "is_private"),
    [
        ("127.8.9.1", True),
        ("::1", True),
        ("10.1.2.3", True),
        ("172.31.0.1", True),
        ("192.168.0.1", True),
        ("169.254.1.1", True),
        ("fe80::1", True),
        ("fd00::1", True),
        ("172.32.0.1", False),
        ("100.64.0.1", False),
        ("8.8.8.8", False),
        ("2606:4700::1", False),
    ],
)
@pytest.mark.parametrize("written", ["private", "[private]", "[203.0.113.0/24, private]"])
def test_private_is_loopback_rfc_1918_link_local_and_unique_local(written: str, address: str, is_private: bool) -> None:
    trusted = read(f"forwarded_for: {{trusted_proxies: {written}}}").forwarded_for.trusted_networks
    assert any(ip_address(address) in network for network in trusted) is is_private


@pytest.mark.parametrize(
    ("written", "public"),
    [("8.8.8.8", "8.8.8.8"), ("'2606:4700::1111'", "2606:4700::1111"), ("'::ffff:8.8.8.8'", "8.8.8.8")],
)
def test_a_fallback_is_a_public_address(written: str, public: str) -> None:
    assert read(f"forwarded_for: {{fallback: {written}}}").forwarded_for.fallback == ip_address(public)


@pytest.mark.parametrize(
    "written",
    [
        *("10.0.0.1", "127.0.0.1", "192.0.2.1", "100.64.0.1", "224.0.0.1", "0.0.0.0"),
        *("'::1'", "'fd00::1'", "'2606::1%eth0'"),
        *("8.8.8.0/24", "dns.google", "8.8.8.8:53", "134744072", "[8.8.8.8]"),
    ],
)
def test_a_fallback_that_is_not_public_is_refused(written: str) -> None:
    (line,) = said(f"forwarded_for: {{fallback: {written}}}")
    assert line.startswith("config.yaml forwarded_for.fallback: expected a public IP address, found ")


def test_routes_are_read_as_patterns() -> None:
    config = read("cassettes: {record: ['GET /api/v2/{sp}/profiles', 'DELETE /x{.json,}']}")
    one, two = config.cassettes.record
    assert one.matches("GET", "/api/v2/REF30/profiles")
    assert two.matches("DELETE", "/x.json")
    assert not two.matches("DELETE", "/x.xml")


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


def test_code_may_make_a_configuration_of_its_own() -> None:
    fake = UpstreamSection(origin=Origin.parse("http://127.0.0.1:1"), connect_to=Address("127.0.0.1", 2))
    assert Config(upstreams={"fake": fake}, upstream="fake").upstreams["fake"] == fake


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("upstream: lab", 'upstream: expected the name of an upstream (emulator, production, staging), found "lab"'),
        (
            "upstream: stagin",
            'upstream: expected the name of an upstream (emulator, production, staging), found "stagin"; did you mean staging?',
        ),
        (
            "upstreams: {emulator: {connect_to: a}}",
            'upstreams.emulator.connect_to: expected null for the emulator, which is no network, found "a"',
        ),
        (
            "upstreams: {emulator: {ca_file: a.pem}}",
            'upstreams.emulator.ca_file: expected null where the origin is not https, found "a.pem"',
        ),
        (
            "upstreams: {lab: {origin: 'http://lab', ca_file: a.pem}}",
            'upstreams.lab.ca_file: expected null where the origin is not https, found "a.pem"',
        ),
        (
            "upstreams: {staging: {ca_file: a.pem}}",
            'upstreams.staging.ca_file: expected a file, found none at "a.pem"',
        ),
        ("upstreams: {staging: {ca_file: .}}", 'upstreams.staging.ca_file: expected a file, found a folder at "."'),
        (
            "listen: {tls: {cert_file: a.pem, key_file: config.yaml}}",
            'listen.tls.cert_file: expected a file, found none at "a.pem"',
        ),
        (
            "listen: {tls: {cert_file: config.yaml, key_file: b.pem}}",
            'listen.tls.key_file: expected a file, found none at "b.pem"',
        ),
        ("cassettes: {dir: config.yaml}", 'cassettes.dir: expected a folder, found a file at "config.yaml"'),
        ("cassettes: {name: ./..}", 'cassettes.name: expected the name of a cassette, or the path of one, found "./.."'),
        ("mode: record\ncassettes: {record: []}", "cassettes.record: expected at least one route in mode record, found an empty list"),
        (
            "route_by_host: true\nupstreams: {lab: {origin: 'http://API.auth.adobe.com:81'}}",
            ("upstreams.lab.origin: expected a host of its own, since route_by_host is on,"
            ' found "api.auth.adobe.com", the host of production'),
        ),
        (
            "upstream: me\nupstreams: {me: {origin: 'http://localhost:8080'}}",
            'upstreams.me.origin: expected another address than the gateway\'s own, found "http://localhost:8080"',
        ),
        (
            "upstream: me\nupstreams: {me: {origin: 'emulator://127.0.0.1:8080'}}",
            'upstreams.me.origin: expected another address than the gateway\'s own, found "emulator://127.0.0.1:8080"',
        ),
        (
            "upstreams: {me: {origin: 'emulator://lab:8080', ca_file: a.pem}}",
            'upstreams.me.ca_file: expected null where the origin is not https, found "a.pem"',
        ),
        (
            "upstreams: {staging: {ca_file: config.yaml}}",
            'upstreams.staging.ca_file: expected certificates in PEM form, found something else in "config.yaml"',
        ),
        (
            "listen: {tls: {cert_file: config.yaml, key_file: config.yaml}}",
            'listen.tls: expected a certificate and its private key in PEM form, found something else in "config.yaml" or "config.yaml"',
        ),
        (
            "listen: {host: 0.0.0.0, port: 443}\nupstream: staging\nupstreams: {staging: {connect_to: '::1'}}",
            'upstreams.staging.connect_to: expected another address than the gateway\'s own, found "::1"',
        ),
    ],
)  # fmt: skip
def test_an_impossible_combination_is_told(text: str, line: str) -> None:
    assert said(text) == [f"config.yaml {line}"]


@pytest.mark.parametrize(
    "text",
    [
        "upstreams: {me: {origin: 'http://localhost:8080'}}",  # no request goes there
        "mode: replay\nupstream: me\nupstreams: {me: {origin: 'http://localhost:8080'}}",  # nor here
        "upstream: me\nupstreams: {me: {origin: 'http://localhost:8081'}}",
        "upstreams: {lab: {origin: 'http://api.auth.adobe.com'}}",  # no Host selects it
        "upstream: me\nupstreams: {me: {origin: 'emulator://localhost', connect_to: 'localhost:8082'}}",
        "route_by_host: true\nupstreams: {me: {origin: 'emulator://api.auth.adobe.com'}}",  # no Host selects an emulator
        "redaction: {rules: [{header: X, query: null, as: user}]}",
        "cassettes: {record: []}",
    ],
)
def test_a_combination_that_is_possible_is_left_alone(text: str) -> None:
    read(text)


def test_a_folder_cannot_be_the_cassette() -> None:
    Path("cassettes/logout.yaml").mkdir(parents=True)
    assert said() == ['config.yaml cassettes.name: expected a cassette, found a folder at "cassettes/logout.yaml"']


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
        'config.yaml cassettes.match[0]: expected method, path, query, upstream, body or header:NAME, found "paht"',
        "config.yaml cassettes.record: expected at least one route in mode record, found an empty list",
        'config.yaml listen.port: expected a whole number, found "8080"',
        "config.yaml listen.tls.cert_fil: unknown key; did you mean cert_file?",
        "config.yaml listen.prot: unknown key; did you mean port?",
        'config.yaml upstreams.lab.origin: expected an http(s) origin, found "lab.example"',
        'config.yaml upstreams.lab.connect_to: expected host or host:port, found "a:b"',
        'config.yaml upstreams.emulator.connect_to: expected null for the emulator, which is no network, found "lab.example"',
        "config.yaml:8 mode: duplicate key; it is on line 3 already",
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


@pytest.mark.parametrize(
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
                RedactionRule.model_validate({"header": "X-Id", "as": "user"}),
                RedactionRule.model_validate({"json": "$..email", "as": "email"}),
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


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        ({"GATEWAY_LISTEN__PORT": "'8080'"}, 'GATEWAY_LISTEN__PORT: expected a whole number, found "8080"'),
        ({"GATEWAY_LISTEN__PORT": ""}, "GATEWAY_LISTEN__PORT: expected a whole number, found null"),
        ({"GATEWAY_LISTEN": "{prot: 1}"}, "GATEWAY_LISTEN prot: unknown key; did you mean port?"),
        ({"GATEWAY_LISTEN": "{port: 1, port: 2}"}, "GATEWAY_LISTEN port: duplicate key; it is on line 1 already"),
        ({"GATEWAY_LISTEN": "[1]"}, "GATEWAY_LISTEN: expected a map of keys, found a list"),
        ({"GATEWAY_LISTEN__PROT": "1"}, "GATEWAY_LISTEN__PROT: unknown name; did you mean GATEWAY_LISTEN__PORT?"),
        ({"GATEWAY_LISTEN__PORT__X": "1"}, "GATEWAY_LISTEN__PORT__X: unknown name; did you mean GATEWAY_LISTEN__PORT?"),
        ({"GATEWAY_": "1"}, "GATEWAY_: unknown name"),
        ({"GATEWAY_ZZZZZZZZZZZ\n": "secret"}, "GATEWAY_ZZZZZZZZZZZ\\n: unknown name"),
        ({"GATEWAY_MODE": "auto", "gateway_mode": "auto"}, "gateway_mode: expected each name once, case aside, found GATEWAY_MODE too"),
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
@pytest.mark.parametrize("file", [False, True])
def test_a_problem_of_the_environment_is_told_by_its_name(file: bool, environ: Mapping[str, str], line: str) -> None:
    if file:
        Path("config.yaml").write_text("listen: {tls: null}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(None, environ, {})
    assert str(caught.value) == line


def test_other_names_are_nobodys_business() -> None:
    environ = {"PATH": "/bin", "MY_GATEWAY_MODE": "x", "GATEWAYS": "2", "GATEWAY_REDACTION_KEY": "secret"}
    assert load(None, environ, {}) == Config()


def test_every_key_has_its_name_in_the_environment() -> None:
    """But for those of a list's entries: the environment sets the list as a whole."""
    names = environment_names(["staging"])
    assert len(names) == len(set(names.values()))
    assert names["GATEWAY_UPSTREAMS__STAGING__TIMEOUT__CONNECT"] == ("upstreams", "staging", "timeout", "connect")
    assert {str(loc[-1]) for loc in names.values()} - {"staging"} == set(keys(Config)) - IN_LISTS


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
        ("cassettes.name", "", '--cassette: expected the name of a cassette, or the path of one, found ""'),
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


def test_a_bad_rule_hides_no_other() -> None:
    """Each is told with its place, though pydantic gives nothing where one key is wrong."""
    lines = said("""
        redaction:
          rules:
            - {json: "$[", as: user}
            - {as: user}
            - {pattern: "(", query: sid, as: User}
          keep:
            - {header: X, query: y, reason: because}
    """)
    assert lines == [
        'config.yaml redaction.rules[0].json: expected a JSONPath query (RFC 9535), found "$["',
        "config.yaml redaction.rules[1]: expected one of header, query, json or pattern, found none",
        'config.yaml redaction.rules[2].pattern: expected a regular expression, found "("',
        'config.yaml redaction.rules[2].as: expected a kind of secret in lower case, such as token or user_id, found "User"',
        "config.yaml redaction.keep[0]: expected one of header, query or json, found header and query",
    ]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"mode: [", "config.yaml:2: not YAML: did not find expected node content, while parsing a flow node"),
        (b"mode: auto\nlisten: a: b\n", "config.yaml:2: not YAML: mapping values are not allowed in this context"),
        (
            b"mode: auto\n\tlisten: 1\n",
            "config.yaml:2: not YAML: found a tab character that violates indentation, while scanning a plain scalar",
        ),
        (b"mode: auto\n# \x01\n", "config.yaml:2: not YAML: control characters are not allowed (#x0001)"),
        (b"mode: auto\n# \xff\n", "config.yaml: expected UTF-8, found other bytes on line 2"),
        (b"mode: auto\nmode: auto\n", "config.yaml:2 mode: duplicate key; it is on line 1 already"),
        (b"listen:\n  port: 1\n  port: 2\n", "config.yaml:3 listen.port: duplicate key; it is on line 2 already"),
        (b"listen: {}\n'listen': {}\n", "config.yaml:2 listen: duplicate key; it is on line 1 already"),
        (b"a: &x 1\nmode: *x\n", "config.yaml:2: expected a value, found an alias, *x"),
        (b"mode: *x\n", "config.yaml:1: expected a value, found an alias, *x"),
        (b"mode: &x [*x]\n", "config.yaml:1: expected a value, found an alias, *x"),
        (b"mode: auto\n<<: *x\n", "config.yaml:2: expected a value, found an alias, *x"),
        (
            b"mode: !!python/object/apply:os.system [ls]\n",
            'config.yaml:1: expected a value without a tag, found the tag "tag:yaml.org,2002:python/object/apply:os.system"',
        ),
        (b"mode: !mine x\n", 'config.yaml:1: expected a value without a tag, found the tag "!mine"'),
        (b"!!str mode: x\n", "config.yaml:1: expected text for a key, found something else"),
        (b"? [a]\n: x\n", "config.yaml:1: expected text for a key, found something else"),
        (b"mode: auto\n---\nmode: auto\n", "config.yaml:2: expected one YAML document, found a second"),
        (b"[" * 50, "config.yaml:1: expected at most 32 levels, found more"),
        (b"- a\n", "config.yaml: expected a map of keys, found a list"),
        (b"auto\n", 'config.yaml: expected a map of keys, found "auto"'),
        (b"#" * (1 << 20) + b"\n", "config.yaml: expected at most 1 MiB, found more"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_line(content: bytes, line: str) -> None:
    Path("config.yaml").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(None, {}, {})
    assert str(caught.value) == line


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


@pytest.mark.parametrize(
    "word",
    ["off", "on", "yes", "no", "y", "Off", "NO", "2026-11-21", "1:30", "1_000", "0b1", ".", "-", "1e", "=", "<<"],
)
def test_only_true_and_false_are_booleans(word: str) -> None:
    """YAML 1.2's core schema: what YAML 1.1 takes for truths, dates and sexagesimals is text."""
    name = f"'{word}'" if word == "-" else word
    assert read(f"cassettes: {{name: {name}}}").cassettes.name == word


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("true", "true"),
        ("FALSE", "false"),
        ("~", "null"),
        ("010", "10"),
        ("0o10", "8"),
        ("0x1F", "31"),
        ("-7", "-7"),
        ("1.50", "1.5"),
        ("1e3", "1000.0"),
        (".5", "0.5"),
        ("-.inf", "-inf"),
        (".NaN", "nan"),
    ],
)
def test_the_other_scalars_are_those_of_yaml_1_2(word: str, found: str) -> None:
    assert said(f"upstream: {word}") == [f"config.yaml upstream: expected text, found {found}"]


def test_what_is_found_is_quoted_short_and_printable() -> None:
    (line,) = said('mode: "\\e[31m\\u202e' + "x" * 500 + '"')
    assert line.startswith('config.yaml mode: expected passthrough, record, replay or auto, found "\\x1b[31m\\u202exxx')
    assert line.endswith('xxx…"')
    assert len(line) < 200


def test_a_configuration_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Config().listen.port = 1


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
words = st.sampled_from([*keys(Config), "staging", "lab", "private", "header:", "emulator:", "https://a", "GET /{a}"])
values = st.recursive(
    scalars | words,
    lambda inside: (
        st.lists(inside, max_size=4) | st.dictionaries(words | st.text() | st.integers(), inside, max_size=4)
    ),
    max_leaves=8,
)


@given(text=st.text() | st.lists(words | st.sampled_from([*"\n :-[]{},&*!|>'\"%@`?#", "  ", "1", "null"])).map("".join))
def test_any_text_is_a_configuration_or_a_list_of_problems(text: str, scratch: Path) -> None:
    scratch.write_bytes(text.encode("utf-8", "surrogatepass"))
    with suppress(ConfigError):
        load(scratch, {}, {})


@given(content=st.binary())
def test_any_bytes_are_a_configuration_or_a_list_of_problems(content: bytes, scratch: Path) -> None:
    scratch.write_bytes(content)
    with suppress(ConfigError):
        load(scratch, {}, {})


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine is
@given(data=st.dictionaries(words, values, max_size=4))
def test_any_values_are_a_configuration_or_a_list_of_printable_problems(data: dict[str, object]) -> None:
    try:
        load(None, {}, data)
    except ConfigError as error:
        problems = error.problems
    else:
        problems = []
    assert all(str(problem).isprintable() for problem in problems)


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine is
@given(
    data=st.dictionaries(
        words,
        st.recursive(
            words | st.integers(),
            lambda inside: st.lists(inside, max_size=4) | st.dictionaries(words, inside, max_size=4),
            max_leaves=8,
        ),
        max_size=4,
    )
)
def test_any_well_formed_file_is_a_configuration_or_a_list_of_problems(data: dict[str, object], scratch: Path) -> None:
    scratch.write_text(json.dumps(data), encoding="utf-8")
    with suppress(ConfigError):
        load(scratch, {}, {})


@given(
    environ=st.dictionaries(
        st.lists(words.map(str.upper) | st.text(), min_size=1, max_size=3).map(
            lambda parts: "GATEWAY_" + "__".join(parts)
        ),
        st.text(st.characters()) | words,
    )
)
def test_any_environment_is_a_configuration_or_a_list_of_problems(environ: dict[str, str]) -> None:
    with suppress(ConfigError):
        load(None, environ, {})


def test_of_very_many_problems_the_first_are_told_and_the_others_counted() -> None:
    with pytest.raises(ConfigError) as raised:
        load(None, {f"GATEWAY_NONE_{number:03}": "x" for number in range(120)}, {})
    lines = str(raised.value).splitlines()
    assert (len(lines), lines[-1]) == (51, "and 70 more problems")
    assert len(raised.value.problems) == 120
