"""What `lab.proxy` may say."""

from __future__ import annotations

from tests.config.reading import read, said
from tests.harness.for_each import for_each


def test_a_proxy_has_the_usual_port_and_leads_to_what_is_listed() -> None:
    proxy = read(
        "lab: {proxy: {listen: 192.168.0.2, tunnel: [CDN.example:443, .tv.example:80, '[2606:4700::1]:443']}}"
    ).lab.proxy
    assert proxy is not None
    assert (proxy.listen.host, proxy.port) == ("192.168.0.2", 3128)
    assert [(place.host, place.port) for place in proxy.tunnel] == [
        ("cdn.example", 443),
        (".tv.example", 80),
        ("2606:4700::1", 443),
    ]
    assert [str(place) for place in proxy.tunnel] == ["cdn.example:443", ".tv.example:80", "[2606:4700::1]:443"]


PLACE = "HOST:PORT, or .DOMAIN:PORT for a domain and all below it"


@for_each(
    ("proxy", "line"),
    [
        ("{}", "lab.proxy.listen: expected a value, found none"),
        ("{listen: gateway.lab}", 'lab.proxy.listen: expected an IP address of this machine, found "gateway.lab"'),
        ("{listen: 0.0.0.0}", "lab.address: expected the address at which devices reach the gateway, since lab.proxy listens at 0.0.0.0, found none"),
        ("{listen: '127.0.0.1:8080'}", "lab.proxy.listen: expected another address or port, found 127.0.0.1:8080, which listen has already"),
        ("{listen: 10.0.0.1, tunnel: cdn.example}", f'lab.proxy.tunnel[0]: expected {PLACE}, found "cdn.example"'),
        ("{listen: 10.0.0.1, tunnel: '*.example:443'}", f'lab.proxy.tunnel[0]: expected {PLACE}, found "*.example:443"'),
        ("{listen: 10.0.0.1, tunnel: .com:443}", f'lab.proxy.tunnel[0]: expected {PLACE}, found ".com:443"'),
        ("{listen: 10.0.0.1, tunnel: .8.8.8.8:443}", f'lab.proxy.tunnel[0]: expected {PLACE}, found ".8.8.8.8:443"'),
        ("{listen: 10.0.0.1, tunnel: [https://cdn.example:443]}", f'lab.proxy.tunnel[0]: expected {PLACE}, found "https://cdn.example:443"'),
        ("{listen: 10.0.0.1, tunnel: ['cdn.example:0', 7]}", f"lab.proxy.tunnel[1]: expected {PLACE}, found 7"),
        (
            "{listen: 10.0.0.1, tunnel: '192.168.0.9:443'}",
            'lab.proxy.tunnel[0]: expected a host of the public internet, since tunnels reach only these, found "192.168.0.9:443"',
        ),
        (
            "{listen: 10.0.0.1, tunnel: ['a.example:1', 'API.auth.adobe.com:443']}",
            'lab.proxy.tunnel[1]: expected another host than upstream production has, since the gateway itself answers for it, found "api.auth.adobe.com:443"',
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(proxy: str, line: str) -> None:
    text = f"lab: {{proxy: {proxy}}}"
    assert any(one.endswith(line) for one in said(text)), said(text)
