"""The section `fleet`: several gateways act as one, over Redis or Valkey."""

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Struct

from gateway.config.marks import After, Range, Schema
from gateway.config.problems import unexpected
from gateway.config.reading import Section
from gateway.config.section import FilePath, SomeText, read
from gateway.config.values import device_name
from gateway.core.hostport import host_port, read_host, read_port

PORT = 6379
_URL = re.compile(r"(rediss?)://(\[[^\]]*\]|[^:/?#@\[\]]*)(?::([0-9]{1,5}))?(?:/([0-9]{1,3}))?/?")
_EXPECTED = "redis://HOST:PORT/DATABASE, or rediss:// for TLS"


class RedisPlace(Struct, frozen=True):
    """The address of a Redis."""

    is_tls: bool
    host: str
    port: int
    database: int

    @classmethod
    def parse(cls, value: object) -> "RedisPlace":
        """Read `redis://HOST:PORT/DATABASE`. Text before an @ is refused. It may be a password, so no message quotes it."""
        if isinstance(value, str) and "@" in value:
            error = "expected a URL without user and password, found some; use fleet.user and fleet.password_file"
            raise ValueError(error)
        parts = _URL.fullmatch(value) if isinstance(value, str) else None
        host = read_host(parts[2]) if parts is not None else None
        port = read_port(parts[3]) if parts is not None else None
        if parts is None or host is None or port == 0:
            raise ValueError(unexpected(_EXPECTED, value))
        return cls(parts[1] == "rediss", host, port or PORT, int(parts[4] or 0))

    @property
    def is_loopback(self) -> bool:
        """Whether Redis is on this machine, judged by its name or address."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def __str__(self) -> str:
        database = f"/{self.database}" if self.database else ""
        return f"redis{'s' if self.is_tls else ''}://{host_port(self.host, self.port)}{database}"


class FleetSection(Section, frozen=True):
    """Several gateways that behave as one. Their common state is in Redis or Valkey. Needs `pip install '.[fleet]'`."""

    redis: Annotated[
        RedisPlace,
        read(RedisPlace, RedisPlace.parse),
        Schema({"type": "string", "pattern": "^rediss?://[^/?#@]+(/[0-9]{1,3})?/?$"}),
    ]
    """Address of Redis or Valkey, such as `redis://127.0.0.1:6379` or `rediss://redis.lab/1`. Over a network it needs TLS (`rediss`), or `insecure: true`."""
    user: SomeText | None = None
    """Name of the Redis user (ACL). null: the default user."""
    password_file: FilePath | None = None
    """File with the password, on one line. If GATEWAY_FLEET_PASSWORD is set, it is used instead. null: no password."""
    ca_file: FilePath | None = None
    """PEM file with the certificate authorities that the gateway trusts for Redis. null: the system's authorities."""
    insecure: bool = False
    """Whether the gateway may use Redis over a network without TLS."""
    fleet: Annotated[str, After(device_name)] = "fleet"
    """Name of the fleet. Several fleets can use one Redis."""
    gateway: Annotated[str, After(device_name)] | None = None
    """Name of this gateway on the page, in the history and in reports. null: the machine's host name."""
    key_file: FilePath = Path(".gateway-fleet-key")
    """File with the fleet's key, 64 hexadecimal digits (`openssl rand -hex 32`). All gateways need the same key. Redis never gets it."""
    timeout: Annotated[float, Range(least=0.001, most=5.0)] = 0.05
    """Longest time that an exchange waits for Redis, in seconds."""
    on_outage: Literal["local", "refuse"] = "local"
    """What happens while Redis does not answer. `local`: each gateway continues with its own state, and may repeat answers of a sequence. `refuse`: calls are answered 503."""
