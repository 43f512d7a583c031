"""Profiles in the form of answers: times, issuer, type, attributes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from gateway.emulator.answers import milliseconds
from gateway.emulator.catalogue import Mvpd
from gateway.emulator.kinds import KINDS
from gateway.emulator.logins import HOUR, Seen
from gateway.emulator.model import Asked

DEGRADED_SECONDS = 24 * HOUR


def described(asked: Asked, mvpd: Mvpd, profile: Seen, device: str = "") -> dict[str, object]:
    """Return a visible profile. `device` is the profile's device, if it is not the call's own."""
    login = profile.login
    given = {"userID": user_id(asked, mvpd, profile.type, device or asked.device_id), **login.profile.attributes}
    return _profile(mvpd, profile.type, login.since, login.until, given)


def degraded(asked: Asked, mvpd: Mvpd, device: str = "") -> dict[str, object]:
    """Return the profile of degraded access. It is not stored."""
    since = asked.call.now // HOUR * HOUR
    given = {"userID": user_id(asked, mvpd, "degraded", device or asked.device_id)}
    return _profile(mvpd, "degraded", since, since + DEGRADED_SECONDS, given)


def temporary(
    asked: Asked, mvpd: Mvpd, since: float, until: float, about: Mapping[str, object], device: str = ""
) -> dict[str, object]:
    """Return the profile of temporary access. `about` are a promotional TempPass's facts about its resources."""
    given = {
        **about,
        "expiration_date": milliseconds(until),
        "userID": user_id(asked, mvpd, "temporary", device or asked.device_id),
    }
    return _profile(mvpd, "temporary", since, until, given)


def user_id(asked: Asked, mvpd: Mvpd, type_: str, device: str) -> str:
    """Return the user id of a device at an MVPD. It is the same each time, and has the prefix of the profile's type."""
    prefix = KINDS[type_].prefix
    found = pseudonym(device, f"userID {mvpd.id} {asked.service_provider if prefix else ''}".rstrip())
    return prefix + found[:40] if prefix else found


def pseudonym(device: str, purpose: str) -> str:
    """Return 64 hexadecimal digits that identify the device for this purpose."""
    return hashlib.sha256(f"{purpose} {device}".encode("utf-8", "backslashreplace")).hexdigest()


def _profile(mvpd: Mvpd, type_: str, since: float, until: float, attributes: Mapping[str, object]) -> dict[str, object]:
    return {
        "notBefore": milliseconds(since),
        "notAfter": milliseconds(until),
        "issuer": KINDS[type_].issuer or mvpd.id,
        "type": type_,
        "attributes": {name: {"value": value, "state": "plain"} for name, value in attributes.items()},
    }
