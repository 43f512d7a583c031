"""The self-check of a device, as rows. The gateway knows some of the facts; others only the device can find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Struct

from gateway.core.check_picture import CHECK_PATH
from gateway.core.headers import Told
from gateway.core.hostport import host_port, read_host
from gateway.core.times import date_of

Port: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Verdict: TypeAlias = Literal["yes", "no", "open"]
"""`open`: unknown, or not testable from here."""
WORDS: Mapping[Verdict, str] = {"yes": "yes", "no": "NO", "open": "?"}

CLOCK_SECONDS = 120
"""Largest error of a device's clock, in seconds. Codes and tokens of Adobe last minutes; certificates of the lab allow a day."""
HTTPS_PORT, HTTP_PORT = 443, 80
MOST_HOSTS = 100
"""Largest number of hosts in a check, since each one is asked."""

WHY: Mapping[Told, str] = {
    "named": "the public_address of this device",
    "own": "the device's own address, which is public",
    "pool": "its place in forwarded_for.pool",
    "fallback": "forwarded_for.fallback",
    "private": "the device's own address, which is private; no other address is set",
}
SET_ONE = "Adobe throttles by this address, which other homes use, too. Set this device's public_address, forwarded_for.pool or forwarded_for.fallback."


class Reach(Struct, frozen=True):
    """Whether the gateway reaches the API."""

    verdict: Verdict
    said: str


class SelfCheck(Struct, frozen=True):
    """What the gateway sees of a device that asks, and what it knows itself. It has no secret. `/check.json` shows it."""

    address: str
    """The device's own address. It comes from a header only if the gateway trusts the peer."""
    device: str
    """The device's name in the configuration. Empty if it has no name."""
    told: str
    """The address that X-Forwarded-For will tell Adobe. Empty if the app's own header is passed on."""
    why: str
    is_private: bool
    """Whether `told` is a private address, and the upstream is on the internet."""
    hosts: tuple[str, ...]
    """The hosts whose names should lead to the gateway."""
    addresses: tuple[str, ...]
    """The addresses that these names should have: the gateway's addresses in the lab. Empty if they are not configured."""
    http_port: Port
    """The port of the pages."""
    https_port: Port | None
    """The TLS port for apps. None without TLS."""
    reach: Reach
    now: float
    """The gateway's time, in seconds since the epoch."""
    has_resolver: bool = True
    """Whether the gateway itself answers DNS queries (lab.dns)."""
    has_proxy: bool = False
    """Whether the gateway is an explicit proxy (lab.proxy). Devices that use the proxy look up no names."""

    def picture(self, host: str, *, tls: bool) -> str:
        """Return the address of a picture. A device that shows it reaches the gateway as `host`; with `tls`, it also trusts the certificate."""
        scheme, port, usual = ("https", self.https_port, HTTPS_PORT) if tls else ("http", self.http_port, HTTP_PORT)
        return f"{scheme}://{host_port(host, None if port == usual else port)}{CHECK_PATH}"


class CheckRow(Struct, frozen=True):
    """One line of the check."""

    id: str
    title: str
    verdict: Verdict
    found: str
    hint: str = ""
    """What to do if the check fails."""
    pictures: tuple[tuple[str, str], ...] = ()
    """Hosts, each with the address of a picture. A browser that shows the picture passes the check."""


def rows_of(check: SelfCheck, steps: str, device: Mapping[str, CheckRow] | None = None) -> tuple[CheckRow, ...]:
    """Return all rows. `steps` is the address of the page about certificates.

    `device` has the rows `name`, `tls` and `clock`, which only the device can fill. Without `device`, these rows have pictures for a
    browser.
    """
    told = device if device is not None else _for_a_browser(check, steps)
    who = f"{check.address}, which is {check.device}" if check.device else check.address
    forwarded: Verdict = "no" if check.is_private else "yes"
    return (
        CheckRow("reached", "Gateway reached", "yes", "this page came from the gateway"),
        CheckRow("address", "Address seen", "yes" if check.address else "open", who or "unknown"),
        CheckRow("forwarded", "X-Forwarded-For to Adobe", forwarded, f"{check.told}: {check.why}" if check.told else check.why, SET_ONE if check.is_private else ""),
        told["name"],
        told["tls"],
        told["clock"],
        CheckRow("adobe", "Adobe reachable", check.reach.verdict, check.reach.said),
    )  # fmt: skip


def clock_row(check: SelfCheck, device_time: float | None) -> CheckRow:
    """Return the row about the clock. `device_time`: seconds since the epoch; None: a person has to compare."""
    title, shown = "Clock", date_of(check.now)
    if device_time is None:
        return CheckRow("clock", title, "open", f"here it is {shown}; compare with your device")
    off = device_time - check.now
    if abs(off) <= CLOCK_SECONDS:
        return CheckRow("clock", title, "yes", f"{abs(off):.0f} s from the gateway's clock")
    way = "fast" if off > 0 else "slow"
    hint = "Set the device's clock. With a wrong time, certificates are not valid, and codes expire early."
    return CheckRow("clock", title, "no", f"{abs(off):,.0f} s {way}; here it is {shown}", hint)


def name_hint(check: SelfCheck) -> str:
    """Return what to do if a name does not lead to the gateway."""
    where = f" ({check.addresses[0]})" if check.addresses else ""
    way = (
        f"Set the gateway{where} as the device's DNS server"
        if check.has_resolver
        else "The gateway has no DNS server: set lab.dns, or give your network's resolver the lines that gateway lab dns prints"
    )
    proxied = " A device that uses the gateway's proxy does not need this." if check.has_proxy else ""
    return f"{way}, and switch DNS over HTTPS off. If the device asks another resolver, a redirect on the router helps.{proxied}"


def tls_hint(steps: str) -> str:
    """Return what to do if the certificate is not trusted."""
    return f"Give the device the lab's certificate: {steps}"


def no_tls(check: SelfCheck) -> CheckRow | None:
    """Return the row about TLS if the gateway serves no TLS; otherwise None."""
    if check.https_port is not None:
        return None
    return CheckRow(
        "tls", "Certificate trusted", "open", "no listener of the gateway has TLS", "Set listen: {tls: lab} for TLS."
    )


def _for_a_browser(check: SelfCheck, steps: str) -> Mapping[str, CheckRow]:
    names, trusted = (tuple((host, check.picture(host, tls=tls)) for host in check.hosts) for tls in (False, True))
    secured = CheckRow("tls", "Certificate trusted", "open", "a tick for each host", tls_hint(steps), trusted)
    return {
        "name": CheckRow("name", "Name leads to the gateway", "open", "a tick for each host", name_hint(check), names),
        "tls": no_tls(check) or secured,
        "clock": clock_row(check, None),
    }


def written(check: SelfCheck) -> bytes:
    """Return a check as JSON."""
    return msgspec.json.encode(check)


def read(data: bytes) -> SelfCheck:
    """Read a check from JSON. ValueError if it is not a check."""
    check = msgspec.json.decode(data, type=SelfCheck)
    if len(check.hosts) > MOST_HOSTS or any(read_host(host) is None for host in check.hosts):
        message = "invalid hosts"
        raise ValueError(message)
    return check
