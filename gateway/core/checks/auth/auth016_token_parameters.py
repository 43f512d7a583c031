"""A token request has client_id, client_secret and grant_type=client_credentials. Otherwise it is answered 400 invalid_request."""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.malformed import shown
from gateway.core.checking import About, Noticed, Said

_GRANT = "client_credentials"


@About(
    id="AUTH016",
    severity="error",
    title="A token request lacks a parameter",
    page=pages.TOKEN,
    fix="Send client_id, client_secret and grant_type=client_credentials as a form.",
    status=400,
    code="invalid_request",
).request
def token_parameters(call: Call) -> Said:
    """Look in form and query. If the form was not read, there is no finding."""
    if not call.is_on("token") or call.place.misplaced or call.form is None:
        return
    for name in ("client_id", "client_secret", "grant_type"):
        if not call.parameter(name):
            yield Noticed(f"body {name}", "no value", "a value")
    grant = call.parameter("grant_type")
    if grant and grant != _GRANT:
        yield Noticed("body grant_type", shown(grant), _GRANT)
