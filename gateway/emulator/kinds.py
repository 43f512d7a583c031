"""Types of profiles: the header that makes each visible, its issuer, and the effect of a logout."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """One type of profile, as the logout and profiles pages describe it."""

    shown_by: tuple[str, ...] = ()
    """A call sees the profile only with one of these headers. Empty: every call sees it."""
    issuer: str = ""
    """The issuer of the profile. Empty: its MVPD."""
    may_have_url: bool = True
    """Whether the MVPD can have a logout endpoint."""
    is_profile: bool = True
    """Whether a logout removes the profile, and the list of all profiles has it. False for degraded and temporary access."""
    action: tuple[str, str] = ("complete", "none")
    """actionName and actionType of a logout without a logout endpoint."""
    reason: str = "authenticated"
    """reasonType of a session that is not necessary."""
    source: str = "mvpd"
    """The source of decisions."""
    prefix: str = ""
    """The prefix of a userID."""


INTERACTIVE = ("logout", "interactive")
"""actionName and actionType of a logout with a logout endpoint."""

INVALID = ("invalid", "none")
"""actionName and actionType of a logout that finds no profile."""

KINDS = {
    "regular": Kind(),
    "appleSSO": Kind(
        issuer="Apple", may_have_url=False, action=("partner_logout", "partner_interactive"), reason="authenticatedSSO"
    ),
    "platformSSO": Kind(
        shown_by=("Adobe-Subject-Token", "X-Roku-Reserved-Roku-Connect-Token"), reason="authenticatedSSO"
    ),
    "serviceTokenSSO": Kind(shown_by=("AD-Service-Token",), reason="authenticatedSSO"),
    "degraded": Kind(
        issuer="Adobe",
        may_have_url=False,
        is_profile=False,
        reason="degraded",
        source="degradation",
        prefix="95cf93bcd183214a",
    ),
    "temporary": Kind(
        issuer="Adobe",
        may_have_url=False,
        is_profile=False,
        reason="temporary",
        source="temppass",
        prefix="temppass_",
    ),
}
