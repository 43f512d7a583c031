"""The redaction policy: secrets by place and name, from the API's documentation, an entry for each name.

The kind says into what shape a pseudonym is poured, and which values of different places are the same secret. Sources: the headers
appendix, the logout, profiles, sessions and decisions pages of REST API v2, the dynamic client registration pages, and for
the names of the SDK era and of clientless v1 public clients of them, named beside each. What is in no list is judged by the
words of its name (`names`), and some names are words of other uses, too (`common`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from msgspec import Struct, field

from gateway.core.expression import Expression
from gateway.core.secrets.names import kind_of_field

HEADERS: dict[str, str] = {
    "authorization": "authorization",
    "proxy-authorization": "authorization",
    "ap-device-identifier": "device_identifier",
    "x-device-info": "device_info",
    "x-forwarded-for": "addresses",
    "x-real-ip": "addresses",
    "x-client-ip": "addresses",
    "true-client-ip": "addresses",
    "cf-connecting-ip": "addresses",
    "forwarded": "forwarded",
    "x-forwarded": "forwarded",
    "adobe-subject-token": "token",
    "ad-service-token": "token",
    "ap-visitor-identifier": "visitor",
    "ap-partner-framework-status": "token",
    "ap-temppass-identity": "token",
    "ap-session-identifier": "token",
    "x-sso-id": "token",
    "x-sso-link": "token",
    "x-api-key": "token",
    "pass_sfp": "token",
    "authentication": "authorization",
    "x-authorization": "authorization",
    "x-original-forwarded-for": "addresses",
    "x-cluster-client-ip": "addresses",
    "fastly-client-ip": "addresses",
    "cookie": "cookie",
    "set-cookie": "set_cookie",
    "location": "url",
    "content-location": "url",
    "referer": "url",
    "x-gateway-logout-url": "url",
}
"""Header fields, in lower case."""

HEADER_PREFIXES: dict[str, str] = {"x-roku-reserved-": "token", "ap_": "token"}
"""Beginnings of header fields. Every field that begins like this is secret."""

NAMES: dict[str, str] = {
    "access_token": "token",
    "refresh_token": "token",
    "client_id": "client",
    "client_secret": "token",
    "software_statement": "token",
    "serializedtoken": "token",
    "samlresponse": "token",
    "jws": "token",
    "servicetoken": "token",
    "ast": "token",
    "generic_data": "token",
    "sessionid": "token",
    "code": "code",
    "reg_code": "code",
    "userid": "user",
    "upstreamuserid": "user",
    "deviceuser": "user",
    "householdid": "household",
    "zip": "zip",
    "encryptedzip": "zip",
    "email": "email",
    "deviceid": "device",
    "pt_device_id": "device",
    "ap_vi": "visitor",
    "deviceinfo": "device_info",
    "device_info": "device_info",
    "ipaddress": "ip",
    "connectionip": "ip",
    "connectionport": "port",
    "useragent": "useragent",
    "url": "url",
    "redirecturl": "url",
    "redirect_url": "url",
    "redirect_uri": "url",
    # user metadata, and GET session (userMetadata and sessions pages)
    "primaryoid": "user",
    "originaluseragent": "useragent",
    # the SDK era: forms to sp.auth.adobe.com/adobe-services/… (yt-dlp, yt_dlp/extractor/adobepass.py)
    "authentication_token": "token",
    "authz_token": "token",
    "authntoken": "token",
    "authztoken": "token",
    "session_guid": "token",
    "signed_requestor_id": "token",
    "device_id": "device",
    "simplesamlnameid": "user",
    "simplesamlsessionindex": "token",
    "simpletokenauthenticationguid": "token",
    "simpletokenfingerprint": "device",
    "simpletokendeviceid": "device",
    "signatureinfo": "token",
    # the same, of the television add-ons that authorize themselves (ESPN, NBC Sports and MLB.TV for Kodi)
    "relaystate": "url",
    "samlrequest": "token",
    # clientless v1: reggie, tokens, mediatoken (Kodi's adobe_activate_api; script.module.adobepass)
    "public_key": "token",
    "hashed_device_id": "device",
}
"""Names whose value is secret in every place, in lower case."""

PARAMETERS = NAMES
"""Parameters of a query or a form."""
MEMBERS = NAMES
"""JSON members at any depth, and elements and attributes of XML."""

MEMBERS_UNDER: dict[tuple[str, str], str] = {
    ("authenticationrequest", "request"): "token",
    ("connection", "port"): "port",
}
"""Members that are secret under one parent alone, in lower case like it."""

PLAIN_MEMBERS = frozenset({"state", "actionname", "actiontype", "mvpd", "issuer", "type", "notbefore", "notafter"})
"""Members that stay, even inside a secret member: an attribute's `state` says whether its value is encrypted."""

PATHS: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern)
    for pattern in (
        r"/api/v2/(?!sessions/)[^/]+/sessions/(?!sso/)([^/]+)",
        r"/api/v2/sessions/(?!sso/)[^/]+/([^/]+)",  # misspelled like this on the page of GET sessions
        r"/api/v2/[^/]+/profiles/code/([^/]+)",
        r"/api/v2/authenticate/[^/]+/([^/]+)",
        r"/reggie/v1/[^/]+/regcode/([^/.]+)",
        r"/api/v1/(?:checkauthn|preauthorize|authenticate)/(?!freepreview)([^/.]+)",
    )
)
"""Paths whose last segment is a registration code."""

PUBLIC_VALUES = frozenset(
    {
        "application/json", "application/json;charset=utf-8", "application/x-www-form-urlencoded", "authenticated", "authenticatedsso",
        "authorization", "client_credentials", "configuration", "configuration_fallback", "interactive", "partner_interactive",
        "partner_logout", "partner_profile", "serviceprovider", "servicetokensso", "authentication", "application-registration",
    }
)  # fmt: skip
"""Words of the API itself, in lower case: secret where a secret belongs, but no secret wherever else they stand."""

ERROR_CODE = re.compile(r"[a-z]+(?:_[a-z]+)+|[1-5][0-9]{2}")
"""Values of `code` in an error: documented words, not secrets (enhanced-error-codes page)."""


class Policy(Struct, frozen=True):
    """The lists above with what a configuration adds to them and takes from them."""

    headers: Mapping[str, str] = field(default_factory=lambda: HEADERS)
    """Kinds by the names of header fields. The kind is empty if the configuration keeps the field. The same holds for `parameters`."""
    parameters: Mapping[str, str] = field(default_factory=lambda: PARAMETERS)
    members: Mapping[str, str] = field(default_factory=lambda: MEMBERS)
    paths: tuple[tuple[JSONPath, str], ...] = ()
    """JSONPath queries (RFC 9535), and the kind of what they find."""
    patterns: tuple[tuple[Expression, str], ...] = ()
    """Expressions for secrets in every place, with their kinds."""
    kept_paths: tuple[JSONPath, ...] = ()
    """JSONPath queries for what stays."""
    extra: str = ""
    """Tells policies with different additions apart; empty for the lists alone."""

    @property
    def number(self) -> str:
        """The note of an interaction about the rules of its redaction."""
        return f"{NUMBER}+{self.extra}" if self.extra else NUMBER

    def field(self, name: str, value: str) -> str | None:
        """Return the kind of a header field's value, by the lists or by the words of its name: empty if it is kept."""
        lower = name.lower()
        kind = self.headers.get(lower)
        if kind is None:
            kind = self.header(lower)
        return kind_of_field(name, value) if kind is None else kind

    def header(self, name: str) -> str | None:
        """Return the kind of a header field in the lists: None if it is not listed, empty if it is kept; `name` is in lower case."""
        kind = self.headers.get(name)
        if kind is None and name.startswith(PREFIXES):
            kind = next(kind for prefix, kind in HEADER_PREFIXES.items() if name.startswith(prefix))
        return kind


NUMBER = "2"
"""The policy's own number: another one when the lists, the kinds, the pseudonyms' shapes or the redactors change."""
CONTENT = "384a745797b1"
"""The digest of what this number stands for, which a test compares. Both change together: a cassette of another number is redacted again."""
PREFIXES = tuple(HEADER_PREFIXES)


class JSONPath(Protocol):
    """A compiled JSONPath query of a library."""

    def finditer(self, data: Any, /) -> Iterable[Any]:  # any JSON, and the library's own matches
        """Yield what the query finds; a match's `parts` are the names and indices that lead there."""
