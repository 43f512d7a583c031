"""The X-Device-Info header: Base64 of a JSON object that describes the device.

Facts
-----
* v2 requires plain Base64, v1 requires percent-encoded Base64. So the route decides whether percent-encoding is a flaw.
* Of the 40 documented values, 38 are not JSON, since a comma is missing. No value has all members that the table requires.
* Some members allow only a set of values. Adobe's own cookbooks also use a few others: `type`, `Roku`.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from gateway.core.adobe.base64_text import Flaw, read_base64
from gateway.core.adobe.json_text import read_json
from gateway.core.adobe.malformed import Malformed, whole_redacted
from gateway.core.bounded import remembered
from gateway.core.secrets.pseudonyms import is_pseudonym
from gateway.core.value import repr_without

V1_REQUIRED = ("model", "osName")
V2_REQUIRED = ("model", "version", "osName", "osVersion", "connectionType")

_SYSTEMS = "Android|Linux|Roku OS|Windows|iOS|tvOS|webOS"
_MAKERS = "Amazon|Apple|Google|Microsoft|Mozilla|Nintendo|Nokia|Samsung"
RESTRICTED: dict[str, frozenset[str]] = {
    name: frozenset(values.split("|"))
    for name, values in {
        "primaryHardwareType": "Camera|DataCollectionTerminal|Desktop|EmbeddedNetworkModule|eReader|GamesConsole"
        "|GeolocationTracker|Glasses|MediaPlayer|MobilePhone|PaymentTerminal|PluginModem|Projector|SetTopBox|TV|Tablet"
        "|Unknown|VehicleMultimediaSystem|WirelessHotspot|Wristwatch",
        "osName": f"{_SYSTEMS}|Chrome OS|Mac OS|OS X|OpenBSD",
        "osFamily": f"{_SYSTEMS}|BSD|PlayStation OS|Symbian|Tizen|macOS",
        "osVendor": f"{_MAKERS}|LG|Roku|Sony|Tizen Project",
        "browserName": "Android Browser|Chrome|Edge|Firefox|Internet Explorer|Opera|Safari|SeaMonkey|Symbian Browser",
        "browserVendor": f"{_MAKERS}|Motorola|Netscape|Sony Ericsson",
    }.items()
}
"""The values that the X-Device-Info page allows. Projector and VehicleMultimediaSystem come from the OpenAPI file."""
IN_SNIPPETS: Mapping[str, frozenset[str]] = {
    "osName": RESTRICTED["osFamily"] | {"Roku", "iPadOS"},
    "type": frozenset({"MobilePhone", "Tablet", "TV", "Unknown"}),
}
"""Values that the page's code samples send, but that its table does not allow. `Roku` is in the sample for Roku. `iPadOS` is the value of
`UIDevice.systemName`. Tizen, macOS and the PlayStation are in the table as families only."""

_SECRET = ("connectionIp", "connectionPort", "userAgent")


class DeviceInfo(Struct, frozen=True):
    """The content of X-Device-Info."""

    members: Mapping[str, object] = field(default_factory=dict)
    """None if the JSON could not be read."""
    flaws: frozenset[Flaw] = frozenset()
    malformed: Malformed | None = None
    """Why the JSON could not be read, if its Base64 could be read."""
    size: int = 0
    redacted: bool = False
    """True: redaction changed members of it, and encoded it again."""

    __repr__, __rich_repr__ = repr_without("members")

    def text(self, name: str) -> str:
        """Return a member as text; empty if it is absent or null."""
        value = self.members.get(name)
        if isinstance(value, bool):
            return str(value).lower()
        return str(value) if isinstance(value, str | int | float) else ""


@remembered()
def read_device_info(value: str) -> DeviceInfo | Malformed:
    """Read the value of X-Device-Info. Percent-encoding is decoded, and noted."""
    decoded = read_base64(value)
    if isinstance(decoded, Malformed):
        return whole_redacted("base64", value) or decoded
    read = read_json(decoded.data)
    size = len(decoded.data)
    if isinstance(read, Malformed):
        redacted = whole_redacted("json", value)
        return redacted or DeviceInfo(flaws=decoded.flaws, malformed=read, size=size)
    if not isinstance(read.value, dict):
        malformed = Malformed("json", "JSON, but no object", "a JSON object")
        return DeviceInfo(flaws=decoded.flaws, malformed=malformed, size=size)
    info = DeviceInfo(read.value, decoded.flaws, size=size)
    if any(is_pseudonym(info.text(name)) for name in _SECRET):
        return DeviceInfo(read.value, decoded.flaws, size=size, redacted=True)
    return info
