"""Findings about a rewritten logout, for the log and the journal, without secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gateway.core.adobe import pages
from gateway.core.adobe.v1_logout import Logout, UnreadableLogout
from gateway.core.adobe.v2_logout import LogoutOutcome, logout_target, profiles_target
from gateway.core.model import Finding

TITLES: Mapping[str, str] = {
    "RW001": "v2 knows no profile of this device",
    "RW002": "Parameters without a place in v2",
    "RW003": "The MVPD's own session does not end",
    "RW004": "A request to v2 failed",
    "RW005": "The requests to v2 that dry_run did not send",
    "RW006": "v1 does not exist any more, so v2 decides",
    "RW007": "Not translated",
    "RW008": "The single sign-on does not end",
}
"""The title of each finding."""


def no_profile() -> Finding:
    """Say that v2 knows no profile of the device. Somebody may be logged in all the same."""
    return Finding(
        "RW001",
        "warning",
        "profiles",
        "none for this device",
        "a profile. v2 shows no login of v1, and no login of another client. Let the app log in through v2 with the client "
        "credentials of the logout, or set authorization: pass. With v1: also (the default), the v1 logout still ends the v1 login",
        pages.FAQ,
    )


def dropped(logout: Logout) -> Finding:
    """Say which parameters have no place in v2."""
    return Finding(
        "RW002", "info", "query", ", ".join(logout.dropped), "parameters that v2's logout defines", pages.FAQ
    )


def interactive(outcome: LogoutOutcome) -> Finding:
    """Say that the MVPD's own session does not end. v1 never opened the MVPD's page either."""
    return Finding(
        "RW003",
        "info",
        f"logouts.{outcome.what}.url",
        "a page of the MVPD, which v1 apps do not open",
        "the app opens the URL in X-Gateway-Logout-Url, to end the MVPD's own session",
        pages.LOGOUT,
    )


def failed(outcome: LogoutOutcome) -> Finding:
    """Say that a request to v2 got a wrong answer."""
    return Finding(
        "RW004",
        "warning",
        outcome.what,
        f"status {outcome.answer.status}",
        "a logout, or a list of profiles",
        pages.LOGOUT,
    )


def would_be(logout: Logout | UnreadableLogout, mvpd: str) -> Finding:
    """Say which requests `dry_run` did not send. `mvpd` is empty if the first one asks for the profiles."""
    if isinstance(logout, UnreadableLogout):
        found = "nothing" if logout.is_v1s else f"nothing, and the answer 400 {logout.code}"
    elif mvpd:
        found = f"GET {logout_target(logout.requestor, mvpd, '')}…"
    else:
        asked = f"GET {profiles_target(logout.requestor)}"
        found = f"{asked}, then for each profile GET {logout_target(logout.requestor, 'MVPD', '')}…"
    return Finding("RW005", "info", "dry_run", found, "dry_run: false sends these requests, too", pages.FAQ)


def gone(status: int) -> Finding:
    """Say that v1 does not exist any more, so the app gets v2's answer."""
    return Finding(
        "RW006",
        "warning",
        "the v1 logout",
        f"status {status}",
        "204; v1's life ends, and v2 decides",
        pages.ANNOUNCEMENTS,
    )


def not_translated(logout: UnreadableLogout) -> Finding:
    """Say why a logout was sent only to v1."""
    expected = "a requestor, in the query or in v1's signed Authorization; the logout went out as v1 alone"
    return Finding("RW007", "warning", "requestor", logout.details, expected, pages.V1_LOGOUT)


def sso_goes_on(names: Sequence[str]) -> Finding:
    """Say which of the app's fields, by their names, were not sent to v2. With them, v2 ends the sessions of other apps, too."""
    return Finding(
        "RW008",
        "info",
        "single sign-on",
        ", ".join(names),
        "sso_headers: pass, if a logout must end the sessions of all apps that share the single sign-on",
        pages.SINGLE_LOGOUT,
    )


def whose_logins(authorization: str, *, sso: bool) -> str:
    """Say whose logins v2 can see, in two or three sentences. `authorization` is the rule's option."""
    whose = (
        "the gateway's own client (clients.default)"
        if authorization == "client"
        else "the client whose token the app sends, which needs the scope api:client:v2"
    )
    shared = (
        "The app's SSO headers are sent to v2, so v2 also finds its single sign-on profiles, which other apps share."
        if sso
        else "The app's SSO headers are not sent to v2, so v2 finds no single sign-on profile."
    )
    return (
        f"v2 sees the logins that were made through v2, on the same device, by {whose}. "
        f"It sees no login of v1, and no login of another client. {shared}"
    )


def notes(logout: Logout, outcomes: Sequence[LogoutOutcome]) -> Iterable[Finding]:
    """Yield the findings about a logout and v2's answers."""
    if logout.dropped:
        yield dropped(logout)
    if all(outcome.actions == {"invalid"} for outcome in outcomes):
        yield no_profile()
    for outcome in outcomes:
        if outcome.problem:
            yield failed(outcome)
        elif outcome.opens:
            yield interactive(outcome)
