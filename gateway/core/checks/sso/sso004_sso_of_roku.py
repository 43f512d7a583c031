"""RokuOS adds its tokens by itself, but only for hosts that it knows. So a call to a gateway's name has no token, and no single sign-on.

No application can add the tokens. Ask Roku to send them to this host. The host must use HTTPS.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.routes import ROKU
from gateway.core.checking import About, Noticed, Said

ROKUS = ("x-roku-reserved-*",)


@About(
    id="SSO004",
    severity="info",
    title="A Roku without Roku's token",
    page=pages.ROKU_TOKEN,
    fix="Ask Roku to send its headers to this host, too. Or keep Adobe's host name in the app, and let the lab's DNS answer it with the gateway's address.",
    reads=(*ROKUS, "user-agent", "x-device-info"),
    open="The name of the second header that RokuOS adds, and the form of both.",
).request
def sso_of_roku(call: Call) -> Said:
    """Look for Roku's headers on the routes that take them."""
    if call.route is not None and ROKU in call.route.allows and call.is_roku and not call.present(ROKUS):
        yield Noticed(
            "header X-Roku-Reserved-Roku-Connect-Token",
            "no such header",
            "the token that RokuOS adds, if the user has one",
        )
