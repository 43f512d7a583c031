"""REST API V2 takes tokens with the scope `api:client:v2`. Tokens of v1's applications have other scopes, and are answered 401.

A v1 software statement cannot be used again: v2 needs a registered application of its own, with the scope enabled.
"""

import re

from gateway.core.adobe import pages
from gateway.core.adobe.authorization import V2_SCOPE
from gateway.core.adobe.call import Call
from gateway.core.adobe.malformed import shown
from gateway.core.checking import About, Noticed, Said

_SCOPE = re.compile(r"[a-z]{1,16}(?::[a-z0-9]{1,12}){1,3}")


@About(
    id="AUTH004",
    severity="error",
    title="The access token is not for REST API V2",
    page=pages.REGISTRATION,
    fix="Register an application with the scope api:client:v2 in the TVE Dashboard, and use its software statement.",
    status=401,
    code="invalid_access_token_client_application",
    reads=("authorization",),
    open="Which code and body Adobe sends for a missing or expired token, or for a token with another scope. Which mistake Adobe reports if a call has several.",
).request
def token_scope(call: Call) -> Said:
    """Look for the scope among the token's scopes."""
    token = call.jwt
    if call.version != "v2" or token is None or token.encrypted or V2_SCOPE in (token.scopes or ()):
        return
    scopes = sorted(token.scopes or ())
    found = ", ".join(_scope(scope) for scope in scopes[:3]) + (" …" if len(scopes) > 3 else "")  # noqa: PLR2004  # a few
    yield Noticed("header Authorization", f"a JWT with scopes {found}" if scopes else "a JWT without scopes", V2_SCOPE)


def _scope(scope: str) -> str:
    """Quote a scope that has the form of Adobe's scopes."""
    return scope if _SCOPE.fullmatch(scope) else shown(scope)
