"""Which hosts are Adobe's, and of which environment."""

from __future__ import annotations

from gateway.core.adobe.hosts import origin_of_pages, read_origin
from tests.harness.for_each import for_each


@for_each(
    ("origin", "environment", "is_local"),
    [
        ("https://api.auth.adobe.com", "production", False),
        ("https://API.auth.adobe.com:443", "production", False),
        ("https://sp-prequal.auth-staging.adobe.com", "staging", False),
        ("https://xauth.adobe.com", "", False),
        ("https://api.auth.adobe.com.example.org", "", False),
        ("http://127.0.0.1:80", "", True),
        ("http://[::1]:80", "", True),
        ("http://8.8.8.8", "", False),
        ("http://localhost", "", True),
        ("emulator:", "", True),
        ("", "", True),
    ],
)
def test_an_origin_is_of_an_environment(origin: str, environment: str, is_local: bool) -> None:
    read = read_origin(origin)
    assert (read.environment, read.is_local) == (environment, is_local)


@for_each(
    ("origin", "pages"),
    [
        ("https://api.auth.adobe.com", "https://sp.auth.adobe.com"),
        ("https://sp.auth.adobe.com", "https://sp.auth.adobe.com"),
        ("https://sp-prequal.auth.adobe.com", "https://sp-prequal.auth.adobe.com"),
        ("https://entitlement.auth.adobe.com", "https://entitlement.auth.adobe.com"),
        ("https://api.auth-staging.adobe.com", "https://sp.auth-staging.adobe.com"),
        ("https://lab.example:8443", "https://lab.example:8443"),
        ("http://127.0.0.1:8081", "http://127.0.0.1:8081"),
        ("https://api.auth.adobe.com.evil.example", "https://api.auth.adobe.com.evil.example"),
    ],
)
def test_pages_are_opened_at_adobes_sp_hosts_and_elsewhere_where_the_api_is_asked(origin: str, pages: str) -> None:
    assert origin_of_pages(origin) == pages
