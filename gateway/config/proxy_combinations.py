"""Rules for keys that are valid one by one, and wrong together: the keys of the lab's explicit proxy."""

import ipaddress
from collections.abc import Iterator

from gateway.config.clash import Clash
from gateway.config.model import Config
from gateway.config.network_combinations import places_of
from gateway.config.problems import Loc, dotted, found, unexpected
from gateway.core.hostport import host_port

AT: Loc = ("lab", "proxy")


def proxy_has_a_place(config: Config) -> Iterator[Clash]:
    """Require an address that devices can use, and a port that no listener has."""
    proxy = config.lab.proxy
    if proxy is None:
        return
    host = proxy.listen.host
    try:
        everywhere = ipaddress.ip_address(host).is_unspecified
    except ValueError:
        yield Clash((*AT, "listen"), unexpected("an IP address of this machine", host))
        return
    if everywhere and not config.lab.address:
        message = (
            f"expected the address at which devices reach the gateway, since lab.proxy listens at {host}, found none"
        )
        yield Clash(("lab", "address"), message, ((*AT, "listen"),))
    for place, listen in places_of(config):
        if (listen.host, listen.port) == (host, proxy.port):
            message = f"expected another address or port, found {host_port(host, proxy.port)}, which {dotted(place)} has already"
            yield Clash((*AT, "listen"), message, (place,))


def tunnels_lead_elsewhere(config: Config) -> Iterator[Clash]:
    """Refuse tunnels to hosts that the gateway itself answers."""
    if config.lab.proxy is None:
        return
    owners = {upstream.origin.host: name for name, upstream in config.upstreams.items() if upstream.origin.host}
    for number, place in enumerate(config.lab.proxy.tunnel):
        if (owner := owners.get(place.host)) is not None:
            message = f"expected another host than upstream {owner} has, since the gateway itself answers for it, found {found(str(place))}"
            yield Clash((*AT, "tunnel", number), message, (("upstreams", owner),))
