"""What `lab` may say."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

from tests.config.reading import read, said
from tests.harness.for_each import for_each


def test_one_text_is_a_list_of_one_and_the_folder_is_beside_the_file() -> None:
    lab = read(
        "lab: {address: 192.168.0.2, names: Gateway.lab, dns: {listen: 192.168.0.2, forward_to: '[::1]:53'}}"
    ).lab
    assert (lab.address, lab.names, lab.folder) == ((ip_address("192.168.0.2"),), ("gateway.lab",), Path("lab"))
    assert lab.dns is not None
    assert [str(server) for server in lab.dns.forward_to] == ["[::1]:53"]


@for_each(
    ("text", "line"),
    [
        ("lab: {address: 0.0.0.0}", 'lab.address[0]: expected an IP address of this machine, such as 192.168.0.2, found "0.0.0.0"'),
        ("lab: {address: lab.example}", 'lab.address[0]: expected an IP address of this machine, such as 192.168.0.2, found "lab.example"'),
        ("lab: {address: [10.0.0.1, 10.0.0.2]}", "lab.address: expected one IPv4 address, one IPv6 address, or both, found a list"),
        ("lab: {names: 10.0.0.1}", 'lab.names[0]: expected a host name such as gateway.lab, found "10.0.0.1"'),
        ("lab: {key_type: dsa}", 'lab.key_type: expected ec or rsa, found "dsa"; did you mean rsa?'),
        ("lab: {dns: {}}", "lab.dns.listen: expected a value, found none"),
        (
            "lab: {dns: {listen: 10.0.0.1}}",
            "lab.address: expected the address at which devices reach the gateway, since lab.dns answers with it, found none",
        ),
        ("lab: {address: 10.0.0.1, dns: {listen: gateway.lab}}", 'lab.dns.listen: expected an IP address of this machine, found "gateway.lab"'),
        (
            "lab: {address: 10.0.0.1, dns: {listen: 10.0.0.1, forward_to: ['10.0.0.1:53']}}",
            'lab.dns.forward_to[0]: expected another resolver than lab.dns itself, found "10.0.0.1:53"',
        ),
        ("lab: {pages: {}}", "lab.pages.listen: expected a value, found none"),
        (
            "listen: {host: 0.0.0.0, port: 80}\nlab: {pages: {listen: 10.0.0.1}}",
            "lab.pages.listen: expected another address or port, found 10.0.0.1:80, which listen has already",
        ),
        (
            "listeners: {tv: {host: 10.0.0.1, port: 81}}\nlab: {pages: {listen: '10.0.0.1:81'}}",
            "lab.pages.listen: expected another address or port, found 10.0.0.1:81, which listeners.tv has already",
        ),
        (
            "lab: {pages: {listen: '0.0.0.0:81'}}",
            "lab.address: expected the address at which devices reach the gateway, since lab.pages shows it, found none",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(text: str, line: str) -> None:
    assert any(one.endswith(line) for one in said(text)), said(text)
