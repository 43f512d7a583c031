"""Rules for keys that are valid one by one, and wrong together.

A rule is a function of a whole `Config`. In this `Config`, an invalid key has its default. So a rule says which keys it has read: if one of
them was invalid, the rule's complaint is left out.
"""

import ipaddress
import ssl
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from msgspec.structs import asdict

from gateway.config.clash import Clash, Combination
from gateway.config.fleet_combinations import FLEET_COMBINATIONS
from gateway.config.lab_combinations import pages_have_a_place_of_their_own
from gateway.config.model import Config, UpstreamSection
from gateway.config.network_combinations import (
    certificates_are_whole,
    devices_are_known_and_reachable,
    devices_are_led_by_address,
    lab_has_addresses,
    listeners_have_places_of_their_own,
    places_of,
    proxies_are_known,
)
from gateway.config.of_devices import asked, each_way, modes_of
from gateway.config.on_disk import is_file, is_folder, what_is
from gateway.config.problems import Loc, found, unexpected
from gateway.config.proxy_combinations import proxy_has_a_place, tunnels_lead_elsewhere
from gateway.config.rule_combinations import (
    each_rule_is_one,
    each_rule_names_one_place,
    faults_can_happen,
)
from gateway.config.workers import workers_need_one_state
from gateway.core.suggestions import suggestion


def upstream_is_named(config: Config) -> Iterator[Clash]:
    """Require the name of an upstream in `upstream`."""
    name = config.upstream
    if name not in config.upstreams:
        known = ", ".join(config.upstreams)
        message = f"expected the name of an upstream ({known}), found {found(name)}{suggestion(name, config.upstreams)}"
        yield Clash(("upstream",), message, (("upstreams", name),))


def network_options_need_a_network(config: Config) -> Iterator[Clash]:
    """Refuse `connect_to` without a connection (the emulator), and `ca_file` without TLS."""
    for name, upstream in config.upstreams.items():
        at: Loc = ("upstreams", name)
        reads = ((*at, "origin"),)
        if upstream.connect_to is not None and upstream.origin.is_built_in:
            message = f"expected null, since the emulator needs no connection, found {found(str(upstream.connect_to))}"
            yield Clash((*at, "connect_to"), message, reads)
        if upstream.ca_file is not None and upstream.origin.scheme != "https":
            message = f"expected null, since the origin is not https, found {found(str(upstream.ca_file))}"
            yield Clash((*at, "ca_file"), message, reads)


def files_exist(config: Config) -> Iterator[Clash]:
    """Require files of certificates and keys. Refuse a file as the folder of cassettes, and a folder as a cassette."""
    files: dict[Loc, Path] = {}
    for place, listen in places_of(config):
        if listen.tls is not None and listen.tls.files is not None:
            files[*place, "tls", "cert_file"], files[*place, "tls", "key_file"] = listen.tls.files
    for name, upstream in config.upstreams.items():
        if upstream.ca_file is not None and upstream.origin.scheme == "https":
            files["upstreams", name, "ca_file"] = upstream.ca_file
    for at, path in files.items():
        if not is_file(path):
            message = f"expected a file, found {what_is(path)} at {found(str(path))}"
            yield Clash(at, message, ((*at[:-1], "origin"),))

    folder = config.cassettes.dir
    if is_file(folder):
        yield Clash(("cassettes", "dir"), f"expected a folder, found a file at {found(str(folder))}")
    for device, of in each_way(config):
        if is_folder(cassette := of.cassette_path()) and (not device or of.cassettes != config.cassettes):
            message = f"expected a cassette, found a folder at {found(str(cassette))}"
            place = (*device, "cassette") if device else ("cassettes", "name")
            yield Clash(place, message, (("cassettes", "dir"),))


def folders_exist(config: Config) -> Iterator[Clash]:
    """Require folders that exist for the files of log and history."""
    appended = {("log", "file"): config.log.file}
    if config.history is not None:
        appended["history", "file"] = config.history.file
    for place, file in appended.items():
        if file is not None and is_folder(file):
            yield Clash(place, f"expected a file, found a folder at {found(str(file))}")
        if file is not None and not is_folder(file.parent):
            message = f"expected a file in a folder that exists, found no folder at {found(str(file.parent))}"
            yield Clash(place, message)


def secrets_are_there(config: Config) -> Iterator[Clash]:
    """Require the files of the client's secrets, unless all modes are replay. A replay needs no token."""
    for key, path in asdict(config.clients.default).items():
        if modes_of(config) != {"replay"} and path is not None and not is_file(path):
            message = f"expected a file, found {what_is(path)} at {found(str(path))}"
            yield Clash(("clients", "default", key), message, (("mode",), ("devices",)))


def certificates_load(config: Config) -> Iterator[Clash]:
    """Require files of certificates and keys that can be loaded."""
    for place, listen in places_of(config):
        files = listen.tls.files if listen.tls is not None else None
        if files is not None and all(is_file(file) for file in files):
            try:  # an empty passphrase, or OpenSSL would ask for one on the terminal
                ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*files, password="")
            except (OSError, ValueError) as error:
                yield Clash((*place, "tls"), _why_no_certificate(error, files))
    for name, upstream in config.upstreams.items():
        if upstream.ca_file is not None and upstream.origin.scheme == "https" and is_file(upstream.ca_file):
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(upstream.ca_file)
            except (OSError, ValueError):
                at: Loc = ("upstreams", name, "ca_file")
                message = f"expected certificates in PEM form, found something else in {found(str(upstream.ca_file))}"
                yield Clash(at, message, ((*at[:-1], "origin"),))


def _why_no_certificate(error: Exception, files: tuple[Path, Path]) -> str:
    certificate, key = (found(str(file)) for file in files)
    if getattr(error, "reason", "") == "KEY_VALUES_MISMATCH":
        return f"expected the private key of the certificate in {certificate}, found another key in {key}"
    for path in files:
        if not path.stat().st_size:
            return f"expected a certificate and its private key in PEM form, found an empty file at {found(str(path))}"
    return f"expected a certificate and its private key in PEM form, found something else in {certificate} or {key}"


def hosts_select_one_upstream(config: Config) -> Iterator[Clash]:
    """Require a different host for each upstream with `route_by_host`."""
    if not config.route_by_host:
        return
    owners: dict[str, str] = {}
    for name, upstream in config.upstreams.items():
        if upstream.origin.is_emulator:  # no Host field names the emulator
            continue
        host = upstream.origin.host
        owner = owners.setdefault(host, name)
        if owner != name:
            message = f"expected a host that no other upstream has, since route_by_host is on, found {found(host)}, the host of {owner}"
            reads: tuple[Loc, ...] = (("route_by_host",), ("upstreams", owner, "origin"))
            yield Clash(("upstreams", name, "origin"), message, reads)


def upstream_is_not_the_gateway(config: Config) -> Iterator[Clash]:
    """Refuse an upstream that is the gateway itself."""
    names = {name for _, names in asked(config) for name in names}  # a replay asks no upstream
    for name, upstream in config.upstreams.items():
        if name in names and _leads_here(upstream, config):
            at: Loc = ("upstreams", name, "connect_to" if upstream.connect_to is not None else "origin")
            message = f"expected the address of an API, found the gateway's own, {found(str(upstream.connect_to or upstream.origin))}"
            reads: tuple[Loc, ...] = (
                ("upstreams", name), ("listen", "host"), ("listen", "port"), ("listeners",), ("upstream",), ("route_by_host",), ("mode",), ("devices",),
            )  # fmt: skip
            yield Clash(at, message, reads)


def recording_has_routes(config: Config) -> Iterator[Clash]:
    """Require a route to record in mode record."""
    if "record" in modes_of(config) and not config.cassettes.record:
        message = "expected at least one route in mode record, found an empty list"
        yield Clash(("cassettes", "record"), message, (("mode",), ("devices",)))


def checks_are_known(config: Config) -> Iterator[Clash]:
    """Require the id of a check for each key of `audit.checks`."""
    if not config.audit.checks:
        return
    from gateway.core.checks import CHECKS  # slow: ninety modules, which few configurations need

    known = [check.info.id for check in CHECKS]
    for name in config.audit.checks:
        if name not in known:
            message = f"expected the id of a check (gateway list checks), found {found(name)}{suggestion(name, known)}"
            yield Clash(("audit", "checks", name), message)


def extras_are_installed(config: Config) -> Iterator[Clash]:
    """Require the extras that the configuration needs."""
    for key, is_on, without, package in (
        ("reload", config.reload == "watch", "signal", "watchfiles"),
        ("metrics", config.metrics, "false", "prometheus_client"),
        ("traces", config.traces, "false", "opentelemetry.exporter.otlp.proto.http"),
    ):
        if is_on and not _is_installed(package):
            extra = "watch" if key == "reload" else key
            expected = f"{without}, or the extra for it (pip install '.[{extra}]')"
            yield Clash((key,), unexpected(expected, getattr(config, key)))
    missing = [package for package in ("cryptography", "dns", "segno") if not _is_installed(package)]
    expected = "your own certificate, or the extra for it (pip install '.[lab]')"
    for place, listen in places_of(config):
        if listen.tls is not None and listen.tls.lab and "cryptography" in missing:
            yield Clash((*place, "tls"), unexpected(expected, "lab"))
    for key, wanted, needed in (
        ("dns", config.lab.dns is not None, {"dns"}),
        ("pages", config.lab.pages is not None, {"cryptography", "dns", "segno"}),
        ("proxy", config.lab.proxy is not None, {"cryptography", "dns"}),
    ):
        if wanted and needed & {*missing}:
            yield Clash(("lab", key), "expected null, or the extra for it (pip install '.[lab]'), found a map")


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # the package around it is missing, too
        return False


COMBINATIONS: tuple[Combination, ...] = (
    upstream_is_named,
    network_options_need_a_network,
    files_exist,
    folders_exist,
    secrets_are_there,
    certificates_are_whole,
    certificates_load,
    listeners_have_places_of_their_own,
    proxies_are_known,
    lab_has_addresses,
    pages_have_a_place_of_their_own,
    proxy_has_a_place,
    tunnels_lead_elsewhere,
    hosts_select_one_upstream,
    upstream_is_not_the_gateway,
    devices_are_known_and_reachable,
    devices_are_led_by_address,
    recording_has_routes,
    each_rule_names_one_place,
    each_rule_is_one,
    checks_are_known,
    faults_can_happen,
    workers_need_one_state,
    extras_are_installed,
    *FLEET_COMBINATIONS,
)


def clashes(config: Config, invalid: frozenset[Loc]) -> Iterator[Clash]:
    """Yield the keys that contradict each other. A clash that depends on an invalid key is left out."""
    for combination in COMBINATIONS:
        for clash in combination(config):
            if not any(_related(read, bad) for read in (clash.at, *clash.reads) for bad in invalid):
                yield clash


def _related(one: Loc, other: Loc) -> bool:
    """Whether two places are the same, or one is inside the other."""
    return all(a == b for a, b in zip(one, other, strict=False))


def _leads_here(upstream: UpstreamSection, config: Config) -> bool:
    """Whether a connection to `upstream` would arrive at the gateway. Only names and addresses are compared."""
    if upstream.origin.is_built_in:
        return False
    target = upstream.connect_to
    host = target.host if target else upstream.origin.host
    port = (target.port if target else None) or upstream.origin.port
    return any(
        port == listen.port and (host == listen.host or (_is_here(host) and _is_here(listen.host)))
        for listen in config.all_listeners.values()
    )


def _is_here(host: str) -> bool:
    """Whether a host is this machine: `localhost`, a loopback address, or an unspecified address."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_loopback or address.is_unspecified
