"""A device's model and platform, read from X-Device-Info or User-Agent.

Facts
-----
* Most documented values of X-Device-Info are not JSON, since a comma is missing. So its members are searched for, not parsed.
* The word for a platform (`slug`) comes only from the table below. The name that an owner gave to a device, or other text in a header,
  never becomes part of a name.
* X-Device-Info counts before User-Agent: a server that calls for a television sends the television's X-Device-Info.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from gateway.core.bounded import remembered
from gateway.core.model import Headers, Request
from gateway.core.secrets.pseudonyms import unb64

UNKNOWN = "device"
"""The slug of a device that does not name its platform."""
LONGEST = 8192
"""Number of characters of X-Device-Info that are read."""
LONGEST_AGENT = 1024

_MEMBER = re.compile(r'"(manufacturer|vendor|model|osName|osFamily|osVendor|browserName)"\s*:\s*"([^"\\]{1,40})"')
_PRODUCT = re.compile(r"[\w.-]{2,40}(?:/[\w.-]{1,20})?")

_PLATFORMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (slug, re.compile(pattern, re.IGNORECASE))
    for slug, pattern in (
        ("roku", r"\bRoku"),
        ("apple-tv", r"\bApple ?TV|\btvOS\b"),
        ("fire-tv", r"\bFire ?TV\b|\bFire ?OS\b|\bAFT[A-Z0-9]{1,8}\b|\bAmazon\b(?! CloudFront)"),
        ("chromecast", r"\bChromecast\b|\bCrKey\b"),
        ("xbox", r"\bXbox\b"),
        ("playstation", r"\bPlayStation\b|\bPS[345]\b"),
        ("samsung-tv", r"\bTizen\b|\bMaple\b"),
        ("lg-tv", r"\bweb0?OS\b|\bWeb0S\b|\bNetCast\b"),
        ("android-tv", r"\bAndroid ?TV\b|\bGoogle ?TV\b|\bBRAVIA\b|\bSHIELD\b"),
        ("vizio-tv", r"\bVIZIO\b|\bSmartCast\b"),
        ("nintendo", r"\bNintendo\b"),
        ("ipad", r"\biPad(?:OS)?\b"),
        ("iphone", r"\biPhone\b|\biOS\b"),
        ("android", r"\bAndroid\b"),
        ("samsung-tv", r"\bSamsung\b"),
        ("lg-tv", r"\bLG\b|\bLGE\b"),
        ("edge", r"\bEdge\b|\bEdg/"),
        ("opera", r"\bOpera\b|\bOPR/"),
        ("firefox", r"\bFirefox\b"),
        ("chrome", r"\bChrome\b"),
        ("safari", r"\bSafari\b"),
        ("curl", r"\bcurl\b"),
        ("wget", r"\bwget\b"),
        ("python", r"\bpython\b|\baiohttp\b|\bhttpx\b|\brequests\b"),
        ("node", r"\bnode(?:-fetch)?\b|\bundici\b|\baxios\b"),
        ("java", r"\bJava\b|\bokhttp\b|\bApache-HttpClient\b"),
        ("go", r"\bGo-http-client\b"),
    )
)
"""The surest patterns come first: a Fire TV also mentions Android, and Edge also mentions Chrome and Safari."""


def slug_of(request: Request) -> str:
    """Return the word for a device's platform, of at most 12 small letters and `-`."""
    return slug_in(*said_in(request))


def word_for(agent: str) -> str:
    """Return the word for the platform in a User-Agent, as `slug_of` does."""
    return slug_in("", agent[:LONGEST_AGENT])


def describe(request: Request) -> str:
    """Return the same description of a device as `description_of`."""
    return description_of(*said_in(request))


def description_of(info: str, agent: str) -> str:
    """Return a device's description of itself: manufacturer and model, else its system, else its HTTP client.

    `said_in` gives the arguments.
    """
    said = _described(info)
    if said:
        return said
    product = _PRODUCT.match(agent)
    return product[0] if product else ""


def said_in(request: Request) -> tuple[str, str]:
    """Return what a request says of its device: X-Device-Info, and User-Agent."""
    headers = request.headers
    info = (headers.get("X-Device-Info") or _later(headers, "X-Device-Info"))[:LONGEST]
    agent = (headers.get("User-Agent") or _later(headers, "User-Agent"))[:LONGEST_AGENT]
    if not info and "device_info=" in request.query[:LONGEST]:
        info = f"&{request.query[:LONGEST]}".partition("&device_info=")[2].partition("&")[0]
    return info, agent


def _later(headers: Headers, name: str) -> str:
    """Return the first value of a field that is not empty, if its first value is empty or missing."""
    return next(filter(None, headers.getall(name)), "")


@remembered(limit=1 << 20)
def _members(info: str) -> dict[str, str]:
    text = unquote(info).strip()
    return dict(_MEMBER.findall(unb64(text).decode("utf-8", "replace") or text)) if text else {}


@remembered(limit=1 << 20)
def slug_in(info: str, agent: str) -> str:
    """Return the same word as `slug_of`. `said_in` gives the arguments."""
    for text in (" ".join(_members(info).values()), agent):
        for slug, pattern in _PLATFORMS:
            if pattern.search(text):
                return slug
    return UNKNOWN


@remembered(limit=1 << 20)
def _described(info: str) -> str:
    members = _members(info)
    words = [members.get(name, "").strip() for name in ("manufacturer", "model")]
    if words[1].lower().startswith(words[0].lower()):
        words[0] = ""
    return " ".join(word for word in words if word) or members.get("osName", "")
