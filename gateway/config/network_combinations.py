"""Rules for keys that are valid one by one, and wrong together: listeners, the lab's resolver, and devices by name."""

import ipaddress
from collections.abc import Iterable, Iterator

from msgspec.structs import asdict

from gateway.config.clash import Clash
from gateway.config.lab import DNS_PORT
from gateway.config.listening import Listen
from gateway.config.model import Config
from gateway.config.of_devices import asked, reachable
from gateway.config.problems import Loc, dotted, found, unexpected
from gateway.core.hostport import host_port
from gateway.core.suggestions import suggestion


def certificates_are_whole(config: Config) -> Iterator[Clash]:
    """Require a certificate with its key, or the lab's certificates; refuse both together."""
    for place, listen in places_of(config):
        at: Loc = (*place, "tls")
        if (tls := listen.tls) is None:
            continue
        given = {"cert_file": tls.cert_file, "key_file": tls.key_file}
        if tls.lab and any(given.values()):
            yield Clash(at, "expected either lab, or cert_file and key_file, found both")
        elif not tls.lab:
            yield from (
                Clash((*at, key), "expected a value, found none", (at,)) for key, path in given.items() if path is None
            )


def listeners_have_places_of_their_own(config: Config) -> Iterator[Clash]:
    """Require a different address or port for each listener."""
    seen: dict[tuple[str, int], str] = {}
    for place, listen in places_of(config):
        where = listen.host, listen.port
        if listen.port and where in seen:
            message = f"expected another address or port, found {host_port(*where)}, which {seen[where]} has already"
            yield Clash((*place, "port"), message, (("listen",), ("listeners",)))
        seen.setdefault(where, dotted(place))


def proxies_are_known(config: Config) -> Iterator[Clash]:
    """Require trusted proxies for a listener with the PROXY protocol."""
    for place, listen in places_of(config):
        if listen.proxy_protocol and not config.forwarded_for.trusted_proxies:
            message = (
                "expected false, or the proxies in forwarded_for.trusted_proxies, found true: nobody could connect"
            )
            yield Clash((*place, "proxy_protocol"), message, (("forwarded_for",),))


def lab_has_addresses(config: Config) -> Iterator[Clash]:
    """Require an address that the lab's resolver answers with, and another resolver that it can ask."""
    if (dns := config.lab.dns) is None:
        return
    if not config.lab.address:
        message = "expected the address at which devices reach the gateway, since lab.dns answers with it, found none"
        yield Clash(("lab", "address"), message, (("lab", "dns"),))
    try:
        ipaddress.ip_address(dns.listen.host)
    except ValueError:
        yield Clash(("lab", "dns", "listen"), unexpected("an IP address of this machine", dns.listen.host))
    own = dns.listen.host, dns.listen.port or DNS_PORT
    for number, server in enumerate(dns.forward_to):
        if (server.host, server.port or DNS_PORT) == own:
            message = f"expected another resolver than lab.dns itself, found {found(str(server))}"
            yield Clash(("lab", "dns", "forward_to", number), message, (("lab", "dns", "listen"),))


def places_of(config: Config) -> Iterator[tuple[Loc, Listen]]:
    """Yield each listener and its place."""
    yield ("listen",), config.listen
    yield from ((("listeners", name), listen) for name, listen in config.listeners.items())


def devices_are_known_and_reachable(config: Config) -> Iterator[Clash]:
    """Require three things of each device: a way to recognise it, a known upstream, and a public address that a person can own.

    Adobe throttles by the public address. An address for documentation, or a private address, belongs to nobody.
    """
    for name, device in config.devices.items():
        at: Loc = ("devices", name)
        if not any(asdict(device.match).values()):
            yield Clash((*at, "match"), "expected address, identifier or user_agent, found none of them", (at,))
        if device.upstream is not None and device.upstream not in config.upstreams:
            known = ", ".join(config.upstreams)
            message = f"expected the name of an upstream ({known}), found {found(device.upstream)}{suggestion(device.upstream, config.upstreams)}"
            yield Clash((*at, "upstream"), message, (("upstreams",),))
        elif device.public_address is not None and not device.public_address.is_global:
            names = [device.upstream] if device.upstream is not None else reachable(config)
            if (device.mode or config.mode) != "replay" and (first := _first_network(config, names)):
                expected = f"a public address that you own, since upstream {first} is not an emulator"
                reads: tuple[Loc, ...] = (("upstream",), ("upstreams",), ("mode",), ("route_by_host",))
                yield Clash((*at, "public_address"), unexpected(expected, str(device.public_address)), reads)
    pool = config.forwarded_for.pool
    network = _first_network(config, [name for _, names in asked(config) for name in names])
    if pool is not None and network and (not pool.is_global or pool.is_multicast):
        expected = f"a public network that you own, since upstream {network} is not an emulator"
        reads = (("upstream",), ("upstreams",), ("mode",), ("devices",))
        yield Clash(("forwarded_for", "pool"), unexpected(expected, str(pool)), reads)


def devices_are_led_by_address(config: Config) -> Iterator[Clash]:
    """If a device has its own DNS answer, require that its address recognises it: a DNS question tells nothing else."""
    for name, device in config.devices.items():
        at: Loc = ("devices", name, "dns")
        if device.dns is not None and config.lab.dns is None:
            yield Clash(at, unexpected("null, since lab.dns is not set", str(device.dns)), (("lab",),))
        elif device.dns is not None and (
            device.match.address is None or device.match.identifier or device.match.user_agent
        ):
            message = "null, or a device with only match.address, since a DNS question tells nothing else"
            yield Clash(at, unexpected(message, str(device.dns)), (("devices", name, "match"),))


def _first_network(config: Config, names: Iterable[str]) -> str:
    """Return the first of these upstreams that is not an emulator. Empty if all are emulators."""
    known = (name for name in names if name in config.upstreams)
    return next((name for name in known if not config.upstreams[name].origin.is_emulator), "")
