"""What may be watched: denied by the catalogue, by a rating, by a rule of degradation, by the end of temporary access."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from gateway.emulator import Catalogue, Emulator
from gateway.emulator.ratings import is_above, rating_of
from tests.emulator.apps import JSON, SP, App
from tests.emulator.calls import NOW, document
from tests.harness.for_each import for_each

MRSS = '<rss version="2.0"><channel><item><media:rating scheme="urn:v-chip">tv-ma</media:rating></item></channel></rss>'
IDENTITY = {"AP-TempPass-Identity": base64.b64encode(b'{"email":"x"}').decode()}
OTHER_IDENTITY = {"AP-TempPass-Identity": base64.b64encode(b'{"email":"y"}').decode()}


def app(**catalogue: Any) -> App:
    """Return an app that is logged in at Dish, at an emulator with this catalogue."""
    mvpds = {"Dish": {"profiles": [{"type": "regular", "attributes": {"maxRating": {"VCHIP": "TV-PG", "MPAA": "PG"}}}]}}
    return App(Emulator(catalogue=Catalogue.parse({**catalogue, "mvpds": {**mvpds, **catalogue.get("mvpds", {})}})))


@for_each(
    ("resource", "code"),
    [
        ("anything", ""),
        ("denied", "authorization_denied_by_mvpd"),
        ("for adults", "authorization_denied_by_parental_controls"),
        ("for all", ""),
        ("of no scale", ""),
        ("at home", "authorization_denied_by_hba_policies"),
        (MRSS, "authorization_denied_by_parental_controls"),
        (MRSS.replace("tv-ma", "TV-G"), ""),
    ],
)
def test_a_resource_is_permitted_unless_something_denies_it(resource: str, code: str) -> None:
    resources = {
        "denied": "deny",
        "for adults": {"rating": "R"},
        "for all": {"rating": "G"},
        "of no scale": {"rating": "18"},
        "at home": "authorization_denied_by_hba_policies",
    }
    (entry,) = app(resources=resources).decides("authorize", resource, mvpd="Dish")
    assert (entry["authorized"], entry.get("error", {}).get("code", "")) == (not code, code)
    assert entry["resource"] == resource
    assert ("token" in entry) is not bool(code)


def test_a_denial_has_the_mvpd_s_sentence() -> None:
    permitted, denied = app(resources={"Live": "deny"}).decides("preauthorize", "News", "Live", mvpd="Dish")
    assert permitted["authorized"] is True
    assert "error" not in permitted
    assert denied["error"]["code"] == "preauthorization_denied_by_mvpd"
    assert denied["error"]["details"] == 'Your subscription package does not include the "Live" channel'


def test_a_media_token_begins_as_the_samples_do() -> None:
    (entry,) = app().decides("authorize", "News", mvpd="Dish")
    assert entry["token"]["serializedToken"].startswith("PHNpZ25hdHVyZUluZm8+")
    assert entry["token"]["notAfter"] - entry["token"]["notBefore"] == 600_000


@for_each(
    ("mvpd", "source", "code"),
    [
        ({"profiles": [{"type": "degraded"}]}, "degradation", ""),
        ({"degradation": "AuthZAll"}, "degradation", ""),
        ({"degradation": "AuthZNone"}, "degradation", "authorization_denied_by_degradation_rule"),
        ({"profiles": [{"type": "temporary"}]}, "temppass", ""),
        ({"error": "invalid_configuration_temporary_access"}, "", "invalid_configuration_temporary_access"),
        ({}, "mvpd", ""),
    ],
)
def test_who_decides_is_said(mvpd: dict[str, object], source: str, code: str) -> None:
    one = app(mvpds={"Some": mvpd})
    answer = document(one.ask(f"POST {SP}/decisions/authorize/Some", JSON, b'{"resources": ["x"]}'))
    if not source:
        assert answer["code"] == code
        return
    (entry,) = answer["decisions"]
    assert (entry["source"], entry.get("error", {}).get("code", "")) == (source, code)


def test_temporary_access_lasts_from_its_first_use() -> None:
    one = app(mvpds={"Pass": {"profiles": [{"type": "temporary", "lasts": 60}]}})
    shown = document(one.ask(f"GET {SP}/profiles/Pass"))["profiles"]["Pass"]
    assert (shown["issuer"], shown["type"]) == ("Adobe", "temporary")
    assert shown["attributes"]["userID"]["value"].startswith("temppass_")
    assert shown["attributes"]["expiration_date"] == {"value": int((NOW + 60) * 1000), "state": "plain"}
    one.now += 1_000
    one.decides("preauthorize", "x", mvpd="Pass")
    one.now += 1_000
    assert one.decides("authorize", "x", mvpd="Pass")[0]["authorized"]
    one.now += 59
    assert one.decides("authorize", "y", mvpd="Pass")[0]["authorized"]
    one.now += 1
    assert one.decides("authorize", "x", mvpd="Pass")[0]["error"]["code"] == "temporary_access_duration_limit_exceeded"
    assert one.profiles() == {"Dish": "regular"}
    assert one.logs_out("Pass") == {"actionName": "complete", "actionType": "none", "mvpd": "Pass"}
    assert App(one.emulator, name="tv-2").decides("authorize", "x", mvpd="Pass")[0]["authorized"]


def test_a_promotional_pass_counts_the_resources_of_an_identity() -> None:
    one = app(mvpds={"Promo": {"profiles": [{"type": "temporary", "lasts": 60, "resources": 2}]}})

    def code(resource: str, headers: dict[str, str], by: App = one) -> str:
        (entry,) = by.decides("authorize", resource, mvpd="Promo", headers=headers)
        return str(entry.get("error", {}).get("code", ""))

    assert code("a", {}) == "invalid_header_identity_for_temporary_access"
    assert code("a", {"AP-TempPass-Identity": "no base64"}) == "invalid_header_identity_for_temporary_access"
    assert [code(each, IDENTITY) for each in "aab"] == ["", "", ""]
    assert code("c", IDENTITY) == "temporary_access_resources_limit_exceeded"
    assert code("c", IDENTITY, App(one.emulator, name="tv-2")) == "temporary_access_resources_limit_exceeded"
    assert code("a", IDENTITY) == ""
    assert code("c", OTHER_IDENTITY) == ""
    shown = document(one.ask(f"GET {SP}/profiles/Promo", OTHER_IDENTITY))["profiles"]["Promo"]["attributes"]
    assert (shown["remaining_resources"]["value"], shown["used_assets"]["value"]) == (1, ["c"])
    assert (
        document(one.ask(f"GET {SP}/profiles/Promo", IDENTITY))["code"] == "temporary_access_resources_limit_exceeded"
    )


def test_a_degraded_profile_has_the_documented_prefix() -> None:
    shown = document(App(Emulator()).ask(f"GET {SP}/profiles/ATTOTT"))["profiles"]["ATTOTT"]
    assert (shown["issuer"], shown["type"]) == ("Adobe", "degraded")
    assert shown["attributes"]["userID"]["value"].startswith("95cf93bcd183214a")


@pytest.mark.parametrize(
    ("most", "rating", "above"),
    [
        ({"VCHIP": "TV-14"}, "TV-MA", True),
        ({"VCHIP": "TV-14"}, "TV-14", False),
        ({"MPAA": "PG"}, "TV-MA", False),
        (None, "R", False),
        ({"MPAA": 7}, "R", False),
    ],
)
def test_ratings_are_compared_on_their_own_scale(most: object, rating: str, above: bool) -> None:
    assert is_above(rating, most) is above


def test_a_resource_without_markup_brings_no_rating() -> None:
    assert rating_of("TV-MA") == rating_of("<media:rating>") == ""
    assert rating_of("<media:rating>PG</media:rating>") == "PG"
