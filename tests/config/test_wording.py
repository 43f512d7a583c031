"""A wrong value is told with its place, what was expected and what was found."""

from __future__ import annotations

from gateway.config import Config
from gateway.config.reading import keys_of
from tests.config.reading import said
from tests.harness.for_each import for_each

KEYS = ", ".join(keys_of(Config))


@for_each(
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
        ("cassettes: {name: ''}", 'cassettes.name: expected the name or the path of a cassette, found ""'),
        ("cassettes: {name: a/}", 'cassettes.name: expected the name or the path of a cassette, found "a/"'),
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
        ("cassettes: {record: logot}", 'cassettes.record[0]: expected logout, v2, all, or a route such as "DELETE /api/v1/logout", found "logot"; did you mean logout?'),
        ("cassettes: {record: [v2, ANY /x]}", 'cassettes.record[1]: expected one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE, or * for any of them, found "ANY"'),
        ("cassettes: {record: [POST /o/client/token]}", 'cassettes.record[0]: expected no route of /o/client, which is never recorded (a replay answers it with its own credentials), found "POST /o/client/token"'),
        ("cassettes: {match: [path, '-query:ts']}", 'cassettes.match: expected query in the list as well, of which -query:ts leaves out one, found "-query:ts"'),
        ("cassettes: {match: [path, 'header:Host']}", 'cassettes.match[1]: expected a header field that recordings have, found "header:Host"'),
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
            'cassettes.match[0]: expected method, path, query, upstream, headers, body, raw, query:NAME, header:NAME or body:$.NAME (all but one: query and -query:NAME), found "host"',
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
        ("emulator: {logged_in: some}", 'emulator.logged_in: expected all, none, or lists of MVPDs by device, such as {living-room-tv: [Dish]}, found "some"'),
        ("emulator: {strikt: true}", "emulator.strikt: unknown key; did you mean strict?"),
        ("Mode: auto", "Mode: unknown key; did you mean mode?"),
        ("listen: {prot: 1}", "listen.prot: unknown key; did you mean port?"),
        ("cassettes: {on-exhausted: last}", "cassettes.on-exhausted: unknown key; did you mean on_exhausted?"),
        ("limits: {zzz: 1}", "limits.zzz: unknown key; known here: max_body, max_head, max_connections, head_timeout"),
        ("upstreams: {staging: {timeout: {conect: 1}}}", "upstreams.staging.timeout.conect: unknown key; did you mean connect?"),
        ("1: 2", f"1: unknown key; known here: {KEYS}"),
        ('"a\\u202e": 2', f"a\\u202e: unknown key; known here: {KEYS}"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_with_its_place(text: str, line: str) -> None:
    assert f"config.yaml {line}" in said(text)
