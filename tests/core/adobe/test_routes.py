"""Which requests a route pattern means, and what is said of a pattern that is none."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.adobe.routes import _ROUTES, LOGOUT_ROUTES, METHODS, RoutePattern, is_of_clients, place_of
from tests.harness.for_each import for_each

V1 = "DELETE /api/v1/logout{.json,.xml,}"
V2 = "GET /api/v2/{serviceProvider}/logout/{mvpd}"


@for_each(
    ("pattern", "method", "path", "matches"),
    [
        (V1, "DELETE", "/api/v1/logout", True),
        (V1, "DELETE", "/api/v1/logout.json", True),
        (V1, "DELETE", "/api/v1/logout.xml", True),
        (V1, "DELETE", "/api/v1/logout.yaml", False),
        (V1, "DELETE", "/api/v1/logoutXjson", False),
        (V1, "DELETE", "/api/v1/logout/", False),
        (V1, "DELETE", "/api/v1/logout\n", False),
        (V1, "GET", "/api/v1/logout", False),
        (V1, "delete", "/api/v1/logout", False),
        (V2, "GET", "/api/v2/REF30/logout/Cablevision", True),
        (V2, "GET", "/api/v2/REF30/logout/a%2Fb", True),
        (V2, "GET", "/api/v2/${sp}/logout/%zz", True),
        (V2, "GET", "/api/v2/REF30/logout/a\xe9\n", True),
        (V2, "GET", "/api/v2/REF30/logout/", False),
        (V2, "GET", "/api/v2//logout/Cablevision", False),
        (V2, "GET", "/api/v2/REF30/logout/a/b", False),
        (V2, "GET", "/api/v2/REF30/logout/a/", False),
        (V2, "GET", "//api/v2/REF30/logout/a", False),
        (V2, "GET", "/api/v2/REF30%2Flogout/Cablevision", False),
        ("GET /a.b/(c)+", "GET", "/a.b/(c)+", True),
        ("GET /a.b/(c)+", "GET", "/aXb/cc", False),
        ("GET /a%2Fb", "GET", "/a%2Fb", True),
        ("GET /a%2Fb", "GET", "/a%2fb", True),
        ("GET /a%2Fb", "GET", "/a/b", False),
        ("GET /%61~|", "GET", "/a%7e%7c", True),
        (V2, "GET", "/api/v2/REF30/%6Cogout/Dish", True),
        ("* /api/v1/logout", "DELETE", "/api/v1/logout", True),
        ("* /api/v1/logout", "PURGE", "/api/v1/logout", True),
        ("* /api/v2/{rest...}", "GET", "/api/v2/REF30/logout/Dish", True),
        ("* /api/v2/{rest...}", "GET", "/api/v2", True),
        ("* /api/v2/{rest...}", "GET", "/api/v2/", True),
        ("* /api/v2/{rest...}", "GET", "/api/v20/x", False),
        ("GET /a/{rest...}/b/{c}", "GET", "/a/b/x", True),
        ("GET /a/{rest...}/b/{c}", "GET", "/a/1/2/b/x", True),
        ("GET /a/{rest...}/b/{c}", "GET", "/a/1/2/b", False),
        ("* /{rest...}", "GET", "/", True),
        ("GET /{,v1/,v2/}logout", "GET", "/v2/logout", True),
        ("GET /{,v1/,v2/}logout", "GET", "/logout", True),
        ("GET /", "GET", "/", True),
    ],
)
def test_a_pattern_is_compared_with_the_path_in_any_spelling(
    pattern: str, method: str, path: str, matches: bool
) -> None:
    assert RoutePattern.parse(pattern).matches(method, path) is matches


@for_each(
    ("text", "said"),
    [
        ("", 'expected a method in capitals, a space and a path, such as "DELETE /api/v1/logout", found ""'),
        ("/api", 'expected a method in capitals, a space and a path, such as "DELETE /api/v1/logout", found "/api"'),
        (
            "get /api",
            'expected a method in capitals, a space and a path, such as "DELETE /api/v1/logout", found "get /api"',
        ),
        ("GET  /api", 'expected a path that begins with /, found " /api"'),
        ("GET api", 'expected a path that begins with /, found "api"'),
        ("GET /a?b=c", 'expected a path as it is on the wire, without spaces, ? and #, found "/a?b=c"'),
        ("GET /a b", 'expected a path as it is on the wire, without spaces, ? and #, found "/a b"'),
        ("GET /\u2028", 'expected a path as it is on the wire, without spaces, ? and #, found "/\\u2028"'),
        ("GET /a/../b", 'expected a path without the segments . and .., which every client resolves, found "/a/../b"'),
        ("GET /%2E", 'expected a path without the segments . and .., which every client resolves, found "/%2E"'),
        ("GET /{a", 'expected { and } in pairs, one inside no other, found "/{a"'),
        ("GET /a}", 'expected { and } in pairs, one inside no other, found "/a}"'),
        ("GET /{{a}}", 'expected { and } in pairs, one inside no other, found "/{{a}}"'),
        ("GET /{}", 'expected a name, or texts with commas between them, inside { }, found ""'),
        ("GET /{.json}", 'expected a name, or texts with commas between them, inside { }, found ".json"'),
        ("GET /{a ,b}", 'expected between the commas, texts as they are on the wire, found "a ,b"'),
        ("GET /x{a}", 'expected {a} as a whole segment, between slashes, found "/x{a}"'),
        ("GET /{a}.json", 'expected {a} as a whole segment, between slashes, found "/{a}.json"'),
        ("GET /a/*", 'expected {name} for one segment, {name...} for any number of them, found "/a/*"'),
        ("GET /{a...}/{b...}", 'expected {name...} once at most, found "/{a...}/{b...}"'),
        ("GET /x{a...}", 'expected {a...} as a whole segment, between slashes, found "/x{a...}"'),
        (
            "ANY /a",
            'expected one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE, or * for any of them, found "ANY"',
        ),
        (
            "GTE /a",
            'expected one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE, or * for any of them, found "GTE"',
        ),
        ("GET /" + "{" * 200, f'expected {{ and }} in pairs, one inside no other, found "/{"{" * 79}"'),
    ],
)
def test_what_is_wrong_with_a_pattern_is_said(text: str, said: str) -> None:
    with pytest.raises(ValueError, match="expected") as caught:
        RoutePattern.parse(text)
    assert str(caught.value) == said


def test_a_pattern_is_a_value() -> None:
    assert RoutePattern.parse(V1) == RoutePattern.parse(V1)
    assert hash(RoutePattern.parse(V1)) == hash(RoutePattern.parse(V1))
    assert [str(RoutePattern.parse(text)) for text in LOGOUT_ROUTES] == list(LOGOUT_ROUTES)


@given(st.text())
def test_any_text_is_a_pattern_or_a_value_error(text: str) -> None:
    for candidate in (text, f"GET /{text}"):
        with suppress(ValueError):
            assert RoutePattern.parse(candidate).text == candidate


@given(st.text(alphabet=st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters="{}/?#"), min_size=1))
def test_a_hole_takes_any_one_segment(segment: str) -> None:
    assert RoutePattern.parse(V2).matches("GET", f"/api/v2/{segment}/logout/{segment}")


def test_where_clients_register_is_known_in_every_spelling() -> None:
    for path in ("/o/client/register", "/o/client/token", "/o/client/", "/o/%63lient/token", "//o/./client/token"):
        assert is_of_clients(path), path
    for path in ("/o/clients/token", "/o%2Fclient/token", "/x/o/client/token", "/o", "/"):
        assert not is_of_clients(path), path
    named = {
        text: RoutePattern.parse(text).is_of_clients
        for text in (V1, "POST /o/client/{name}", "* /o/client/{rest...}", "* /{rest...}", "POST /{o}/client/token")
    }
    assert [text for text, of_clients in named.items() if of_clients] == [
        "POST /o/client/{name}",
        "* /o/client/{rest...}",
    ]


SEGMENTS = (
    "api",
    "reggie",
    "v1",
    "v2",
    "REF30",
    "logout",
    "logout.json",
    "sessions",
    "sso",
    "profiles",
    "code",
    "authenticate",
    "checkauthn",
    "x",
)


@given(
    st.sampled_from([*METHODS, "PUT"]),
    st.lists(st.sampled_from(SEGMENTS), max_size=4),
    st.sampled_from(["/api/v1/", "/api/v2/", "/reggie/v1/", "/"]),
)
def test_of_several_routes_the_first_one_of_the_method_counts(method: str, segments: list[str], start: str) -> None:
    path = start + "/".join(segments)
    matches = [
        (route, found.groupdict())
        for pattern, route in _ROUTES
        if (found := pattern.fullmatch(path)) and method in route.methods
    ]
    place = place_of(method, path)
    if matches:
        assert (place.route, place.holes, place.misplaced) == (*matches[0], "")
    else:
        assert place.route is None or place.misplaced
