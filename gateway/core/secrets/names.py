"""Decides by a name whether its value is secret. The last word of the name decides, together with the words before it.

Facts
-----
* `userPassword`, `user_password`, `X-User-Password`, `USERPASSWORD` and `user.password2` have the same words. Capitals, digits and
  signs separate words. Letters without a separation are split into known words (`sessionid`).
* English puts the thing last: `access_token` is a token, `token_type` is a type, `password_policy` is a policy. So the last word
  decides. The words before it can change the decision: a `key` is no secret, an `api key` is a secret.
* The words of `_TAILS` do not name a thing (`token_value`, `password_confirm`). The word before them decides.
* With one of `_QUESTIONS` before a thing, the value is a yes, a no or a number (`allow_credentials`, `has_password`, `max_sessions`).
* A name that is judged here makes only its own value secret, not the values below it: below `token` there are dates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from ipaddress import ip_address

from gateway.core.bounded import remembered
from gateway.core.secrets.pseudonyms import is_pseudonym

LONGEST = 96
"""The longest name, in characters."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_THINGS: dict[str, str] = {
    **dict.fromkeys(
        ("password", "passwd", "passwort", "pwd", "pw", "passphrase", "passcode", "pswd", "psk"), "password"
    ),
    **dict.fromkeys(
        ("token", "jwt", "secret", "credential", "cred", "creds", "csrf", "xsrf", "otp", "totp", "sid", "bearer"),
        "token",
    ),
    **dict.fromkeys(("signature", "hmac", "hdnts", "hdnea", "hdntl", "jsessionid", "phpsessid"), "token"),
    **dict.fromkeys(("cookie", "apikey", "assertion", "authenticator"), "token"),
    "authorization": "authorization",
    **dict.fromkeys(("username", "userid", "loginid", "nameid"), "user"),
    "login": "login",
    **dict.fromkeys(("email", "mail"), "email"),
    **dict.fromkeys(
        ("udid", "duid", "idfa", "idfv", "gaid", "rida", "tifa", "imei", "imsi", "iccid", "meid", "hwid"), "hardware"
    ),
    **dict.fromkeys(("mac", "macaddress"), "mac"),
    **dict.fromkeys(("msisdn", "phone", "telephone", "mobile", "cellphone"), "phone"),
    **dict.fromkeys(("ecid", "mcmid"), "visitor"),
    "hhid": "household",
}
"""Words whose value is secret, whatever words come before, with their kinds."""

_PAIRS: dict[str, tuple[str, frozenset[str]]] = {
    "key": (
        "token",
        _words(
            "api app access secret private auth authentication encryption decryption signing shared account master session ssh aes "
            "rsa hmac license subscription client consumer developer service function sdk stream vault "
            "sess priv enc preshared"
        ),
    ),
    "code": (
        "otp",
        _words(
            "otp verification verify auth authorization mfa 2fa tfa security sms login reset activation confirmation backup recovery "
            "pin registration reg user time one challenge"
        ),
    ),
    "pin": ("pin", _words("user login card security mvpd account device")),
    "pass": (
        "password",
        _words("user login pf db admin smtp proxy http account client my root"),
    ),
    "verifier": ("long", _words("code pkce oauth")),
    "hash": ("password", _words("password passwd pwd pass pw")),
    "answer": ("password", _words("secret security recovery")),
    "passkey": ("session", frozenset()),
    "sig": ("token", frozenset()),
    "session": ("session", _words("user login auth web app client php")),
    "ticket": ("token", _words("auth login session service granting")),
    "id": ("session", frozenset(("session", "sess"))),
    "name": ("user", frozenset(("user", "login"))),
    "user": (
        "user",
        _words("remote forwarded login auth request basic os j db admin client"),
    ),
    "auth": ("auth", _words("basic proxy http npm")),
    "state": ("state", frozenset(("oauth", "oidc"))),
    "nameid": ("user", frozenset(("saml",))),
    "response": ("token", frozenset(("saml",))),
    "request": ("token", frozenset(("saml",))),
    "guid": ("session", frozenset(("session", "authentication"))),
    "oid": ("user", frozenset(("primary",))),
    "index": ("session", frozenset(("session",))),
    "address": ("email", frozenset(("email", "mail"))),
    "serial": ("hardware", _words("device hardware tv stb")),
}
"""Words whose value is secret only after one of the words listed beside them, or if they are the whole name (`_ALONE`)."""

_ALONE = frozenset(("pin", "pass", "sig", "session", "user", "auth", "state", "ticket", "passkey"))
"""Words of `_PAIRS` whose value is secret if they are the whole name."""

_DEVICE = frozenset(("device", "hardware"))
_USERS = frozenset(("user", "subscriber", "member", "customer", "upstream"))
_HARDWARE = frozenset(("android", "advertising", "stb"))
_IDENTIFIED: dict[str, str] = {
    **dict.fromkeys(_DEVICE, "device"),
    **dict.fromkeys(_USERS, "user"),
    **dict.fromkeys(_HARDWARE, "hardware"),
    "visitor": "visitor",
    "household": "household",
}
"""Words before an id, with the meaning of the name."""
_PHONES = frozenset(("phone", "telephone", "mobile", "cell"))
_ADDRESS_THINGS = frozenset(("ip", "ipaddress", "ipaddr", "addr", "address", "for", "clientip", "realip"))
_PEERS = _words(
    "client peer remote real user viewer visitor source src originating origin connecting external socket forwarded forward "
    "cluster true envoy caller requester end device"
)

_TAILS = _words(
    "value text string str field input raw data header hdr b64 base64 hex enc encoded encrypted plain confirm confirmation "
    "again repeat new old current verify param parameter md5 sha1 sha256"
)
_QUESTIONS = _words(
    "allow allowed has is needs require requires required use uses enable enabled disable show hide remember forgot max min "
    "num count total supports support can with no missing invalid public pagination page continuation next cancellation "
    "design temp"
)
_KNOWN = frozenset(
    [
        *_THINGS, *_PAIRS, *_DEVICE, *_USERS, *_ADDRESS_THINGS, *(word for _, before in _PAIRS.values() for word in before), "refresh",
        "id", "identity", "middleware", "number", "visitor", "household", *_HARDWARE, "channel", "word", "saml", "authn", "authz", "signed", "requestor", "x", "type", "agent", "name", "uri", "url",
        "endpoint", "expires", "status", "state", "info", "expiry", "count", "policy", "security", "ing", "hash", "verification", "adobe",
    ]
) - {"for", "time", "one", "my", "os", "j", "db", "x", "ing", "end", "no", "app"}  # fmt: skip
"""Words that are found in letters without a separation."""

_WORD = re.compile(r"[A-Z]{2,}(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_NO_VALUE = _words(
    "true false yes no on off none null undefined nil enabled disabled required optional bearer basic digest mac hawk oauth "
    "jwt apikey cookie session password token hidden text email string number boolean integer default success successful "
    "succeeded failed failure ok error expired valid invalid active inactive guest anonymous unknown pending granted denied "
    "include same-origin omit missing present revoked redacted"
)
"""Values that are words about a secret, and are not secret themselves."""
_PLURAL = frozenset(("sessions", "users", "logins", "mails", "cookies"))

_EMAIL_SHAPE = re.compile(r"[^@\s]+@[^@\s]+")
_URL_SHAPE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/|/")
_WHOLE_URL = re.compile(r"https?://")
_BASE64 = re.compile(r"(?=.*[A-Z])(?=.*[a-z])(?=.*[0-9+=])[A-Za-z0-9+/]{16,}+={0,2}")
_SEGMENT = 8
"""Largest average length of a path's segments, in characters. Between the slashes of random Base64 are 64 characters on average."""
_OTP = re.compile(r"(?=[^0-9]*[0-9])[A-Za-z0-9-]{4,64}|[BCDFGHJ-NP-TV-XZ]{4}-?[BCDFGHJ-NP-TV-XZ]{4}")
"""A one-time code has a digit, or it has no vowels, so that it is no word (RFC 8628 section 6.1)."""
_CREDENTIALS = re.compile(r"(?i:basic|bearer|digest|dpop|hawk|mac|negotiate|oauth|token) +(?=\S*[0-9=])\S.*", re.DOTALL)
"""A scheme with its credentials."""
_BEARER = re.compile(r"(?i:bearer|dpop)[ +]++(?=[^0-9]*[0-9])[A-Za-z0-9+/_.~-]{16,}+=*")
"""A token with its scheme (RFC 6750 section 2.1). It is secret under any name. A form writes a blank as a plus sign."""
_PIN = re.compile(r"[0-9]{4,12}")
_IDENTIFIER = re.compile(r"(?=[^0-9]*[0-9])[A-Za-z0-9{}_.:|-]{6,128}")
"""An identifier of hardware, of a visitor or of a household."""
_MAC = re.compile(
    r"[0-9A-Fa-f]{2}(?:([:-]?)[0-9A-Fa-f]{2})(?:\1[0-9A-Fa-f]{2}){4}|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}"
)
"""A MAC address (IEEE 802), in the usual spellings."""
_PHONE = re.compile(r"(?=(?:[^0-9]*[0-9]){7,15}[^0-9]*\Z)[+(]?[0-9][0-9 ()./-]{5,24}")
"""A telephone number: 7 to 15 digits (ITU-T E.164), perhaps in groups."""
_MADE = re.compile(r"(?=[^0-9]*[0-9])[A-Za-z0-9+/_.~%=:-]{8,}+")
"""A text that a machine made: no blanks, and at least one digit."""


@cache
def _split_up(word: str) -> tuple[str, ...]:
    """Return the known words that a word consists of. If a part is not known, return the word."""
    if word in _KNOWN or len(word) > 32:  # noqa: PLR2004  # no word is that long
        return (word,)
    for at in range(len(word) - 2, 1, -1):
        if word[:at] in _KNOWN:
            rest = _split_up(word[at:])
            if all(piece in _KNOWN for piece in rest):
                return (word[:at], *rest)
    return (word,)


def words(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case, without the digits at its end."""
    found = [piece.lower() for piece in _WORD.findall(name)]
    joined = "".join(found)
    if joined in _THINGS:  # a known word with a capital inside: PassWord, userName
        return (joined,)
    while len(found) > 1 and found[-1].isdigit():
        found.pop()
    return tuple(piece for word in found for piece in _split_up(word))


def _of_words(name: str) -> str | None:
    """Return the meaning of a name: a key of `_REDACTED_AS`. None if the name stands for no secret."""
    if not 2 <= len(name) <= LONGEST:  # noqa: PLR2004  # one letter says nothing
        return None
    found = words(name)
    while len(found) > 1 and found[-1] in _TAILS:
        found = found[:-1]
    if not found:
        return None
    *before, last = found
    if last in _PLURAL and not before:
        return None
    if last not in _KNOWN and last[:-1] in _KNOWN and last.endswith("s"):
        last = last[:-1]
    if _QUESTIONS.intersection(before):
        return None
    if last in _THINGS:
        return _THINGS[last]
    return _of_pair(before, last)


def _of_pair(before: Sequence[str], last: str) -> str | None:
    if last == "code" and before and before[-1] in _DEVICE:  # RFC 8628 section 3.2
        return "long"
    if last in _PAIRS:  # an `address` may be an e-mail address or a client's address
        kind, qualified = _PAIRS[last]
        alone = last in _ALONE and set(before) <= {"x"}
        if alone or any(word in qualified or word.removesuffix("s") in qualified for word in before):
            return kind
    if before and (of_thing := _of_thing(before, last)):
        return of_thing
    if last in _ADDRESS_THINGS and (last not in {"for", "address", "addr"} or _PEERS.intersection(before)):
        return "addresses"
    return None


def _of_thing(before: Sequence[str], last: str) -> str | None:
    """Return the meaning of an id, a number or an address, by the thing that it belongs to."""
    thing = before[-1]
    if last in {"id", "identifier", "guid"}:
        if before[-2:] == ["channel", "client"]:  # Roku's GetChannelClientId
            return "hardware"
        return "user" if before[-2:] == ["saml", "name"] else _IDENTIFIED.get(thing)
    if last == "number":
        return "hardware" if thing == "serial" else "phone" if thing in _PHONES else None
    return "mac" if thing == "mac" and last in _ADDRESS_THINGS else None


_judged = remembered(limit=2 << 20, longest=LONGEST)(_of_words)


def says_something(name: str) -> bool:
    """Return whether a name stands for a secret. Its value may not fit the name."""
    return _judged(name) is not None


def kind_of_name(name: str, value: str, *, is_number: bool = False, in_url: bool = False) -> str | None:
    """Return the kind of a value by the words of its name. None if the words name no secret, or if the value does not fit them.

    `is_number`: the value is a JSON number, and so no token. `in_url`: the value is a parameter of a URL or of a form, and so no text about
    tokens.
    """
    kind = _judged(name)
    if kind is None:
        return "authorization" if value[:1] in "BbDd" and _BEARER.fullmatch(value.strip()) else None
    return _REDACTED_AS[kind] if _may_be(kind, value.strip(), is_number=is_number, in_url=in_url) else None


_REDACTED_AS = {
    "password": "password",
    "token": "token",
    "session": "token",
    "long": "token",
    "auth": "token",
    "state": "token",
    "otp": "code",
    "pin": "pin",
    "user": "user",
    "login": "user",
    "authorization": "authorization",
    "email": "email",
    "device": "device",
    "addresses": "addresses",
    "hardware": "device",
    "mac": "device",
    "phone": "user",
    "visitor": "visitor",
    "household": "household",
}
"""The policy's kinds, by the meaning of a name."""


def _may_be(kind: str, value: str, *, is_number: bool, in_url: bool) -> bool:
    return _fits(kind, value, is_number=is_number, in_url=in_url) or is_pseudonym(value)


def _fits(kind: str, value: str, *, is_number: bool, in_url: bool) -> bool:  # noqa: C901, PLR0911, PLR0912  # one for each kind
    """Return whether a value fits its name: `"email": "monthly"` is not an e-mail address."""
    if not value or value.lower() in _NO_VALUE:
        return False
    match kind:
        case "password":
            return not is_number or len(value) >= 4  # noqa: PLR2004  # a shorter number counts attempts
        case "email":
            return _EMAIL_SHAPE.fullmatch(value) is not None or bool(
                _BASE64.fullmatch(value) or (_MADE.fullmatch(value) and len(value) >= 32)  # noqa: PLR2004  # a hash
            )
        case "otp":
            return _OTP.fullmatch(value) is not None
        case "pin":
            return _PIN.fullmatch(value) is not None
        case "session" | "auth":
            # one in thirty Base64 texts of 16 bytes has no digit
            made = _MADE.fullmatch(value) or _BASE64.fullmatch(value)
            return not is_number and (made is not None or (in_url and len(value) >= 12))  # noqa: PLR2004
        case "long":
            return not is_number and len(value) >= 20 and _MADE.fullmatch(value) is not None  # noqa: PLR2004  # RFC 7636 asks for 43
        case "state":  # OAuth binds a browser with it
            return in_url and len(value) >= 16 and _MADE.fullmatch(value) is not None  # noqa: PLR2004
        case "addresses":
            return is_addresses(value)
        case "hardware" | "visitor" | "household":
            return _IDENTIFIER.fullmatch(value) is not None
        case "mac":
            return _MAC.fullmatch(value) is not None
        case "phone":
            return _PHONE.fullmatch(value) is not None
        case "authorization" if _CREDENTIALS.fullmatch(value):
            return True
        case "login" if " " in value and "@" not in value:  # the text of a button
            return False
        case "user" | "login" | "device":
            return (len(value) >= 5 if is_number else not _is_url(value)) and len(value) <= 512  # noqa: PLR2004
        case _:
            readable = _WHOLE_URL.match(value) if in_url else " " in value or _is_url(value)
            return not is_number and len(value) > 3 and not readable  # noqa: PLR2004


def _is_url(value: str) -> bool:
    """Return whether a value looks like a URL or a path. One in 64 random Base64 texts begins with a slash, too."""
    if _URL_SHAPE.match(value) is None:
        return False
    return _BASE64.fullmatch(value) is None or len(value) < _SEGMENT * value.count("/")


_ADDRESS = re.compile(
    r"([0-9]{1,3}(?:\.[0-9]{1,3}){3})(?::[0-9]{1,5})?|\[?([0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f.]{0,15}){2,8}(?:%\w{1,16})?)(?:\](?::[0-9]{1,5})?)?"
)


def is_addresses(value: str) -> bool:
    """Return whether a value is an address or a list of addresses."""
    return len(value) <= 1024 and all(_is_address(hop.strip(' "')) for hop in value.split(","))  # noqa: PLR2004  # nobody has more hops


def _is_address(hop: str) -> bool:
    found = _ADDRESS.fullmatch(hop)
    try:
        return found is not None and bool(ip_address(found[1] or found[2]))
    except ValueError:
        return False


_NO_PEER = _words(
    "version ver build release app revision host server sdk os firmware model api client-version oid rate limit quality range "
    "port"
)
"""Words of header fields whose values look like addresses, but are not a client's addresses."""


def _is_no_peer(name: str) -> bool:
    found = words(name)
    if found[-1:] == ("port",) and _ADDRESS_THINGS.intersection(found):  # both, as in X-Real-Ip-Port
        return False
    return bool(_NO_PEER.intersection(found))


_no_peer = remembered(limit=1 << 20, longest=LONGEST)(_is_no_peer)


def kind_of_field(name: str, value: str) -> str | None:
    """Return the kind of a header field's value by the words of its name. Addresses are found under most other names, too."""
    kind = kind_of_name(name, value)
    if kind is None and value[:1] in _STARTS and is_addresses(value) and not _no_peer(name):
        return "addresses"
    return kind


_STARTS = frozenset('0123456789abcdefABCDEF[:"')
