"""The self-check of a device, as rows: some facts the gateway sees or knows, others only the device can find."""

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
"""`open`: unknown, or it cannot be tested from here."""
WORDS: Mapping[Verdict, str] = {"yes": "yes", "no": "NO", "open": "?"}

CLOCK_SECONDS = 120
"""How far a device's clock may be off. Certificates of the lab are valid from a day before; codes and tokens of Adobe last minutes."""
HTTPS_PORT, HTTP_PORT = 443, 80
MOST_HOSTS = 100
"""Hosts in a check, at most: each one is asked."""

WHY: Mapping[Told, str] = {
    "named": "the public_address of this device",
    "own": "the device's own address, which is public",
    "pool": "its place in forwarded_for.pool",
    "fallback": "forwarded_for.fallback",
    "private": "the device's own address, which is private: no other one is set",
}
SET_ONE = "Adobe throttles by this address, and other homes have it too: set the public_address of this device in devices.yaml, forwarded_for.pool, or forwarded_for.fallback."


class Reach(Struct, frozen=True):
    """Whether the gateway reaches the API."""

    verdict: Verdict
    said: str


class SelfCheck(Struct, frozen=True):
    """What the gateway sees of a device that asks, and what it knows. Nothing in it is secret; `/check.json` is this."""

    address: str
    """The device's own address, as far as the gateway trusts its peers."""
    device: str
    """The name that the configuration gives to it; empty for none."""
    told: str
    """The address that X-Forwarded-For will tell Adobe; empty if the app's own header is passed on."""
    why: str
    is_private: bool
    """Whether that is a private address, and the upstream is on the internet."""
    hosts: tuple[str, ...]
    """The hosts whose names should lead here."""
    addresses: tuple[str, ...]
    """The addresses that these names should have: the gateway's in the lab; empty if they are not configured."""
    http_port: Port
    """Where the pages are."""
    https_port: Port | None
    """The TLS port for apps; None without TLS."""
    reach: Reach
    now: float
    """The gateway's time, in seconds since the epoch."""
    has_resolver: bool = True
    """Whether the gateway itself answers DNS queries (lab.dns)."""
    has_proxy: bool = False
    """Whether the gateway is an explicit proxy (lab.proxy), whose devices look no name up."""

    def picture(self, host: str, *, tls: bool) -> str:
        """Return the address of the picture that shows that a host leads to the gateway; with `tls`, that its certificate is trusted."""
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
    """Hosts, each with the picture that says yes where a browser shows it."""


def rows_of(check: SelfCheck, steps: str, device: Mapping[str, CheckRow] | None = None) -> tuple[CheckRow, ...]:
    """Return all rows; `steps` is the address of the page about certificates.

    `device` has the rows `name`, `tls` and `clock`, about which only the device's side can tell; without it they have pictures, and a
    browser decides.
    """
    told = device if device is not None else _for_a_browser(check, steps)
    who = f"{check.address}, which is {check.device}" if check.device else check.address
    forwarded: Verdict = "no" if check.is_private else "yes"
    return (
        CheckRow("reached", "Gateway reached", "yes", "this page came from it"),
        CheckRow("address", "Address seen", "yes" if check.address else "open", who or "unknown"),
        CheckRow("forwarded", "X-Forwarded-For to Adobe", forwarded, f"{check.told}: {check.why}" if check.told else check.why, SET_ONE if check.is_private else ""),
        told["name"],
        told["tls"],
        told["clock"],
        CheckRow("adobe", "Adobe reachable", check.reach.verdict, check.reach.said),
    )  # fmt: skip


def clock_row(check: SelfCheck, device_time: float | None) -> CheckRow:
    """Return the row about the clock, by the device's time in seconds since the epoch; None: only a person can compare."""
    title, shown = "Clock", date_of(check.now)
    if device_time is None:
        return CheckRow("clock", title, "open", f"it is {shown} here: compare with your device")
    off = device_time - check.now
    if abs(off) <= CLOCK_SECONDS:
        return CheckRow("clock", title, "yes", f"{abs(off):.0f} s from the gateway's")
    way = "fast" if off > 0 else "slow"
    hint = "Set the device's clock: with a wrong time no certificate is valid, and codes expire early."
    return CheckRow("clock", title, "no", f"{abs(off):,.0f} s {way}; it is {shown} here", hint)


def name_hint(check: SelfCheck) -> str:
    """Return what to do if a name does not lead to the gateway."""
    where = f" ({check.addresses[0]})" if check.addresses else ""
    way = (
        f"Set the gateway{where} as the device's DNS server"
        if check.has_resolver
        else "The gateway has no DNS server: set lab.dns, or give your network's resolver the lines that gateway lab dns prints"
    )
    proxied = " A device that uses the gateway's proxy needs no name that leads here." if check.has_proxy else ""
    return f"{way}, and switch DNS over HTTPS off; a redirect on the router helps a device that asks another resolver.{proxied}"


def tls_hint(steps: str) -> str:
    """Return what to do if the certificate is not trusted."""
    return f"Give the device the lab's certificate: {steps}"


def no_tls(check: SelfCheck) -> CheckRow | None:
    """Return the row about TLS if the gateway serves no TLS; otherwise None."""
    if check.https_port is not None:
        return None
    return CheckRow(
        "tls", "Certificate trusted", "open", "no listener of the gateway has tls", "listen: {tls: lab} serves it."
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
    """Read a check of JSON; raises ValueError for what is none."""
    check = msgspec.json.decode(data, type=SelfCheck)
    if len(check.hosts) > MOST_HOSTS or any(read_host(host) is None for host in check.hosts):
        message = "hosts that are none"
        raise ValueError(message)
    return check
