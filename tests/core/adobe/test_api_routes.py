"""Where a request goes: the documented routes, and those that are nearly right."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.adobe.routes import ROUTES, place_of
from tests.harness.for_each import for_each


@for_each(
    ("method", "path", "name", "misplaced"),
    [
        ("GET", "/api/v2/REF30/configuration", "v2 configuration", ""),
        ("POST", "/api/v2/REF30/sessions", "v2 create session", ""),
        ("POST", "/api/v2/REF30/sessions/ABC", "v2 resume session", ""),
        ("GET", "/api/v2/REF30/sessions/ABC", "v2 session", ""),
        ("GET", "/api/v2/authenticate/REF30/ABC", "v2 authenticate", ""),
        ("GET", "/api/v2/REF30/profiles", "v2 profiles", ""),
        ("GET", "/api/v2/REF30/profiles/Dish", "v2 profile", ""),
        ("GET", "/api/v2/REF30/profiles/code", "v2 profile", ""),
        ("GET", "/api/v2/REF30/profiles/code/ABC", "v2 profile by code", ""),
        ("POST", "/api/v2/REF30/decisions/authorize/Dish", "v2 authorize", ""),
        ("POST", "/api/v2/REF30/decisions/preauthorize/Dish", "v2 preauthorize", ""),
        ("GET", "/api/v2/REF30/logout/Dish", "v2 logout", ""),
        ("POST", "/api/v2/REF30/sessions/sso/Apple", "v2 partner session", ""),
        ("POST", "/api/v2/REF30/profiles/sso/Apple", "v2 partner profile", ""),
        ("DELETE", "/api/v1/logout", "v1 logout", ""),
        ("DELETE", "/api/v1/logout.xml", "v1 logout", ""),
        ("GET", "/api/v1/tokens/media.json", "v1 media token", ""),
        ("GET", "/api/v1/mediatoken", "v1 media token", ""),
        ("POST", "/reggie/v1/REF30/regcode", "v1 create regcode", ""),
        ("DELETE", "/reggie/v1/REF30/regcode/ABC", "v1 delete regcode", ""),
        ("POST", "/o/client/token", "token", ""),
        ("DELETE", "/api/v2/REF30/logout/Dish", "v2 logout", "method"),
        ("get", "/api/v2/REF30/logout/Dish", "v2 logout", "method"),
        ("GET", "/api/v2/logout/REF30/Dish", "v2 logout", "swapped"),
        ("GET", "/api/v2/sessions/REF30/ABC", "v2 session", "swapped"),
        ("GET", "/api/v2/REF30/logout", "v2 logout", "no mvpd"),
        ("GET", "/api/v2/logout", "v2 logout", "no mvpd"),
        ("GET", "/api/v2/REF30/logout/a/b", None, "unknown"),
        ("GET", "/api/v2", None, "unknown"),
        ("OPTIONS", "/api/v2/REF30/logout/Dish", None, ""),
        ("GET", "/", None, ""),
        ("GET", "/api/v3/x", None, ""),
    ],
)
def test_a_request_is_on_a_route(method: str, path: str, name: str | None, misplaced: str) -> None:
    place = place_of(method, path)
    assert (place.route.name if place.route else None, place.misplaced) == (name, misplaced)


def test_what_stands_in_the_holes_is_known() -> None:
    assert dict(place_of("GET", "/api/v2/REF30/logout/Dish").holes) == {"sp": "REF30", "mvpd": "Dish"}
    assert dict(place_of("GET", "/api/v2/logout/REF30/Dish").holes) == {"sp": "REF30", "mvpd": "Dish"}


def test_what_a_logout_requires_and_allows_is_its_pages() -> None:
    logout = ROUTES["v2 logout"]
    assert logout.requires == {"authorization", "ap-device-identifier", "x-device-info"}
    assert "ap-partner-framework-status" not in logout.allows
    assert logout.parameters == frozenset({"redirectUrl"})
    assert logout.json


@given(st.text(), st.text())
def test_any_method_and_path_have_a_place(method: str, path: str) -> None:
    place_of(method, path)
    place_of("GET", f"/api/v2/{path}")
