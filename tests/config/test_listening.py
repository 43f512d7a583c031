"""What `listen`, `listeners` and their `tls` may say."""

from __future__ import annotations

from tests.config.reading import read, said
from tests.harness.for_each import for_each

LAB = "lab: {address: 192.168.0.2}\n"


def test_the_word_lab_stands_for_a_map_and_a_version_needs_no_quotes() -> None:
    listen = read("listen: {tls: lab}\nlisteners: {old: {port: 1, tls: {lab: true, min_version: 1.0}}}")
    assert listen.listen.tls is not None
    assert (listen.listen.tls.lab, listen.listen.tls.min_version, listen.listen.tls.files) == (True, "1.2", None)
    assert listen.listeners["old"].tls is not None
    assert listen.listeners["old"].tls.min_version == "1.0"
    assert list(listen.all_listeners) == ["listen", "old"]
    by_name = read("", {"GATEWAY_LISTEN__TLS": "lab"})
    assert by_name.listen.tls == listen.listen.tls
    over = read("listen: {tls: lab}", {"GATEWAY_LISTEN__TLS__MIN_VERSION": "1.3"}).listen.tls
    assert over is not None
    assert (over.lab, over.min_version) == (True, "1.3")


@for_each(
    ("text", "line"),
    [
        ("listen: {tls: home}", 'listen.tls: expected a map of keys, found "home"'),
        ("listen: {tls: {}}", "listen.tls.key_file: expected a value, found none"),
        ("listen: {tls: {lab: true, cert_file: a}}", "listen.tls: expected either lab, or cert_file and key_file, found both"),
        ("listen: {tls: {lab: true, min_version: 1.4}}", 'listen.tls.min_version: expected 1.0, 1.1, 1.2 or 1.3, found "1.4"; did you mean 1.3?'),
        ("listeners: {listen: {}}", 'listeners.listen: expected another name than `listen`, the name of the section, found "listen"'),
        ("listeners: {a: {port: 8080}}", "listeners.a.port: expected another address or port, found 127.0.0.1:8080, which listen has already"),
        ("listeners: {a: {port: 81}, b: {port: 81}}", "listeners.b.port: expected another address or port, found 127.0.0.1:81, which listeners.a has already"),
        ("listeners: {a: {port: 81, prot: 1}}", "listeners.a.prot: unknown key; did you mean port?"),
        (
            "listen: {proxy_protocol: true}",
            "listen.proxy_protocol: expected false, or the proxies in forwarded_for.trusted_proxies, found true: nobody could connect",
        ),
        (
            "upstream: me\nupstreams: {me: {origin: 'http://localhost:81'}}\nlisteners: {a: {port: 81}}",
            "upstreams.me.origin: expected the address of an API, found the gateway's own, \"http://localhost:81\"",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(text: str, line: str) -> None:
    assert any(one.endswith(line) for one in said(text)), said(text)
