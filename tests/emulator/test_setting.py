"""What a test sets: logins of devices, options; and what it reads."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.emulator import Emulator, Options
from gateway.emulator.setting import Setting, SettingError
from tests.emulator.apps import App
from tests.emulator.calls import NOW
from tests.harness.for_each import for_each


def setting(logged_in: str = "none", **options: bool) -> tuple[Setting, App]:
    emulator = Emulator(Options(logged_in=logged_in, **options), clock=lambda: NOW)
    return emulator.setting, App(emulator)


def test_a_device_is_logged_in_and_out_before_and_after_it_is_heard_of() -> None:
    said, app = setting()
    said.log_in("tv-1", "Dish")
    assert app.profiles() == {"Dish": "regular"}
    said.log_in("tv-1", "Cablevision")
    assert app.profiles() == {"Cablevision": "regular", "Dish": "regular"}
    said.log_out("tv-1", "Dish")
    assert app.profiles() == {"Cablevision": "regular"}
    said.log_out("tv-1")
    assert app.profiles() == {}
    assert App(app.emulator, name="tv-2").profiles() == {}


def test_logged_out_is_logged_out_where_everybody_else_is_logged_in() -> None:
    said, app = setting("all")
    said.log_out("tv-1")
    assert app.profiles() == {}
    assert app.ask("GET /api/v1/checkauthn?requestor=REF30&deviceId=tv-1").status == 403
    assert App(app.emulator, name="tv-2").profiles() == {"Cablevision": "regular", "Dish": "regular"}


def test_a_login_is_at_one_service_provider_where_one_is_named() -> None:
    said, app = setting()
    said.log_in("tv-1", "Dish", service_provider="REF40")
    assert app.profiles() == {}
    said.log_in("tv-1", "Dish", service_provider="REF30")
    assert app.profiles() == {"Dish": "regular"}
    assert [each["mvpd"] for each in said.profiles("tv-1", "REF40")] == ["Dish"]


def test_a_login_is_one_client_s_where_one_is_named() -> None:
    said, app = setting()
    said.log_in("tv-1", "Dish", client="another")
    assert app.profiles() == {}
    assert App(app.emulator, "another").profiles() == {"Dish": "regular"}
    said.log_in("tv-1", "Cablevision", client="app")
    assert app.profiles() == {"Cablevision": "regular"}


def test_a_login_takes_the_place_of_one_of_its_kind() -> None:
    said, app = setting()
    said.log_in("tv-1", "Dish")
    app.log_in("Cablevision")
    said.log_in("tv-1", "Cablevision")
    assert [(each["mvpd"], each["of_one_client"]) for each in said.profiles("tv-1")] == [
        ("Dish", False),
        ("Cablevision", False),
    ]


@for_each(
    ("type_", "shown"), [("appleSSO", {"Dish": "appleSSO"}), ("regular", {"Dish": "regular"}), ("serviceTokenSSO", {})]
)
def test_a_login_has_a_type(type_: str, shown: dict[str, str]) -> None:
    said, app = setting()
    said.log_in("tv-1", "Dish", type=type_)
    assert app.profiles() == shown
    assert app.profiles({"AD-Service-Token": "x"}) == (shown or {"Dish": type_})


def test_what_expired_is_not_shown() -> None:
    said, app = setting()
    said.log_in("tv-1", "Dish", lasts=0)
    assert app.profiles() == {}
    assert said.profiles("tv-1") == []


def test_it_begins_anew() -> None:
    said, app = setting("all", throttle=True)
    app.logs_out("Dish")
    said.log_out("tv-1")
    for _ in range(12):
        app.ask("GET /api/v2/REF30/profiles")
    assert app.ask("GET /api/v2/REF30/profiles").status == 429
    said.reset()
    assert app.profiles() == {"Cablevision": "regular", "Dish": "regular"}
    assert len(app.emulator.state.devices) == 1


def test_options_change_from_the_next_call_on() -> None:
    said, app = setting("all")
    said.change(strict=True, auto_login=True, logged_in={"tv-2": "Dish", "tv-3": ["Cablevision"]})
    assert app.ask("GET /api/v2/REF30/profiles", {"Authorization": "Bearer t"}).status == 401
    assert App(app.emulator, name="tv-2").profiles() == {"Dish": "regular"}
    assert App(app.emulator, name="tv-3").profiles() == {"Cablevision": "regular"}
    assert app.profiles() == {}
    said.change(logged_in="all")
    said.reset()
    assert app.profiles() == {"Cablevision": "regular", "Dish": "regular"}


def test_the_state_tells_everything_but_secrets() -> None:
    said, app = setting("all")
    app.profiles()
    state: Any = said.state()
    assert state["options"] == {"strict": False, "throttle": False, "auto_login": False, "logged_in": "all"}
    (device,) = state["devices"]
    assert (device["device"], device["service_provider"]) == ("tv-1", "REF30")
    assert [each["mvpd"] for each in device["profiles"]] == ["Cablevision", "Dish", "Spectrum", "Comcast_SSO"]
    assert app.headers["Authorization"] not in str(state)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"mvpd": "Dsih"}, "mvpd: expected an MVPD of the catalogue, found 'Dsih'; did you mean Dish?"),
        (
            {"mvpd": "Dish", "type": "degraded"},
            "type: expected one of regular, appleSSO, platformSSO, serviceTokenSSO, found 'degraded'",
        ),
        ({"mvpd": "Dish", "lasts": -1}, "lasts: expected seconds from 0 to 315360000, found -1"),
        ({"mvpd": "Dish", "lasts": float("nan")}, "lasts: expected seconds from 0 to 315360000, found nan"),
    ],
)
def test_what_cannot_be_set_is_told(given: dict[str, object], message: str) -> None:
    said, app = setting()
    with pytest.raises(SettingError, match="expected") as caught:
        said.log_in("tv-1", **given)  # type: ignore[arg-type]
    assert str(caught.value) == message
    assert app.profiles() == {}


def test_every_option_that_cannot_be_is_told_at_once() -> None:
    said, app = setting()
    with pytest.raises(SettingError) as caught:
        said.change(strikt=True, throttle="yes", logged_in={"tv": ["Dsih"]})
    assert str(caught.value).splitlines() == [
        "strikt: unknown option; did you mean strict?",
        "throttle: expected true or false, found 'yes'",
        "logged_in.tv: expected MVPDs of the catalogue, found 'Dsih'; did you mean Dish?",
    ]
    with pytest.raises(SettingError, match="expected all, none, or MVPDs by device, found 'some'"):
        said.change(logged_in="some")
    with pytest.raises(SettingError, match="expected all, none, or MVPDs by device, found 7"):
        said.change(logged_in=7)
    assert app.emulator.options == Options(logged_in="none")


def test_a_device_of_v1_is_logged_in_and_out_though_it_was_heard_of_before() -> None:
    said, app = setting()

    def is_logged_in() -> bool:
        return app.ask("GET /api/v1/checkauthn?requestor=REF30&deviceId=tv-1").status == 200

    assert not is_logged_in()
    said.log_in("tv-1", "Dish")
    assert is_logged_in()
    said.log_out("tv-1", "Cablevision")
    assert is_logged_in()
    said.log_in("tv-1", "Cablevision", service_provider="REF40")
    assert is_logged_in()
    said.log_out("tv-1", "Dish")
    assert not is_logged_in()


def test_a_device_without_an_id_cannot_log_in() -> None:
    said, _ = setting()
    with pytest.raises(SettingError, match="device: expected the device's own id, found an empty text"):
        said.log_in("", "Dish")
