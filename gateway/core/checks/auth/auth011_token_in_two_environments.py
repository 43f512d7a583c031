"""An access token is valid in one environment. If it is sent to staging and to production, one of them refuses it.

In the documentation, tokens of both environments have the same issuer. So one call does not show the environment, but two calls do.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.hosts import read_origin
from gateway.core.checking import About, Noticed, SeenExchange


def _token(call: Call) -> str | None:
    return call.token_tag if call.token_tag and call.origin and read_origin(call.origin).environment else None


@About(
    id="AUTH011",
    severity="warning",
    title="One access token in two environments",
    page=pages.ENVIRONMENTS,
    fix="Keep credentials and tokens of each environment apart.",
    reads=("authorization",),
).over_time(_token, timed=False)
def token_in_two_environments(before: str | None, seen: SeenExchange) -> tuple[str, tuple[Noticed, ...]]:
    """Remember where the token was first."""
    environment = read_origin(seen.call.origin).environment
    if before is None or environment in before:
        return before or environment, ()
    noticed = Noticed(
        "header Authorization", f"a token in {environment} that was in {before}", f"a token of {environment}"
    )
    return f"{before} and {environment}", (noticed,)
