"""The address of Redis, the login there, and the text of an error without addresses and values."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, ResponseError

from gateway.core.value import repr_without

CONNECTING = 2.0
"""Longest time to connect and join, in seconds."""


class KeptOutError(Exception):
    """The fleet refuses this gateway; the text says why."""


class RedisAddress(Struct, frozen=True):
    """The address of a Redis, and the login there."""

    url: str
    user: str | None = None
    password: str | None = None
    ca_file: str | None = None
    """PEM file with the certificate authorities that the gateway trusts for Redis. None: those of the system."""

    __repr__, __rich_repr__ = repr_without("user", "password")


def client_of(where: RedisAddress) -> Redis:
    """Return a client of Redis that never repeats a command."""
    tls: dict[str, Any] = {"ssl_ca_certs": where.ca_file} if where.ca_file is not None else {}
    return Redis.from_url(
        where.url,
        username=where.user,
        password=where.password,
        **tls,
        socket_connect_timeout=CONNECTING,
        socket_timeout=None,
        retry=Retry(NoBackoff(), 0),
        retry_on_error=[],
        protocol=2,
    )


def said_of(error: BaseException) -> str:
    """Return the text of an error, without addresses and values."""
    if isinstance(error, AuthenticationError):
        return "Redis refuses the password"
    if isinstance(error, ResponseError):
        return f"Redis refuses: {str(error).partition(' ')[0]}"
    if isinstance(error, KeptOutError):
        return str(error)
    return "Redis does not answer"
