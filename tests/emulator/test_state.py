"""What the emulator remembers: who logged out of what."""

from __future__ import annotations

import pytest

from gateway.emulator import Call, Emulator, Options
from tests.emulator.calls import INFO, NOW, SERVICE_TOKEN, actions, call, device, document, logout
from tests.harness.for_each import for_each

OTHER = {"AP-Device-Identifier": device("another")}
ROKU = {"X-Roku-Reserved-Roku-Connect-Token": "a.b.c"}
AMAZON = {"Adobe-Subject-Token": "a.b.c"}


@for_each(
    ("calls", "said"),
    [
        pytest.param(
            [logout("Cablevision")] * 4, ["logout", "partner_logout", "invalid", "invalid"], id="one profile a logout"
        ),
        pytest.param([logout("Dish")] * 2, ["complete", "invalid"], id="no logout endpoint"),
        pytest.param([logout("ATTOTT")] * 2, ["complete"] * 2, id="degraded access is no profile"),
        pytest.param([logout("TempPass_5mins")] * 2, ["complete"] * 2, id="temporary access is no profile"),
        pytest.param(
            [logout("Spectrum"), logout("Spectrum", SERVICE_TOKEN), logout("Spectrum", SERVICE_TOKEN)],
            ["invalid", "logout", "invalid"],
            id="a service token shows its profile",
        ),
        pytest.param(
            [logout("Comcast_SSO", SERVICE_TOKEN), logout("Comcast_SSO", ROKU)], ["invalid", "logout"], id="Roku"
        ),
        pytest.param([logout("Comcast_SSO", AMAZON), logout("Comcast_SSO", ROKU)], ["logout", "invalid"], id="Amazon"),
        pytest.param([logout("Dish"), logout("Dish", OTHER)], ["complete"] * 2, id="another device is logged in"),
        pytest.param(
            [logout("Dish"), call("GET /api/v2/REF40/logout/Dish?redirectUrl=x")],
            ["complete"] * 2,
            id="another service provider has profiles of its own",
        ),
        pytest.param(
            [logout("Dish"), call("GET /api/v2/logout/REF30/Dish?redirectUrl=x")],
            ["complete", "invalid"],
            id="swapped segments mean the same",
        ),
    ],
)
def test_a_logout_removes_one_profile(calls: list[Call], said: list[str]) -> None:
    assert actions(Emulator(), *calls) == said


def test_invalid_has_no_type_and_no_url() -> None:
    emulator = Emulator()
    emulator.handle(logout("Dish"))
    entry = {"actionName": "invalid", "actionType": "none", "mvpd": "Dish"}
    assert document(emulator.handle(logout("Dish"))) == {"logouts": {"Dish": entry}}


def test_a_refused_logout_removes_nothing() -> None:
    emulator = Emulator()
    assert emulator.handle(logout("Dish", {"Authorization": None})).status == 401
    assert emulator.handle(logout("Dish", {"X-Emulator-Status": "500"})).status == 500
    assert actions(emulator, logout("Dish")) == ["complete"]


def test_a_head_is_no_logout() -> None:
    emulator = Emulator()
    answer = emulator.handle(Call("HEAD", logout("Dish").target, logout("Dish").headers))
    assert (answer.status, answer.body) == (405, b"")
    assert actions(emulator, logout("Dish")) == ["complete"]


def test_a_v1_logout_touches_no_v2_profile() -> None:
    emulator = Emulator()
    assert emulator.handle(call("DELETE /api/v1/logout?requestor=REF30&deviceId=x")).status == 204
    assert actions(emulator, logout("Dish")) == ["complete"]


def test_the_device_not_heard_of_for_longest_is_forgotten() -> None:
    emulator = Emulator(Options(remember=2))
    first, second, third = (logout("Dish", {"AP-Device-Identifier": device(name)}) for name in "abc")

    assert actions(emulator, first, second, first, third) == ["complete", "complete", "invalid", "complete"]
    assert actions(emulator, first, second) == ["invalid", "complete"]
    assert len(emulator.state.devices) == 2


def listed(emulator: Emulator, path: str = "", **headers: str) -> dict[str, str]:
    """Return the type of each profile that is shown."""
    shown = document(emulator.handle(call(f"GET /api/v2/REF30/profiles{path}", headers)))["profiles"]
    return {mvpd: profile["type"] for mvpd, profile in shown.items()}


def test_profiles_lists_what_the_next_logout_would_remove() -> None:
    emulator = Emulator()
    assert listed(emulator) == {"Cablevision": "regular", "Dish": "regular"}
    assert listed(emulator, **SERVICE_TOKEN) == {
        "Cablevision": "regular",
        "Dish": "regular",
        "Spectrum": "serviceTokenSSO",
    }

    emulator.handle(logout("Cablevision"))
    assert listed(emulator) == {"Cablevision": "appleSSO", "Dish": "regular"}

    emulator.handle(logout("Cablevision"))
    emulator.handle(logout("Dish"))
    assert listed(emulator) == {}


@pytest.mark.parametrize(
    ("mvpd", "shown"),
    [
        ("Dish", {"Dish": "regular"}),
        ("ATTOTT", {"ATTOTT": "degraded"}),
        ("TempPass_5mins", {"TempPass_5mins": "temporary"}),
        ("Spectrum", {}),
    ],
)
def test_one_mvpds_profile_is_shown_be_it_temporary(mvpd: str, shown: dict[str, str]) -> None:
    assert listed(Emulator(), f"/{mvpd}") == shown


def test_a_profile_has_the_documented_members() -> None:
    emulator = Emulator()
    emulator.handle(logout("Cablevision"))
    shown = document(emulator.handle(call("GET /api/v2/REF30/profiles")))["profiles"]

    apple = shown["Cablevision"]
    assert (apple["issuer"], shown["Dish"]["issuer"]) == ("Apple", "Dish")
    assert apple["notBefore"] <= NOW * 1000 < apple["notAfter"]
    assert isinstance(apple["notBefore"], int)
    assert apple["attributes"]["userID"]["state"] == "plain"
    assert shown["Dish"]["attributes"]["upstreamUserID"] == {"value": "EMULATED-DISH-1", "state": "plain"}


def test_a_device_that_is_not_in_the_catalogue_has_a_pseudonym_of_its_own() -> None:
    entries = [
        document(Emulator().handle(logout("Spectrum", {**SERVICE_TOKEN, "AP-Device-Identifier": device(name)})))
        for name in "aab"
    ]
    one, again, other = (entry["logouts"]["Spectrum"]["url"].rpartition("=")[2] for entry in entries)
    assert one == again != other
    assert len(one) == 64
    assert INFO not in one


def test_a_redirect_url_is_quoted_byte_by_byte() -> None:
    request = call("GET /api/v2/REF30/logout/Cablevision?redirectUrl=app%3A%2F%2Fx%3Fa%3D%E9%26b%FF\xe9")
    url = document(Emulator().handle(request))["logouts"]["Cablevision"]["url"]
    assert url.endswith("&redirect_url=app%3A%2F%2Fx%3Fa%3D%E9%26b%FF%E9")
