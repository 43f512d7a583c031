"""Starts the lab's pages, and lists devices that refuse the lab's certificate, with the steps for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from gateway.config import Config, Listen
from gateway.config.lab_pages import PAGES_PORT
from gateway.config.to_core import named_devices_of
from gateway.control.steering import RefusingDevice
from gateway.core.hostport import host_port
from gateway.core.model import Exchange
from gateway.core.named_devices import NamedDevices
from gateway.core.platforms import slug_of
from gateway.core.times import stamp
from gateway.exchanges.observers import EndOnly, Observer
from gateway.lab.acquainted import Acquainted
from gateway.system.binding import why_not
from gateway.wire.accepting import Terms, bound_sockets
from gateway.wire.connections import Limits
from gateway.wire.handler import Handler
from gateway.wire.own import Listening
from gateway.wire.refusals import CertificateRefusal, CertificateRefusals, Handshakes, refusing
from gateway.wire.server import Server
from gateway.wiring.lab import HOW_TO_TRUST
from gateway.wiring.listening import CannotListenError

HTTPS = 443
CONNECTIONS = 256
"""How many browsers may be connected at once."""
EVERY = frozenset({"0.0.0.0", "::"})  # noqa: S104  # only compared, not bound


def base_of(config: Config) -> str:
    """Return the address of the lab's pages as people type it, such as `http://192.168.0.2`; empty without pages."""
    pages = config.lab.pages
    if pages is None:
        return ""
    host = pages.listen.host
    if host in EVERY:
        host = str(config.lab.address[0]) if config.lab.address else "127.0.0.1"
    port = pages.listen.port
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}" if port in {None, PAGES_PORT} else f"http://{name}:{port}"


def hint_at(config: Config, acquainted: Acquainted, address: str) -> str:
    """Return one line that says what to do for the device at an address."""
    from gateway.lab.platforms import steps_line

    base, platform = base_of(config), acquainted.platform_at(address)
    if platform is not None:
        shown = f" ({base}/for/{platform.slug})" if base else " (gateway lab ca; docs/how-to/lab-devices.md)"
        return f"if the device does not trust the lab's certificate yet: {steps_line(platform, base)}{shown}"
    return f"if the device does not trust the lab's certificate yet: {base}/ has the steps" if base else HOW_TO_TRUST


class Acquainting(EndOnly):
    """An observer that remembers the platform at each address."""

    def __init__(self, met: Callable[[Exchange], None]) -> None:
        self._met = met

    def warn(self, event: str, **about: object) -> None:
        """Ignore warnings."""

    def ended(self, exchange: Exchange) -> None:
        """Remember the platform of an exchange's device."""
        self._met(exchange)


class ServedLab:
    """The lab's pages, the devices that refuse the lab's certificates, and the platform at each address."""

    def __init__(self, config: Callable[[], Config], listening: Listening) -> None:
        self._config = config
        self._listening = listening
        self._tls_ports: list[int] = []
        self._server: Server | None = None
        self.handler: Handler | None = None
        """Serves the pages; None without pages."""
        self._named: tuple[Config, NamedDevices] | None = None
        self.acquainted = Acquainted()
        self.refusals = CertificateRefusals(self._about)
        """Is told of each handshake on listeners with the lab's certificates."""

    def observers(self, config: Config) -> list[Observer]:
        """Return the observers of exchanges; empty if the gateway has neither certificates of the lab nor pages nor proxy."""
        tls = [listen.tls for listen in config.all_listeners.values()]
        is_lab = (
            config.lab.pages is not None
            or config.lab.proxy is not None
            or any(one is not None and one.lab for one in tls)
        )
        return [Acquainting(self.met)] if is_lab else []

    def met(self, exchange: Exchange) -> None:
        """Take the platform at an address from its first exchange."""
        address = exchange.received.device.address
        if not self.acquainted.knows(address):
            self.acquainted.met(address, slug_of(exchange.received))

    def refusing(self, others: Iterable[Handshakes] = ()) -> list[RefusingDevice]:
        """Return the devices that refuse the lab's certificate now, with the steps for each. `others`: handshakes in other processes."""
        return [self._refusing(refusal) for refusal in refusing([self.refusals.handshakes, *others])]

    def _about(self, address: str) -> Mapping[str, str]:
        """Return fields for the log about a device that refuses the certificate: the steps for its platform, and its name if it has one."""
        name = self._name_at(address)
        hint = hint_at(self._config(), self.acquainted, address)
        return {"device": name, "hint": hint} if name else {"hint": hint}

    def _name_at(self, address: str) -> str:
        """Return the configured name of the device at an address; empty if it has no name."""
        config = self._config()
        if self._named is None or self._named[0] is not config:
            self._named = config, named_devices_of(config)
        named = self._named[1].at(address)
        return named.name if named is not None else ""

    def _refusing(self, refusal: CertificateRefusal) -> RefusingDevice:
        config = self._config()
        base, platform = base_of(config), self.acquainted.platform_at(refusal.address)
        return RefusingDevice(
            address=refusal.address,
            name=self._name_at(refusal.address),
            reason=refusal.reason,
            times=refusal.times,
            last=stamp(refusal.last),
            platform=platform.name if platform is not None else "",
            steps=list(platform.steps_at(base)) if platform is not None else [],
            url=(f"{base}/for/{platform.slug}" if platform is not None else f"{base}/") if base else "",
        )

    def hear(self, listen: Listen, port: int) -> None:
        """Note the port of a listener. The self-check names the listener at 443, or the first listener with TLS."""
        if listen.tls is not None and not listen.proxy_protocol:
            self._tls_ports.append(port)

    async def serve(self, config: Config, warn: Callable[..., None]) -> None:
        """Serve the pages, if they are configured. Raises CannotListenError if the address is taken, or is not of this machine."""
        if config.lab.pages is None:
            return
        from gateway.lab.pages import PagesHandler
        from gateway.wiring.lab_facts import LabFacts

        where = config.lab.pages.listen
        port = PAGES_PORT if where.port is None else where.port
        try:
            sockets = await bound_sockets(where.host, port)
        except OSError as error:
            message = f"lab.pages: cannot listen on {host_port(where.host, port)}: {why_not(error, 'lab.pages.listen', may_be_zero=False)}"
            raise CannotListenError(message) from error
        tls_port = HTTPS if HTTPS in self._tls_ports else next(iter(self._tls_ports), None)
        facts = LabFacts(self._config, base_of(config), (port, tls_port), self._listening.leads_here)
        self.handler = PagesHandler(facts.of_page, facts.of_device, self.acquainted, warn)
        self._server = Server(self.handler, Limits(CONNECTIONS))
        self._server.listen(sockets, Terms())
        self._listening.add(sockets)

    async def stop(self) -> None:
        """Stop serving the pages."""
        if self._server is not None:
            self._listening.remove(self._server.sockets)
            await self._server.stop()
