"""TempPass: access without a login, for a limited time. A promotional TempPass also has a limited number of resources for each identity.

Facts
-----
* The time begins with the first decision. Before it, the profile shows the end that it would have if the time began now.
* A promotional TempPass is counted for each identity in AP-TempPass-Identity, on all devices together.
* A resource that was permitted once is not counted again.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from gateway.emulator.catalogue import Mvpd, Profile
from gateway.emulator.describing import temporary
from gateway.emulator.model import Asked
from gateway.emulator.state import Pass, cut, key_of

_IDENTITY = "AP-TempPass-Identity"


def fault(asked: Asked, mvpd: Mvpd, access: Profile, device: str, resource: str = "") -> str:
    """Return the error code if there is no temporary access. `resource` is the requested resource, or ""."""
    if access.resources is not None and not _identity(asked):
        return "invalid_header_identity_for_temporary_access"
    known = asked.state.passes.get(_key(asked, mvpd, access, device))
    if known is None:
        return ""
    if known.since + access.lasts <= asked.call.now:
        return "temporary_access_duration_limit_exceeded"
    if access.resources is not None and cut(resource) not in known.used and len(known.used) >= access.resources:
        return "temporary_access_resources_limit_exceeded"
    return ""


def use(asked: Asked, mvpd: Mvpd, access: Profile, device: str, resource: str) -> float:
    """Count a permitted resource, and return the end of the access, in seconds since the epoch."""
    key = _key(asked, mvpd, access, device)
    known = asked.state.passes.get(key) or asked.state.passes.keep(key, Pass(asked.call.now))
    if access.resources is not None and cut(resource) not in known.used:
        known.used.append(cut(resource))
    return known.since + access.lasts


def profile(asked: Asked, mvpd: Mvpd, access: Profile, device: str) -> dict[str, object]:
    """Return the profile."""
    known = asked.state.passes.get(_key(asked, mvpd, access, device)) or Pass(asked.call.now)
    about: Mapping[str, object] = {}
    if access.resources is not None:
        about = {"remaining_resources": access.resources - len(known.used), "used_assets": [*known.used]}
    return temporary(asked, mvpd, known.since, known.since + access.lasts, about, device)


def _identity(asked: Asked) -> str:
    """Return the identity in Base64. Empty if it is not Base64."""
    value = asked.call.header(_IDENTITY)
    try:
        return value if base64.b64decode(value.encode("latin-1", "replace"), validate=True) else ""
    except binascii.Error:
        return ""


def _key(asked: Asked, mvpd: Mvpd, access: Profile, device: str) -> bytes:
    whose = device if access.resources is None else f"identity {_identity(asked)}"
    return key_of("pass", asked.service_provider, mvpd.id, whose)
