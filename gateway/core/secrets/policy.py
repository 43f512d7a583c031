"""The redaction policy: lists of names and places whose values are secret, from the API's documentation.

Each entry has a kind. It decides the shape of the pseudonym. Equal values of one kind are the same secret in every place.
Sources: the headers appendix; the logout, profiles, sessions and decisions pages of REST API v2; the pages of dynamic client registration.
Names of the SDKs and of clientless v1 come from their public clients, named beside the entries. A name that is in no list is judged by its
words (`names`). Some names of the lists have other meanings elsewhere (`common`).
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
    "set-cookie2": "set_cookie",
    "location": "url",
    "content-location": "url",
    "referer": "url",
    "x-gateway-logout-url": "url",
}
"""Header fields, in lower case."""

HEADER_PREFIXES: dict[str, str] = {"x-roku-reserved-": "token", "ap_": "token"}
"""Beginnings of header fields' names. Every field whose name begins like this is secret."""

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
    # the same forms, as television add-ons send them (ESPN, NBC Sports and MLB.TV for Kodi)
    "relaystate": "url",
    "samlrequest": "token",
    "samlart": "token",
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
"""Members that are secret only under one parent: the parent and the member, in lower case."""

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
"""Words of the API itself, in lower case. In the place of a secret, they are replaced. They are not searched in other places."""

ERROR_CODE = re.compile(r"[a-z]+(?:_[a-z]+)+|[1-5][0-9]{2}")
"""Values of `code` in an error: documented words, not secrets (enhanced-error-codes page)."""


class Policy(Struct, frozen=True):
    """The lists above, with a configuration's additions and exceptions."""

    headers: Mapping[str, str] = field(default_factory=lambda: HEADERS)
    """Kinds by the names of header fields. The kind is empty if the configuration keeps the field. The same holds for `parameters`."""
    parameters: Mapping[str, str] = field(default_factory=lambda: PARAMETERS)
    members: Mapping[str, str] = field(default_factory=lambda: MEMBERS)
    paths: tuple[tuple[JSONPath, str], ...] = ()
    """JSONPath queries (RFC 9535), with the kind of the values that they find."""
    patterns: tuple[tuple[Expression, str], ...] = ()
    """Expressions for secrets in every place, with their kinds."""
    kept_paths: tuple[JSONPath, ...] = ()
    """JSONPath queries for values that stay."""
    extra: str = ""
    """Distinguishes policies with different additions. Empty if there are no additions."""

    @property
    def number(self) -> str:
        """The policy's number, as an interaction notes it."""
        return f"{NUMBER}+{self.extra}" if self.extra else NUMBER

    def field(self, name: str, value: str) -> str | None:
        """Return the kind of a header field's value, by the lists or by the words of its name. Empty if the configuration keeps it."""
        lower = name.lower()
        kind = self.headers.get(lower)
        if kind is None:
            kind = self.header(lower)
        return kind_of_field(name, value) if kind is None else kind

    def header(self, name: str) -> str | None:
        """Return the kind of a header field in the lists: None if it is in no list, empty if it is kept. `name` is in lower case."""
        kind = self.headers.get(name)
        if kind is None and name.startswith(PREFIXES):
            kind = next(kind for prefix, kind in HEADER_PREFIXES.items() if name.startswith(prefix))
        return kind


NUMBER = "2"
"""The policy's number. It changes with the lists, the kinds, the shapes of pseudonyms and the redactors."""
CONTENT = "93988647cd01"
"""The digest of the policy's content. Change the number with it: a cassette with another number is redacted again. A test compares."""
PREFIXES = tuple(HEADER_PREFIXES)


class JSONPath(Protocol):
    """A compiled JSONPath query of a library."""

    def finditer(self, data: Any, /) -> Iterable[Any]:  # any JSON, and the library's own matches
        """Yield the matches. A match's `parts` are the names and indices that lead to the value."""
