"""The domains in which a lab's authority may certify hosts."""

from __future__ import annotations

from gateway.lab.domains import is_permitted, permitted_domains
from tests.harness.for_each import for_each


@for_each(
    ("hosts", "domains"),
    [
        (["api.auth.adobe.com"], ("auth.adobe.com",)),
        (["api.auth.adobe.com", "sp.auth.adobe.com"], ("auth.adobe.com",)),
        (["api.auth.adobe.com", "api.auth-staging.adobe.com"], ("auth-staging.adobe.com", "auth.adobe.com")),
        (["a.b.example", "c.a.b.example"], ("b.example",)),
        (["gateway.lab"], ("gateway.lab",)),
        (["adobe.co.uk"], ("adobe.co.uk",)),
        (["api.adobe.co.uk"], ("adobe.co.uk",)),
        (["API.Auth.Adobe.Com."], ("auth.adobe.com",)),
        (["192.168.0.2", "2001:db8::1", "not a host", ""], ()),
        (["localhost"], ("localhost",)),
    ],
)
def test_the_parent_of_a_host_is_permitted_unless_nobody_owns_it(hosts: list[str], domains: tuple[str, ...]) -> None:
    assert permitted_domains(hosts) == domains


@for_each(
    ("host", "permitted"),
    [
        ("auth.adobe.com", True),
        ("api.auth.adobe.com", True),
        ("xauth.adobe.com", False),
        ("adobe.com", False),
        ("auth.adobe.com.evil.example", False),
        ("", False),
    ],
)
def test_a_host_is_permitted_inside_a_domain(host: str, permitted: bool) -> None:
    assert is_permitted(host, ["auth.adobe.com"]) is permitted
