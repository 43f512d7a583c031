"""A 401 means that Adobe refuses the access token. If it is sent again, it is refused again, and counts for the device's throttle.

First fetch a new token with the same client credentials, then send the call once more. Each service provider is judged alone, since a
token that one of them refuses may be valid for another.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, SeenExchange

UNAUTHORIZED = 401


def _token(call: Call) -> str | None:
    if not call.token_tag or call.version not in {"v1", "v2"}:
        return None
    return f"{call.token_tag} {call.provider}"


@About(
    id="AUTH012",
    severity="warning",
    title="The same access token again after a 401",
    page=pages.CHECKLIST,
    fix="On a 401 fetch a new access token with the same client credentials, then try once more.",
    status=401,
    code="invalid_access_token_client_application",
    reads=("authorization",),
).over_time(_token, remembers=lambda answer: answer.status == UNAUTHORIZED)
def token_refused_again(before: float | None, seen: SeenExchange) -> tuple[float | None, tuple[Noticed, ...]]:
    """Remember when the token was refused."""
    after = before
    if seen.answer is not None:
        after = seen.at if seen.answer.status == UNAUTHORIZED else None
    if before is None or seen.at < before:
        return after, ()
    found = f"the token that was answered 401 {seen.at - before:.0f} s before"
    return after, (Noticed("header Authorization", found, "a new access token"),)
