"""Single values of the configuration. Each has a small parser, which returns the value, or raises a ValueError with what was expected."""

import ipaddress
import re
from typing import Literal, Self, TypeAlias

from msgspec import Struct

from gateway.config.problems import unexpected
from gateway.core.compared import EntryError, entry_of
from gateway.core.expression import Expression
from gateway.core.hostport import host_port, read_host, read_host_port, read_port

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
IPAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

EMULATOR = "emulator:"
"""The origin of the built-in emulator. It is not a network address."""

PRIVATE: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "127.0.0.0/8", "::1/128",  # loopback
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  # RFC 1918
        "169.254.0.0/16", "fe80::/10",  # link-local
        "fc00::/7",  # unique local addresses, RFC 4193
    )
)  # fmt: skip
"""The networks of the word `private`: loopback, RFC 1918, link-local and unique local addresses."""

_DEFAULT_PORTS = {"http": 80, "https": 443, "emulator": 8081}
_ORIGIN = re.compile(r"(https?|emulator)://(\[[^\]]*\]|[^:/?#@\[\]]*)(?::([0-9]{1,5}))?", re.IGNORECASE)
_SIZE = re.compile(r"([0-9]{1,15}) ?(B|KiB|MiB|GiB)?")
_UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_DURATION = re.compile(r"([0-9]{1,9}) ?([smhdw])?")
_PERIODS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_MOST_CONNECTIONS = 1_000_000


class Origin(Struct, frozen=True):
    """The origin of an API: scheme, host and port, or the emulator."""

    scheme: str
    """`http`, `https` or `emulator`."""
    host: str
    """The host in lower case, an IPv6 address without brackets. Empty for the built-in emulator."""
    port: int
    """The port. Without one, the default of the scheme, or 8081 for an emulator in another process. 0 for the built-in emulator."""

    @classmethod
    def parse(cls, value: object) -> Self:
        """Read `https://host`, `http://host:port`, `emulator:`, or `emulator://host:port` for an emulator in another process."""
        if value == EMULATOR:
            return cls("emulator", "", 0)
        if isinstance(value, str) and "@" in value:  # the part before the @ may be a password, so it is not quoted
            error = "expected an http(s) origin without user information, found some"
            raise ValueError(error)
        parts = _ORIGIN.fullmatch(value) if isinstance(value, str) else None
        if parts is None:
            if isinstance(value, str) and _ORIGIN.match(value):
                raise ValueError(
                    unexpected("an http(s) origin (scheme, host and port, without a path or query)", value)
                )
            raise ValueError(unexpected("an http(s) origin", value))
        scheme = parts[1].lower()
        host, port = read_host(parts[2]), read_port(parts[3])
        if host is None or "%" in host or port == 0:  # a Host field cannot have a zone (fe80::1%eth0)
            raise ValueError(unexpected("an http(s) origin with a valid host and port", value))
        return cls(scheme, host, port or _DEFAULT_PORTS[scheme])

    @property
    def is_emulator(self) -> bool:
        """Whether this is an emulator: the built-in one, or one in another process."""
        return self.scheme == "emulator"

    @property
    def is_built_in(self) -> bool:
        """Whether this is the built-in emulator, which needs no network."""
        return self.is_emulator and not self.host

    @property
    def authority(self) -> str:
        """The value of the Host field: the host, and the port unless it is the scheme's default (RFC 9110 section 7.2)."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        own_port = self.is_built_in or (not self.is_emulator and self.port == _DEFAULT_PORTS[self.scheme])
        return name if own_port else f"{name}:{self.port}"

    def __str__(self) -> str:
        return EMULATOR if self.is_built_in else f"{self.scheme}://{self.authority}"


class Address(Struct, frozen=True):
    """A host to connect to, and perhaps a port."""

    host: str
    """A name or an address. An IPv6 address has no brackets."""
    port: int | None
    """None: the port of the address that this one replaces, or a default."""

    @classmethod
    def parse(cls, value: object) -> Self:
        """Read `host`, `host:port`, `[v6]`, `[v6]:port` or a bare IPv6 address."""
        read = read_host_port(value)
        if read is None:
            raise ValueError(unexpected("host or host:port", value))
        return cls(*read)

    def __str__(self) -> str:
        return host_port(self.host, self.port)


def listening_host(value: object) -> str:
    """Read a host to listen on: a name or an address, without a port."""
    host = read_host(f"[{value}]" if isinstance(value, str) and ":" in value else value)
    if host is None:
        raise ValueError(unexpected("a host name or an address, without a port", value))
    return host


def size(value: object) -> int:
    """Read a number of bytes: a whole number, or text such as `64KiB`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    parts = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if parts is None:
        raise ValueError(unexpected("a size in bytes, or in KiB, MiB or GiB such as 64KiB", value))
    return int(parts[1]) * _UNITS[parts[2] or "B"]


def connections(value: object) -> Literal["auto"] | int:
    """Read a number of connections: the word auto, or a number."""
    if value == "auto":
        return "auto"
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _MOST_CONNECTIONS:
        return value
    raise ValueError(unexpected("auto, or a number from 1 to 1000000", value))


def duration(value: object) -> int:
    """Read a number of seconds: a whole number, or text such as `90d`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    parts = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if parts is None:
        raise ValueError(unexpected("a duration in seconds, or with one of s, m, h, d, w such as 90d", value))
    return int(parts[1]) * _PERIODS[parts[2] or "s"]


def trusted_proxy(value: str) -> str:
    """Check one entry of `trusted_proxies`: `private`, a network in CIDR form, or one address."""
    networks(value)
    return value


def networks(value: str) -> tuple[Network, ...]:
    """Return the networks of one entry of `trusted_proxies`."""
    if value == "private":
        return PRIVATE
    try:
        return (ipaddress.ip_network(value),)
    except ValueError:
        pass
    try:
        wider = ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise ValueError(unexpected("a network such as 10.0.0.0/8, or the word private", value)) from None
    expected = f"a network without host bits, {wider}"
    raise ValueError(unexpected(expected, value))


def network(value: object) -> Network:
    """Read one network in CIDR form."""
    if not isinstance(value, str) or value == "private":
        raise ValueError(unexpected("a network such as 198.51.100.0/24", value))
    (read,) = networks(value)
    return read


def public_address(value: object) -> IPAddress:
    """Read a public address, as Adobe accepts it for a device."""
    address = _address(value)
    if address is None or not address.is_global or address.is_multicast:
        raise ValueError(unexpected("a public IP address", value))
    return address


def any_address(value: object) -> IPAddress:
    """Read an address that a single device may have: a unicast address."""
    address = _address(value)
    if address is None or address.is_multicast or address.is_unspecified or address.is_loopback:
        raise ValueError(unexpected("an IP address that a device may have", value))
    return address


def _address(value: object) -> IPAddress | None:
    """Return an address, as IPv4 if it is one in the form of IPv6. None for all else, also for an address of one network interface."""
    try:
        address = ipaddress.ip_address(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        return None if address.scope_id else address.ipv4_mapped or address
    return address


def match_entry(value: str) -> str:
    """Check one entry of `cassettes.match`."""
    try:
        entry_of(value)
    except EntryError as error:
        raise ValueError(unexpected(str(error), value)) from error
    return value


def upstream_name(value: str) -> str:
    """Check the name of an upstream. It is used in messages, logs and environment variables, so its characters are limited."""
    if not re.fullmatch(r"(?=.{1,63}\Z)[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*", value):
        raise ValueError(unexpected("a name of up to 63 letters and digits, joined by single - or _", value))
    return value


def device_name(value: str) -> str:
    """Check the name of a device. It is used in logs, on the page and in recordings."""
    if not re.fullmatch(r"(?=.{1,63}\Z)[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*", value):
        raise ValueError(unexpected("a name of up to 63 letters and digits, joined by single - or _", value))
    return value


def listener_name(value: str) -> str:
    """Check the name of a listener. It must not be `listen`, the name of the section."""
    if value == "listen":
        raise ValueError(unexpected("another name than `listen`, the name of the section", value))
    return upstream_name(value)


def is_path(name: str) -> bool:
    """Whether the name of a cassette is a path: text that contains a slash, or ends in .yaml."""
    return "/" in name or name.endswith(".yaml")


def json_query(text: str | None) -> str | None:
    """Check a JSONPath query with the library that runs it."""
    if text is not None:
        import jsonpath  # slow to import, and few configurations need it

        try:
            jsonpath.JSONPathEnvironment(strict=True).compile(text)
        except jsonpath.JSONPathError as error:
            raise ValueError(unexpected("a JSONPath query (RFC 9535)", text)) from error
    return text


def some_text(value: str) -> str:
    """Check that a text is not empty, and can be written as UTF-8."""
    if not value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError(unexpected("some text", value))
    return value


SECRET_KIND = r"^[a-z]+(_[a-z]+)*$"  # noqa: S105  # a pattern
"""How the kind of a secret is spelled."""


def secret_kind(value: str) -> str:
    """Check the kind of a secret."""
    if not re.fullmatch(SECRET_KIND[1:-1], value):
        raise ValueError(unexpected("a kind of secret in lower case, such as token or user_id", value))
    return value


def field_name(text: str | None) -> str | None:
    """Check the name of a header field (RFC 9110 section 5.6.2)."""
    if text is not None and not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", text):
        raise ValueError(unexpected("the name of a header field", text))
    return text


def parameter_name(text: str | None) -> str | None:
    """Check the name of a parameter."""
    if text == "":
        raise ValueError(unexpected("the name of a parameter", text))
    return text


_ANYTHING = "Aa 0-\u00e9"
"""Characters that have nothing in common."""


def _expected_expression(text: str) -> str:
    """Return what was expected in place of an expression that RE2 refuses. If Python accepts it, it is of another dialect."""
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError):
        return "a regular expression"
    return "a regular expression in RE2's syntax, without look-around and back-references"


def expression(text: str | None) -> str | None:
    """Check a regular expression in RE2's syntax."""
    if text is not None:
        try:
            compiled = Expression(text)
        except ValueError as error:
            raise ValueError(unexpected(_expected_expression(text), text)) from error
        if compiled.sub(lambda _: "x", "") or not compiled.sub(lambda _: "", _ANYTHING):
            raise ValueError(unexpected("a regular expression that does not match empty text, or every text", text))
    return text
