"""What a rewritten logout has to say beside its reply: findings for the log and the journal, without a secret in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gateway.core.adobe import pages
from gateway.core.adobe.v1_logout import Logout, UnreadableLogout
from gateway.core.adobe.v2_logout import LogoutOutcome, logout_target, profiles_target
from gateway.core.model import Finding

TITLES: Mapping[str, str] = {
    "RW001": "v2 knows no profile of this device",
    "RW002": "Parameters without a place in v2",
    "RW003": "The MVPD's own session lives on",
    "RW004": "A request to v2 failed",
    "RW005": "What v2 would have been asked",
}
"""What each says, in a few words."""


def no_profile() -> Finding:
    """Say that v2 knows no profile of the device, which does not mean that nobody is logged in."""
    return Finding(
        "RW001",
        "warning",
        "profiles",
        "none for this device",
        "a profile: v2 shows neither a login of v1 nor one that another client made. Let the app log in through v2 with the "
        "credentials that log it out, or choose authorization: pass; no_profile: v1 ends its v1 login meanwhile",
        pages.FAQ,
    )


def dropped(logout: Logout) -> Finding:
    """Say which parameters have no place in v2."""
    return Finding(
        "RW002", "info", "query", ", ".join(logout.dropped), "parameters that v2's logout defines", pages.FAQ
    )


def interactive(outcome: LogoutOutcome) -> Finding:
    """Say that the MVPD's own session lives on: v1 never opened its page either."""
    return Finding(
        "RW003",
        "info",
        f"logouts.{outcome.what}.url",
        "a page of the MVPD, which v1 apps do not open",
        "the app opens what X-Gateway-Logout-Url says, to end the MVPD's own session",
        pages.LOGOUT,
    )


def failed(outcome: LogoutOutcome) -> Finding:
    """Say that a request to v2 was not answered as it should be."""
    return Finding(
        "RW004",
        "warning",
        outcome.what,
        f"status {outcome.answer.status}",
        "a logout, or a list of profiles",
        pages.LOGOUT,
    )


def would_be(logout: Logout | UnreadableLogout, mvpd: str) -> Finding:
    """Say what would have been sent; `mvpd` is empty where the profiles would have been asked for."""
    if isinstance(logout, UnreadableLogout):
        found = f"nothing, and the answer 400 {logout.code}"
    elif mvpd:
        found = f"GET {logout_target(logout.requestor, mvpd, '')}…"
    else:
        asked = f"GET {profiles_target(logout.requestor)}"
        found = f"{asked}, then for each profile GET {logout_target(logout.requestor, 'MVPD', '')}…"
    return Finding("RW005", "info", "dry_run", found, "dry_run: false sends that in the v1 logout's place", pages.FAQ)


def notes(logout: Logout, outcomes: Sequence[LogoutOutcome]) -> tuple[Finding, ...]:
    """Return everything that is to be said of a logout that was translated."""
    return tuple(_notes(logout, outcomes))


def _notes(logout: Logout, outcomes: Sequence[LogoutOutcome]) -> Iterable[Finding]:
    if logout.dropped:
        yield dropped(logout)
    if all(outcome.actions == {"invalid"} for outcome in outcomes):
        yield no_profile()
    for outcome in outcomes:
        if outcome.problem:
            yield failed(outcome)
        elif outcome.urls:
            yield interactive(outcome)
