"""A server that calls for a television describes the television, not itself. X-Device-Info decides how long the login lasts.

The check looks for a Linux desktop, and for the User-Agent of an HTTP library. Such a User-Agent is fine on Android, where apps use okhttp.
"""

import re

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import REDACTED, About, Noticed, Said
from gateway.core.secrets.pseudonyms import is_pseudonym

_LIBRARY = re.compile(
    r"(?:python|aiohttp|okhttp|java|go-http-client|node|axios|curl|apache-httpclient)\b", re.IGNORECASE
)
_ANDROID = frozenset({"Android"})


@About(
    id="INFO010",
    severity="warning",
    title="The device information describes a server",
    page=pages.SERVER_COOKBOOK,
    fix="Pass the device's own description on, as the device sent it.",
    reads=("x-device-info",),
).request
def info_of_server(call: Call) -> Said:
    """Look for descriptions that no television has."""
    info = call.described
    if info is None or call.version not in {"v1", "v2"}:
        return
    agent = info.text("userAgent")
    if info.text("osName") == "Linux" and info.text("primaryHardwareType") == "Desktop":
        yield Noticed(
            "header X-Device-Info", "a desktop with Linux", "the description of the device that is watched on"
        )
    elif _LIBRARY.match(agent) and info.text("osName") not in _ANDROID:
        yield Noticed("header X-Device-Info, userAgent", "an HTTP library", "the device's own User-Agent, or none")
    elif agent and is_pseudonym(agent):
        yield REDACTED
