"""The self-check from a shell. A browser tests with pictures; this module tests with sockets. It blocks, so no gateway uses it."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from msgspec import Struct

from gateway.core.check_picture import CHECK_PATH, PICTURE
from gateway.core.hostport import host_port
from gateway.lab.self_check import HTTPS_PORT, CheckRow, SelfCheck, clock_row, name_hint, no_tls, read, tls_hint

SECONDS = 5.0
LARGEST = 1 << 16
"""Largest number of bytes that are read of an answer."""

LookUp = Callable[[str], Sequence[str]]
"""Returns the addresses of a host. Raises OSError if it has no address."""


class GatewaySide(Struct, frozen=True):
    """The gateway's side of the check, and the address at which it answered."""

    check: SelfCheck
    address: str
    """The address at which the gateway was reached."""
    at: float
    """When the answer came, in seconds since the epoch, by this machine's clock."""


class NotReachedError(Exception):
    """The lab's pages were not reached, or another server answered. The text says why."""


def ask(url: str) -> GatewaySide:
    """Ask the lab's pages for the gateway's side. Raises NotReachedError."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=SECONDS)
    try:
        connection.connect()
        address = str(connection.sock.getpeername()[0])
        connection.request("GET", "/check.json", headers={"Connection": "close"})
        answer = connection.getresponse()
        body, at = answer.read(LARGEST), time.time()
        if answer.status != http.client.OK:
            is_ours = answer.headers.get_content_type() == "text/plain"
            raise NotReachedError(f"it answered {answer.status}" + (f": {_first_line(body)}" if is_ours else ""))
        return GatewaySide(read(body), address, at)
    except ValueError:
        message = "another server answers there, not the pages of a lab"
        raise NotReachedError(message) from None
    except (OSError, http.client.HTTPException) as error:
        raise NotReachedError(_why(error)) from None
    finally:
        connection.close()


def rows_of_device(asked: GatewaySide, look_up: LookUp, ca_file: str | None, steps: str) -> Mapping[str, CheckRow]:
    """Return the rows about names, certificates and the clock, as this machine finds them.

    `look_up` returns the addresses of a host. `ca_file` has authorities to trust besides the system's. OSError if `ca_file` cannot be read.
    """
    check = asked.check
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    names = {host: _name_fault(host, asked, look_up) for host in check.hosts}
    name = _row("name", "Name leads to the gateway", names, name_hint(check))
    tls = no_tls(check)
    if tls is None:
        certificates = {
            host: _picture_fault(host, (asked.address, check.https_port or HTTPS_PORT), context) for host in check.hosts
        }
        tls = _row("tls", "Certificate trusted", certificates, tls_hint(steps))
    return {"name": name, "tls": tls, "clock": clock_row(check, asked.at)}


def by_system(host: str) -> Sequence[str]:
    """Look up a host with this machine's resolver."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


def by_resolver(address: str, port: int) -> LookUp:
    """Return a function that asks one resolver."""
    import dns.exception  # noqa: PLC0415  # of the extra, and only needed where a resolver is named
    import dns.nameserver  # noqa: PLC0415
    import dns.resolver  # noqa: PLC0415

    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [dns.nameserver.Do53Nameserver(address, port)]
    resolver.lifetime = SECONDS

    def look_up(host: str) -> Sequence[str]:
        try:
            return list(resolver.resolve_name(host).addresses())
        except dns.exception.DNSException as error:
            raise OSError(type(error).__name__) from error

    return look_up


def _row(row_id: str, title: str, faults: Mapping[str, str], hint: str) -> CheckRow:
    wrong = {host: fault for host, fault in faults.items() if fault}
    if not wrong:
        return CheckRow(row_id, title, "yes", ", ".join(faults))
    return CheckRow(row_id, title, "no", "; ".join(f"{host}: {fault}" for host, fault in wrong.items()), hint)


def _name_fault(host: str, asked: GatewaySide, look_up: LookUp) -> str:
    """Return why a name does not lead to the gateway. Empty if it leads there, also if a redirect on the way does it."""
    expected = asked.check.addresses or (asked.address,)
    try:
        found = sorted({*look_up(host)})
    except OSError:
        return "it has no address"
    if not found or {*found} & {*expected} or not _picture_fault(host, (found[0], HTTPS_PORT), _anybody()):
        return "" if found else "it has no address"
    return f"it leads to {', '.join(found[:3])}"


def _anybody() -> ssl.SSLContext:
    """Return a context that verifies no certificate. The picture shows who answers, and nothing secret is sent."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _picture_fault(host: str, place: tuple[str, int], context: ssl.SSLContext) -> str:
    """Return why the gateway does not show its picture under a name, over TLS. Empty if it shows it."""
    try:
        with (
            socket.create_connection(place, SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=host) as secured,
        ):
            connection = http.client.HTTPConnection(host, timeout=SECONDS)
            connection.sock = secured
            connection.request("GET", CHECK_PATH, headers={"Host": host, "Connection": "close"})
            answered = connection.getresponse().read(LARGEST)
    except ssl.SSLCertVerificationError as error:
        return error.verify_message or "it cannot be verified"
    except (OSError, http.client.HTTPException) as error:
        return _why(error)
    return "" if answered == PICTURE else f"another server answers at {host_port(*place)}, not the gateway"


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {SECONDS:.0f} s"
    if isinstance(error, socket.gaierror):
        return "the name has no address"
    return str(getattr(error, "strerror", None) or type(error).__name__)


def _first_line(body: bytes) -> str:
    return body.decode("utf-8", "replace").partition("\n")[0][:200]
