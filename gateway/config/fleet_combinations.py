"""Rules for the keys of the section `fleet`: files that must exist, and keys that are valid one by one, and wrong together."""

from collections.abc import Iterator
from importlib.util import find_spec

from gateway.config.clash import Clash
from gateway.config.model import Config
from gateway.config.on_disk import is_file, what_is
from gateway.config.problems import found, unexpected


def fleet_is_private(config: Config) -> Iterator[Clash]:
    """Require a Redis on this machine, or TLS."""
    fleet = config.fleet
    if fleet is None:
        return
    if not (fleet.redis.is_tls or fleet.redis.is_loopback or fleet.insecure):
        expected = "rediss:// (TLS), an address of this machine, or fleet.insecure: true"
        yield Clash(("fleet", "redis"), unexpected(expected, str(fleet.redis)), (("fleet", "insecure"),))
    if fleet.ca_file is not None and not fleet.redis.is_tls:
        message = f"expected null, since redis is not rediss://, found {found(str(fleet.ca_file))}"
        yield Clash(("fleet", "ca_file"), message, (("fleet", "redis"),))


def fleet_has_its_files(config: Config) -> Iterator[Clash]:
    """Require the files of the fleet's key, password and authorities."""
    fleet = config.fleet
    if fleet is None:
        return
    made = {"key_file": " with 64 hexadecimal digits (openssl rand -hex 32; all gateways need the same key)"}
    for key in ("key_file", "password_file", "ca_file"):
        path = getattr(fleet, key)
        if path is not None and not is_file(path):
            yield Clash(
                ("fleet", key), f"expected a file{made.get(key, '')}, found {what_is(path)} at {found(str(path))}"
            )


def fleet_is_installed(config: Config) -> Iterator[Clash]:
    """Require the extra `fleet`."""
    if config.fleet is not None and any(find_spec(package) is None for package in ("redis", "hiredis", "cryptography")):
        yield Clash(("fleet",), "expected null, or the extra for it (pip install '.[fleet]'), found a map")


FLEET_COMBINATIONS = (fleet_is_private, fleet_has_its_files, fleet_is_installed)
