"""Logins: the profiles that a call sees, the effect of a login, and the effect of a logout.

Facts
-----
* A profile that a client made is visible to this client, on its device. A profile that exists from the start, or was set by a test, is
  visible to every client. A login replaces such a profile.
* Single sign-on shows a login to each call that names the same identity. The profile has the type of the header with the identity.
* A logout removes all visible profiles in one call: the regular profile and, with a header that names an identity, the single sign-on
  (single logout flow). This also ends the profile of the app that logged in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gateway.emulator.catalogue import DAY, Mvpd, Profile
from gateway.emulator.model import Asked
from gateway.emulator.state import MOST_LOGINS, Device, Login, cut, key_of
from gateway.emulator.who import client, subjects

HOUR = 3_600


class Seen(NamedTuple):
    """A profile that a call sees."""

    login: Login
    type: str


def device_of(asked: Asked) -> Device:
    """Return the state of the call's device. A new device starts as the options say."""
    key = key_of(asked.service_provider, asked.device_id)
    known = asked.state.devices.get(key)
    if known is None:
        known = Device(cut(asked.device_id), cut(asked.service_provider), [*_start(asked)])
        asked.state.devices.keep(key, known)
    return known


def seen(asked: Asked) -> dict[str, list[Seen]]:
    """Return the profiles that a call sees, by MVPD."""
    mine, named, now = client(asked), subjects(asked), asked.call.now
    found: dict[str, list[Seen]] = {}
    own: set[int] = set()
    for login in device_of(asked).logins:
        if not login.lives(now) or (login.profile.kind.shown_by and login.profile.type not in named):
            continue
        if login.client in {None, mine}:
            own.add(id(login))
            found.setdefault(login.mvpd, []).append(Seen(login, login.profile.type))
    for type_, subject in named.items():
        for login in asked.state.shared.get(subject) or ():
            if login.lives(now) and id(login) not in own:
                found.setdefault(login.mvpd, []).append(Seen(login, type_))
    return found


def seen_at(asked: Asked, mvpd: Mvpd) -> list[Seen]:
    """Return the profiles of one MVPD that a call sees."""
    return seen(asked).get(mvpd.id, [])


def why_none(asked: Asked, mvpd: Mvpd) -> str:
    """Return the code that says why a call sees no profile of an MVPD."""
    mine = client(asked)
    for login in device_of(asked).logins:
        if login.mvpd == mvpd.id and login.client in {None, mine}:
            return "authenticated_profile_invalidated" if login.ended else "authenticated_profile_expired"
    return "authenticated_profile_missing"


def log_in(asked: Asked, mvpd: Mvpd, profile: Profile, owner: str | None, identities: tuple[bytes, ...] = ()) -> Login:
    """Add a profile to the call's device. It replaces an older one of the same MVPD, type and client."""
    now = asked.call.now
    login = Login(mvpd.id, profile, owner, now, now + profile.lasts)
    device = device_of(asked)
    add(device.logins, login)
    for identity in identities:
        add(asked.state.shared.get(identity) or asked.state.shared.keep(identity, []), login)
    return login


def add(logins: list[Login], login: Login) -> None:
    """Add a login. It replaces older ones of the same MVPD, type and client. Beyond `MOST_LOGINS`, the oldest are forgotten."""

    def takes_the_place_of(other: Login) -> bool:
        same = (other.mvpd, other.profile.type) == (login.mvpd, login.profile.type)
        return same and (login.client is None or other.client in {None, login.client})

    logins[:] = [each for each in logins if not takes_the_place_of(each)][-MOST_LOGINS + 1 :]
    logins.append(login)


def log_out(asked: Asked, mvpd: Mvpd) -> list[Seen]:
    """Remove the profiles of an MVPD that a call sees, and return them."""
    removed, device, mine = seen_at(asked, mvpd), device_of(asked), client(asked)
    shared = [known for subject in subjects(asked).values() if (known := asked.state.shared.get(subject))]
    for each in removed:
        if each.login.client in {None, mine}:
            remove(device.logins, each.login)
        for logins in shared:
            if remove(logins, each.login):
                each.login.ended = True
    about = asked.catalogue.devices.get(asked.device_id)
    if removed and about is not None and mvpd.id in about.sequence:
        step = device.steps[mvpd.id] = device.steps.get(mvpd.id, 0) + 1
        for profile in about.sequence[mvpd.id][step : step + 1]:
            log_in(asked, mvpd, profile, None)
    return removed


def remove(logins: list[Login], login: Login) -> bool:
    """Remove a login from a list. Return whether it was there."""
    before = len(logins)
    logins[:] = [each for each in logins if each is not login]
    return len(logins) < before


def starting(asked: Asked) -> Iterator[tuple[Mvpd, tuple[Profile, ...], str | None]]:
    """Yield the MVPDs at which the call's device is logged in at the start, each with the profiles and their client."""
    logged_in = asked.options.logged_in
    known = asked.catalogue.devices.get(asked.device_id)
    said = asked.state.starts.get(key_of(asked.device_id)) or {}
    names = () if isinstance(logged_in, str) else logged_in.get(asked.device_id, ())
    wanted = {found.id for name in names if (found := asked.catalogue.find(name))}
    for mvpd in asked.catalogue.mvpds:
        profiles = tuple(profile for profile in mvpd.profiles if profile.kind.is_profile)
        owner = None
        if mvpd.id in said:
            profile, owner = said[mvpd.id].profile, said[mvpd.id].client
            profiles = () if profile is None else (profile,)
        elif logged_in != "all" and mvpd.id not in wanted:
            profiles = ()
        elif known is not None and mvpd.id in known.sequence:
            profiles = known.sequence[mvpd.id][:1]
        if profiles:
            yield mvpd, profiles, owner


def _start(asked: Asked) -> Iterator[Login]:
    for mvpd, profiles, owner in starting(asked):
        for profile in profiles:
            # Whole hours, if they make no difference. So two recordings in one hour are equal.
            since = asked.call.now // HOUR * HOUR if profile.lasts >= DAY else asked.call.now
            yield Login(mvpd.id, profile, owner, since, since + profile.lasts)
