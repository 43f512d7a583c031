"""Labels have few values, whatever a client or an upstream sends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.adobe.routes import OTHER, template_of
from gateway.core.model import Exchange, Leg, Request, Response
from gateway.metrics.labels import asked_upstreams, error_of, method_of, status_of, upstream_of
from tests.harness.for_each import for_each


@for_each(
    ("method", "path", "template"),
    [
        ("GET", "/api/v2/REF30/logout/Dish", "/api/v2/{sp}/logout/{mvpd}"),
        ("POST", "/api/v2/REF30/logout/Dish", "/api/v2/{sp}/logout/{mvpd}"),
        ("DELETE", "/api/v1/logout.json", "/api/v1/logout{.json,.xml,}"),
        ("GET", "/api/v2/REF30/log%6Fut/Dish", "/api/v2/{sp}/logout/{mvpd}"),
        ("GET", "/", OTHER),
        ("GET", "/api/v9/x", OTHER),
        ("OPTIONS", "/api/v2/REF30/logout/Dish", OTHER),
        ("GET", "/" + "x" * 5000, OTHER),
    ],
)
def test_a_route_is_its_template(method: str, path: str, template: str) -> None:
    assert template_of(method, path) == template


@given(st.text(max_size=30), st.text(max_size=60))
def test_no_text_of_a_client_becomes_a_label(method: str, path: str) -> None:
    assert method_of(method) in {OTHER, "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}
    route = template_of(method, path)
    assert route == OTHER or route.startswith("/")


def test_a_status_is_one_of_http_or_other() -> None:
    assert [status_of(status) for status in (100, 200, 599, 600, 999, 0)] == ["100", "200", "599", OTHER, OTHER, OTHER]


def test_an_upstream_is_named_where_it_was_asked() -> None:
    asked, recorded = Response(200, source="upstream"), Response(200, source="cassette")
    request = Request("GET", "/", upstream="lab")
    assert upstream_of(Exchange("1", request, (Leg(request, asked, 1.0),), asked)) == "lab"
    assert upstream_of(Exchange("1", request, (Leg(request, recorded, 1.0),), recorded)) == ""
    assert asked_upstreams(Exchange("1", request, (Leg(request, recorded, 1.0), Leg(request, asked, 1.0)), asked)) == [
        Leg(request, asked, 1.0)
    ]
    assert error_of(Exchange("1", request, (Leg(request, asked, 1.0),), asked)) == ""
