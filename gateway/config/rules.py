"""What `rules` may say: one class a rule, whose fields are the rule's options."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema

from gateway.config.problems import unexpected
from gateway.config.section import LOOSE, Route, Section, Texts, listed
from gateway.config.values import Address
from gateway.core.adobe.v2_logout import is_segment
from gateway.core.headers import HOP_BY_HOP

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_VALUE = re.compile(r"[!-~\xa0-\xff](?:[ \t!-~\xa0-\xff]*[!-~\xa0-\xff])?")  # RFC 9110 section 5.5
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[!-~]+")
_OF_THE_CONNECTION = HOP_BY_HOP | {b"host", b"content-length"}
"""What says where a message goes and where it ends: written by the gateway for each connection."""


def _redirect_url(value: str) -> str:
    if not _URL.fullmatch(value):
        raise ValueError(unexpected("an absolute URL in visible ASCII characters", value))
    return value


def _mvpd(value: object) -> object:
    """Read `discover`, an MVPD's id, or a map of requestors to such."""
    entries = value.values() if isinstance(value, Mapping) else [value]
    if not entries or not all(isinstance(entry, str) and is_segment(entry) for entry in entries):
        raise ValueError(unexpected("discover, an MVPD's id, or a map of requestors and default to such", value))
    return dict(value) if isinstance(value, Mapping) else value


def _field_name(value: str) -> str:
    if not _NAME.fullmatch(value) or value.lower().encode() in _OF_THE_CONNECTION:
        raise ValueError(unexpected("the name of a header field that is not the connection's own", value))
    return value


def _field_value(value: str) -> str:
    if not _VALUE.fullmatch(value):
        raise ValueError(unexpected("a header field's value, in one line of ISO-8859-1", value))
    return value


def _authority(value: object) -> str:
    return str(Address.parse(value))


class LogoutWhen(Section):
    """Which v1 logouts are translated: each condition is met by any of its entries; one that is absent by everything."""

    requestor: Texts = ()
    """Service providers, by their id."""
    device: Texts = ()
    """Devices, by the identifier that they send or by their address."""
    host: Texts = ()
    """Hosts that the app asked for, port and case aside."""


class V1Logout(Section):
    """Lets apps that speak REST API v1 log out through REST API v2."""

    redirect_url: Annotated[str, AfterValidator(_redirect_url)]
    """Where a browser lands after the MVPD's logout: v2 wants it, v1 has none."""
    mvpd: Annotated[
        str | Mapping[str, str],
        PlainValidator(_mvpd),
        WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]}),
    ] = "discover"
    """`discover` asks for the device's profiles and logs out of each; an MVPD's id asks for nothing; a map has one of these for each requestor and perhaps for `default`."""
    authorization: Literal["client", "pass"] = "client"
    """`client`: an access token of the gateway's own client; `pass`: what the app sent."""
    no_profile: Literal["v1", 204] = "v1"
    """When v2 knows no profile: `v1` sends the v1 logout too and answers what that says; `204` answers that."""
    reply: Literal["v1", "v2"] = "v1"
    """`v1`: 204; `v2`: 200 and the map of logouts."""
    when: LogoutWhen = Field(default_factory=LogoutWhen)
    """Which logouts; others go out as v1."""
    dry_run: bool = False
    """Whether the v1 logout goes out untouched, and the log says what would have been sent."""


class HeaderWhen(Section):
    """Which messages: each condition is met by any of its entries; one that is absent by everything."""

    route: Annotated[
        tuple[Route, ...],
        LOOSE,
        BeforeValidator(listed),
        WithJsonSchema({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]}),
    ] = ()
    """Routes of requests, as `METHOD /path`, as in `cassettes.record`."""
    device: Texts = ()
    """Devices, by the identifier that they send or by their address."""


_Name: TypeAlias = Annotated[str, AfterValidator(_field_name)]


class RemoveHeader(Section):
    """Removes a header field."""

    name: _Name
    """The field's name, case aside."""
    scope: Literal["request", "response"] = "request"
    """Whether it is removed from what is sent or from what is answered."""
    when: HeaderWhen = Field(default_factory=HeaderWhen)
    """Which messages."""


class SetHeader(Section):
    """Sets a header field."""

    name: _Name
    """The field's name."""
    value: Annotated[str, AfterValidator(_field_value)]
    """Its value. A secret has no place in this file."""
    scope: Literal["request", "response"] = "request"
    """Whether it is set on what is sent or on what is answered."""
    when: HeaderWhen = Field(default_factory=HeaderWhen)
    """Which messages."""


class AbsoluteLogoutUrl(Section):
    """Makes a root-relative `url` of a logout absolute."""

    host: Annotated[str, PlainValidator(_authority), WithJsonSchema({"type": "string"})]
    """Host, and perhaps port, that the `url` belongs to; the scheme is https."""


class Rule(Section):
    """One rule: a map with one key, its name."""

    v1_logout: V1Logout | None = None
    """Lets apps that speak REST API v1 log out through REST API v2."""
    set_header: SetHeader | None = None
    """Sets a header field."""
    remove_header: RemoveHeader | None = None
    """Removes a header field."""
    absolute_logout_url: AbsoluteLogoutUrl | None = None
    """Makes a root-relative `url` of a logout absolute, for apps that are pointed at the gateway."""

    @property
    def named(self) -> tuple[str, Section]:
        """The rule's name and its options."""
        return next((name, options) for name, options in self if options is not None)
