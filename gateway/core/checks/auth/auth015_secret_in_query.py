"""A token request has its credentials in the form. Every server on the way writes a query into its log.

Adobe's page shows a form in the body, with the Content-Type of a form.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said

_SECRETS = ("client_secret", "client_id", "software_statement")


@About(
    id="AUTH015",
    severity="warning",
    title="Client credentials in the URL",
    page=pages.TOKEN,
    fix="Send client_id, client_secret and grant_type as a form in the body.",
    open="Whether a token request may have its parameters in the query. The OpenAPI file has them there, but the page says form.",
).request
def secret_in_query(call: Call) -> Said:
    """Look for the names of credentials in the query."""
    if call.version == "dcr":
        names = {pair.name for pair in call.parameters if pair.raw}
        for name in _SECRETS:
            if name in names:
                yield Noticed(f"query {name}", "a value", "this parameter in the body")
