"""The page's faults: every option of every fault is a field, and what is in force is shown as config.yaml writes it."""

from __future__ import annotations

import yaml
from msgspec.structs import fields

from gateway.control.page.faults import form, kinds, words
from gateway.core.adobe.routes import RoutePattern
from gateway.core.faults import FAULTS
from tests.harness.for_each import for_each


def test_every_option_of_every_fault_is_a_field() -> None:
    assert {kind.name: [option.name for option in kind.options] for kind in kinds()} == {
        name: [option.name for option in fields(kind)] for name, kind in FAULTS.items()
    }
    assert all(kind.about for kind in kinds())


def test_a_field_knows_what_may_stand_in_it() -> None:
    by_name = {(kind.name, option.name): option for kind in kinds() for option in kind.options}
    at, sent = by_name["reset", "at"], by_name["reset", "sent"]
    assert (at.choices, at.default, at.is_text) == (("before_head", "head", "body"), "before_head", True)
    assert (sent.choices, sent.default, sent.is_text) == (("true", "false"), "false", False)
    assert by_name["status", "body"].is_text
    assert not by_name["status", "headers"].is_text
    assert not by_name["delay", "seconds"].is_text
    assert by_name["delay", "seconds"].required
    assert by_name["throttle", "capacity"].default == "11"


@for_each(
    ("said", "shown"),
    [
        ({"code": 503}, "{code: 503}"),
        ({"nth": ["3.."]}, "{nth: 3..}"),
        ({"nth": ["3..5", "7"]}, '{nth: [3..5, "7"]}'),
        ({"seconds": "0.25s"}, "{seconds: 0.25s}"),
        ({"seconds": 600.0}, "{seconds: 600}"),
        ({"body": "no"}, '{body: "no"}'),
        ({"body": "1e3"}, '{body: "1e3"}'),
        ({"body": "a: b, {c}"}, '{body: "a: b, {c}"}'),
        ({"body": "caf\u00e9\n<b>"}, '{body: "caf\u00e9\\n<b>"}'),
        ({"sent": True, "size": None}, "{sent: true, size: null}"),
        ({}, "{}"),
    ],
)
def test_a_fault_is_written_in_one_line_of_yaml(said: dict[str, object], shown: str) -> None:
    assert words(said) == shown
    again = yaml.safe_load(shown)
    assert again == {
        key: value[0] if isinstance(value, list) and len(value) == 1 else value for key, value in said.items()
    }


def test_every_route_that_is_suggested_is_one() -> None:
    routes = form()["routes"]
    assert isinstance(routes, tuple)
    assert "GET /api/v2/{sp}/logout/{mvpd}" in routes
    for route in routes:
        assert RoutePattern.parse(route)
