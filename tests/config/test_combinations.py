"""Keys that are fine one by one and impossible together."""

from __future__ import annotations

from pathlib import Path

from tests.config.reading import read, said
from tests.harness.certificate import OTHER_KEY, PEM
from tests.harness.for_each import for_each


@for_each(
    ("text", "line"),
    [
        ("upstream: lab", 'upstream: expected the name of an upstream (emulator, production, staging), found "lab"'),
        (
            "upstream: stagin",
            'upstream: expected the name of an upstream (emulator, production, staging), found "stagin"; did you mean staging?',
        ),
        (
            "upstreams: {emulator: {connect_to: a}}",
            'upstreams.emulator.connect_to: expected null, since the emulator needs no connection, found "a"',
        ),
        (
            "upstreams: {emulator: {ca_file: a.pem}}",
            'upstreams.emulator.ca_file: expected null, since the origin is not https, found "a.pem"',
        ),
        (
            "upstreams: {lab: {origin: 'http://lab', ca_file: a.pem}}",
            'upstreams.lab.ca_file: expected null, since the origin is not https, found "a.pem"',
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
        ("cassettes: {name: ./..}", 'cassettes.name: expected the name or the path of a cassette, found "./.."'),
        ("mode: record\ncassettes: {record: []}", "cassettes.record: expected at least one route in mode record, found an empty list"),
        (
            "route_by_host: true\nupstreams: {lab: {origin: 'http://API.auth.adobe.com:81'}}",
            ("upstreams.lab.origin: expected a host that no other upstream has, since route_by_host is on,"
            ' found "api.auth.adobe.com", the host of production'),
        ),
        (
            "upstream: me\nupstreams: {me: {origin: 'http://localhost:8080'}}",
            'upstreams.me.origin: expected the address of an API, found the gateway\'s own, "http://localhost:8080"',
        ),
        (
            "upstream: me\nupstreams: {me: {origin: 'emulator://127.0.0.1:8080'}}",
            'upstreams.me.origin: expected the address of an API, found the gateway\'s own, "emulator://127.0.0.1:8080"',
        ),
        (
            "upstreams: {me: {origin: 'emulator://lab:8080', ca_file: a.pem}}",
            'upstreams.me.ca_file: expected null, since the origin is not https, found "a.pem"',
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
            'upstreams.staging.connect_to: expected the address of an API, found the gateway\'s own, "::1"',
        ),
    ],
)  # fmt: skip
def test_an_impossible_combination_is_told(text: str, line: str) -> None:
    assert said(text) == [f"config.yaml {line}"]


@for_each(
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


def test_a_bad_rule_hides_no_other() -> None:
    """Each is told with its place, though nothing is read where one key is wrong."""
    lines = said("""
        redaction:
          rules:
            - {json: "$[", as: user}
            - {as: user}
            - {pattern: "(", query: sid, as: User}
            - {header: "", as: user}
            - {header: "X Y", as: user}
            - {query: "", as: user}
            - {pattern: "", as: user}
            - {pattern: "a*", as: user}
            - {pattern: ".", as: user}
          keep:
            - {header: "", reason: because}
            - {header: X, query: y, reason: because}
    """)
    assert lines == [
        'config.yaml redaction.rules[0].json: expected a JSONPath query (RFC 9535), found "$["',
        "config.yaml redaction.rules[1]: expected one of header, query, json or pattern, found none",
        'config.yaml redaction.rules[2].pattern: expected a regular expression, found "("',
        'config.yaml redaction.rules[2].as: expected a kind of secret in lower case, such as token or user_id, found "User"',
        'config.yaml redaction.rules[3].header: expected the name of a header field, found ""',
        'config.yaml redaction.rules[4].header: expected the name of a header field, found "X Y"',
        'config.yaml redaction.rules[5].query: expected the name of a parameter, found ""',
        'config.yaml redaction.rules[6].pattern: expected a regular expression that does not match empty text, or every text, found ""',
        'config.yaml redaction.rules[7].pattern: expected a regular expression that does not match empty text, or every text, found "a*"',
        'config.yaml redaction.rules[8].pattern: expected a regular expression that does not match empty text, or every text, found "."',
        'config.yaml redaction.keep[0].header: expected the name of a header field, found ""',
        "config.yaml redaction.keep[1]: expected one of header, query or json, found header and query",
    ]


def test_a_key_of_another_certificate_and_an_empty_file_are_said(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text(PEM)
    (tmp_path / "other.pem").write_text(OTHER_KEY)
    (tmp_path / "empty.pem").write_text("")
    for key, problem in (
        ("other.pem", "expected the private key of the certificate in "),
        ("empty.pem", "found an empty file at "),
    ):
        tls = f"{{cert_file: {tmp_path}/cert.pem, key_file: {tmp_path}/{key}}}"
        assert problem in " ".join(said(f"listen: {{tls: {tls}}}"))
