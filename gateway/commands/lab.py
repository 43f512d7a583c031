"""Commands of a lab: its authority, its certificates, and lines for its network."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.commands.shared import ConfigOption, fail, load_config, one_of, print_bytes, steps

if TYPE_CHECKING:
    from gateway.config import Config
    from gateway.lab.dns_lines import Address

IGNORED = "*.key\n"
"""The lines of .gitignore in an authority's folder."""

HTTPS, HTTP = 443, 80


def _loaded(config: Path | None) -> Config:
    """Read the configuration. End the command with a message if the extra is missing."""
    if any(find_spec(package) is None for package in ("cryptography", "dns")):
        fail("gateway lab: expected the extra for it (pip install '.[lab]'), found it missing")
    return load_config(config)


def init(config: ConfigOption = None) -> None:
    """Make the lab's authority: a root for your devices, and an intermediate that may sign only for the upstreams' hosts. The root's key is destroyed."""
    settings = _loaded(config)
    from datetime import UTC, datetime

    from gateway.lab.authority import ROOT, make
    from gateway.lab.domains import permitted_domains
    from gateway.lab.formats import fingerprint
    from gateway.system.files import replace_file
    from gateway.wiring.lab import lab_hosts

    folder = settings.lab.folder
    made = make(folder, permitted_domains(lab_hosts(settings)), settings.lab.key_type, datetime.now(UTC))
    replace_file(folder / ".gitignore", IGNORED.encode())
    typer.echo(f"{folder / ROOT}: the lab's root; its key is destroyed")
    typer.echo(f"SHA-256 {fingerprint(made.root)}")
    typer.echo(f"the authority signs only for {', '.join(made.domains)} and their subdomains")
    typer.echo(steps(list(_next(settings, folder / ROOT, config or Path("config.yaml")))))


def _next(config: Config, root: Path, file: Path) -> Iterator[tuple[str, str]]:
    """Yield the next steps. Keys that the configuration has are left out. `root`: the root's file."""
    about = f"a copy of {root} for your devices; also as der, p12 (password changeit), mobileconfig"
    yield "gateway lab ca --format pem > ca.pem", about
    if not any(listen.tls is not None and listen.tls.lab for listen in config.all_listeners.values()):
        yield 'listen: { host: "::", port: 443, tls: lab }', f"in {file}: the certificates of the lab"
    if config.lab.pages is None:
        yield "lab: { pages: { listen: ADDRESS } }", f"in {file}: http://ADDRESS shows the steps for each device"
    if config.lab.dns is None:
        about = "lines for your network's resolver; docs/tutorials/lab.md names devices that need more than DNS"
        yield "gateway lab dns --format dnsmasq", about
    yield "gateway run", "start it"


def ca(
    form: Annotated[
        str,
        typer.Option(
            "--format", help="Format: {certificates}. p12 has the password changeit; mobileconfig is for Apple."
        ),
    ] = "pem",
    config: ConfigOption = None,
) -> None:
    """Print the lab's root, for devices to trust."""
    settings = _loaded(config)
    from gateway.lab.authority import load
    from gateway.lab.formats import FORMATS, exported

    one_of("--format", form, FORMATS)
    if form in {"der", "p12"} and sys.stdout.isatty():
        fail(
            f"--format {form}: expected a file or a pipe, since the format is not text, found a terminal (gateway lab ca --format {form} > ca.{form})"
        )
    print_bytes(exported(load(settings.lab.folder).root, form))


def cert(
    hosts: Annotated[
        list[str],
        typer.Argument(metavar="HOST...", help="Host names for one certificate. The first one names its files."),
    ],
    config: ConfigOption = None,
) -> None:
    """Make a certificate of the lab's authority for another server: HOST.pem and HOST.key in the lab's folder, valid for 14 days."""
    settings = _loaded(config)
    from datetime import UTC, datetime

    from gateway.core.hostport import read_host
    from gateway.lab.authority import key_pem, load, new_key
    from gateway.system.files import PRIVATE, replace_file

    authority = load(settings.lab.folder)
    names = [read_host(host) or "" for host in hosts]
    if outside := [host for host, name in zip(hosts, names, strict=True) if not authority.permits(name)]:
        fail(
            "\n".join(
                f"{host}: expected a name in {', '.join(authority.domains)}; devices refuse other names"
                for host in outside
            )
        )
    key = new_key(authority.key_type)
    chain, private = (settings.lab.folder / f"{names[0]}.{end}" for end in ("pem", "key"))
    replace_file(private, key_pem(key), mode=PRIVATE)
    replace_file(chain, authority.issue(names, key, datetime.now(UTC)))
    typer.echo(
        f"{chain}: the certificate for {', '.join(names)}, and the intermediate\n{private}: its key, which only its owner can read"
    )


def dns(
    form: Annotated[str, typer.Option("--format", help="Format: {resolvers}.")] = "dnsmasq",
    config: ConfigOption = None,
) -> None:
    """Print lines for your network's resolver. With them, the upstreams' hosts lead devices to the gateway."""
    settings = _loaded(config)
    from gateway.lab.dns_lines import FORMS, UNREACHED, dns_lines
    from gateway.wiring.lab import names_of

    one_of("--format", form, FORMS)
    typer.echo(dns_lines(names_of(settings), form), nl=False)
    typer.echo("DNS does not reach:", err=True)
    for line in UNREACHED:
        typer.echo(f"  {line}", err=True)


def redirect(
    devices: Annotated[
        list[str],
        typer.Option(
            metavar="NETWORK",
            help="Network of the devices, such as 192.168.0.0/24. May be given several times.",
        ),
    ],
    form: Annotated[str, typer.Option("--format", help="Format: {redirects}.")] = "nftables",
    config: ConfigOption = None,
) -> None:
    """Print lines for a router. With them, connections to the upstreams' addresses go to the gateway."""
    settings = _loaded(config)
    from gateway.lab.redirects import FORMS, Redirect, redirect_lines
    from gateway.wiring.lab import names_of

    one_of("--format", form, FORMS)
    names = names_of(settings)
    networks = []
    for text in devices:
        try:
            networks.append(ipaddress.ip_network(text))
        except ValueError:
            fail(f"--devices: expected a network such as 192.168.0.0/24, found {text!r}")
    families = {address.version for address in names.addresses}
    if lost := [str(network) for network in networks if network.version not in families]:
        fail(
            f"--devices: expected a network of the same IP version as lab.address ({', '.join(map(str, names.addresses))}), found {', '.join(lost)}"
        )
    ports = _ports(settings)
    if not ports:
        fail("listen: expected a listener that devices can reach, found no listener")
    destinations = _addresses(settings, names.hosts)
    if not destinations:
        fail(f"expected an address of {', '.join(names.hosts)} for the rules, found none: does this machine have DNS?")
    typer.echo(redirect_lines(Redirect(tuple(networks), destinations, names.addresses, ports), form), nl=False)


def _ports(config: Config) -> Mapping[int, int]:
    """Return the API's ports, each with the port of the first listener that serves it."""
    found: dict[int, int] = {}
    for listen in config.all_listeners.values():
        if listen.port and not listen.proxy_protocol:
            found.setdefault(HTTP if listen.tls is None else HTTPS, listen.port)
    return found


def _addresses(config: Config, hosts: tuple[str, ...]) -> tuple[Address, ...]:
    """Return the current addresses of the upstreams' hosts. Report hosts without an address."""
    import asyncio

    from gateway.lab.lookup import LookUp, of_the_system
    from gateway.wiring.resolving import servers_of

    look_up = LookUp(hosts, servers_of(config.lab.dns) if config.lab.dns is not None else of_the_system())

    async def found_by(host: str) -> list[str]:
        try:
            return await look_up(host) or []
        except OSError:
            typer.echo(f"{host}: this host has no address now, so its lines are missing", err=True)
            return []

    async def all_of_them() -> list[list[str]]:
        return await asyncio.gather(*[found_by(host) for host in hosts if host not in config.lab.names])

    own = set(config.lab.address)
    found = {ipaddress.ip_address(address) for addresses in asyncio.run(all_of_them()) for address in addresses} - own
    return tuple(sorted(found, key=lambda address: (address.version, int(address))))
