"""Rules for keys that are valid one by one, and wrong together: the lab's pages, and the listeners for apps."""

from collections.abc import Iterator

from gateway.config.clash import Clash
from gateway.config.lab_pages import PAGES_PORT
from gateway.config.model import Config
from gateway.config.network_combinations import places_of
from gateway.config.problems import dotted
from gateway.core.hostport import host_port

EVERY = frozenset({"0.0.0.0", "::"})  # noqa: S104  # compared with, not bound


def pages_have_a_place_of_their_own(config: Config) -> Iterator[Clash]:
    """Require a port for the lab's pages that no listener has, and an address that devices can type."""
    if (pages := config.lab.pages) is None:
        return
    host, port = pages.listen.host, pages.listen.port or PAGES_PORT
    for place, listen in places_of(config):
        if listen.port == port and (listen.host == host or {host, listen.host} & EVERY):
            message = (
                f"expected another address or port, found {host_port(host, port)}, which {dotted(place)} has already"
            )
            yield Clash(("lab", "pages", "listen"), message, (("listen",), ("listeners",)))
    if host in EVERY and not config.lab.address:
        message = "expected the address at which devices reach the gateway, since lab.pages shows it, found none"
        yield Clash(("lab", "address"), message, (("lab", "pages"),))
