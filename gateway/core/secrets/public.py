"""Long random texts that are public: known by their place, their first bytes, or their form.

Facts
-----
* Certificates and the numbers of public keys are published, so that others can check signatures. A private key has more members beside
  them (`d`, `p`, `q`), which are judged. A signature is not public: a receiver may accept it from anybody.
* Images, certificates and pssh boxes are recognised by their first bytes. A pssh box tells a player the names of a film's keys, but not the
  keys.
* Data in a `data:` URL is public, unless it is text. A text is judged by its content.
"""

from __future__ import annotations

import re

from gateway.core.secrets.pseudonyms import unb64

_QUOTE = r"\\{0,8}\""
_BLANK = r"(?:\s|\\{1,8}[nrt]){0,24}"
"""A quotation mark and white space, as JSON, or JSON in JSON, writes them."""

PLACES: dict[str, re.Pattern[str]] = {
    "certificates, key numbers and digests in XML (XML Signature, SAML metadata)": re.compile(
        r"<(?:[A-Za-z0-9_-]{1,16}:)?(?:X509Certificate|Modulus|DigestValue)(?: [^<>]{0,200})?>[A-Za-z0-9+/=\s]++(?=<)"
    ),
    "a certificate (RFC 7468)": re.compile(r"-----BEGIN (?:TRUSTED )?CERTIFICATE-----[A-Za-z0-9+/=\s\\]++(?=-----END)"),
    "the modulus of a public RSA key of 2048 bits and more (RFC 7518 section 6.3.1)": re.compile(
        rf'"n{_QUOTE}{_BLANK}:{_BLANK}{_QUOTE}[A-Za-z0-9_-]{{340,1400}}+{_QUOTE}'
    ),
    "the point of a public elliptic key (RFC 7518 section 6.2.1)": re.compile(
        rf'"x{_QUOTE}{_BLANK}:{_BLANK}{_QUOTE}[A-Za-z0-9_-]{{42,90}}+{_QUOTE}{_BLANK},{_BLANK}'
        rf"{_QUOTE}y{_QUOTE}{_BLANK}:{_BLANK}{_QUOTE}[A-Za-z0-9_-]{{42,90}}+{_QUOTE}"
    ),
    "the name or the thumbprint of a key (RFC 7517 sections 4.5, 4.8 and 4.9)": re.compile(
        rf'"(?:kid|x5t|x5t#S256){_QUOTE}{_BLANK}:{_BLANK}{_QUOTE}[A-Za-z0-9_-]{{20,90}}+{_QUOTE}'
    ),
    "the mappings of a source map (ECMA-426)": re.compile(
        rf'"mappings{_QUOTE}{_BLANK}:{_BLANK}{_QUOTE}[A-Za-z0-9+/,;]*+{_QUOTE}'
    ),
    "an image in JPEG, whose Base64 begins like a path": re.compile(
        r"(?<=[\"'>,])\\{0,4}/9j\\{0,4}/(?:[A-Za-z0-9+]|\\{0,4}/){60,}+(?=[=\"'<\\])"
    ),
}
"""Patterns of the public parts of a text. A key says what is public."""

_DATA_URL = re.compile(
    r"data:[A-Za-z0-9.+/_-]{0,80}+(?:;[A-Za-z0-9_-]{1,40}+=[A-Za-z0-9_.-]{1,40}+)*+;base64,([A-Za-z0-9+/=_-]++)"
)
_HASH = re.compile(r"sha(?:256-[A-Za-z0-9+/]{43}=|384-[A-Za-z0-9+/]{64}|512-[A-Za-z0-9+/]{86}==)")
"""A hash that pins a published file: `integrity` of HTML and of lock files, Content-Security-Policy (W3C SRI section 3.1)."""
_BYTES = re.compile(
    rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|RIFF.{4}WEBP"  # images: PNG, JPEG, GIF, WebP
    rb"|\x30\x82..\x30\x82"  # a certificate in DER (RFC 5280 section 4.1); a private key has a number first
    rb"|\x00\x00..pssh",  # a Protection System Specific Header (ISO/IEC 23001-7 section 8.1)
    re.DOTALL,
)


def without_public(text: str) -> str:
    """Return a text with blanks instead of the parts that are public by their place."""
    for place in PLACES.values():
        text = place.sub(" ", text)
    return _DATA_URL.sub(lambda found: found[0] if _is_text(found[1]) else " ", text)


def is_public(run: str, wrapped: bytes) -> bool:
    """Return whether a run of Base64 is public by its form or by what it wraps."""
    return _BYTES.match(wrapped) is not None or _HASH.fullmatch(run) is not None


def _is_text(encoded: str) -> bool:
    plain = unb64(encoded)
    try:
        return bool(plain) and bool(plain.decode())
    except UnicodeDecodeError:
        return False
