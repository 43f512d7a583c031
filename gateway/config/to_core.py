"""Converts a configuration into the core's own values: rules, redaction, trusted proxies, upstreams."""

from __future__ import annotations

from hashlib import sha256
from secrets import token_bytes
from time import thread_time

from msgspec import json
from msgspec.structs import asdict

from gateway.config import Config
from gateway.config import RedactionSection as RedactionSettings
from gateway.config.devices import DeviceSection
from gateway.config.rules import rule_of
from gateway.config.values import networks
from gateway.core.expression import Expression
from gateway.core.headers import ForwardedFor, Network, bare_host
from gateway.core.model import Rule
from gateway.core.named_devices import NamedDevice, NamedDevices
from gateway.core.redaction import Redaction
from gateway.core.routing import Routing
from gateway.core.secrets.policy import HEADERS, PARAMETERS, Policy


def rules_of(config: Config) -> tuple[Rule, ...]:
    """Return the rules of a configuration, in its order."""
    return tuple(rule_of(entry.named[1], config) for entry in config.rules)


def policy_of(settings: RedactionSettings) -> Policy:
    """Return the policy: the documentation's lists, and the configuration's rules and exceptions."""
    if not settings.rules and not settings.keep:
        return Policy()
    import jsonpath

    environment = jsonpath.JSONPathEnvironment(strict=True)
    headers = {rule.header.lower(): rule.kind for rule in settings.rules if rule.header}
    parameters = {rule.query.lower(): rule.kind for rule in settings.rules if rule.query}
    kept_headers = {kept.header.lower(): "" for kept in settings.keep if kept.header}
    kept_parameters = {kept.query.lower(): "" for kept in settings.keep if kept.query}
    return Policy(
        headers={**HEADERS, **headers, **kept_headers},
        parameters={**PARAMETERS, **parameters, **kept_parameters},
        paths=tuple((environment.compile(rule.json_path), rule.kind) for rule in settings.rules if rule.json_path),
        patterns=tuple((Expression(rule.pattern, thread_time), rule.kind) for rule in settings.rules if rule.pattern),
        kept_paths=tuple(environment.compile(kept.json_path) for kept in settings.keep if kept.json_path),
        extra=sha256(
            json.encode({"rules": [*map(asdict, settings.rules)], "keep": [*map(asdict, settings.keep)]})
        ).hexdigest()[:6],
    )


def redaction_of(settings: RedactionSettings, key: bytes | None, otherwise: bytes | None = None) -> Redaction:
    """Return the redaction with a configuration's policy and `key`, the permanent key.

    If `key` is None, the key is `otherwise`, or a new random key. Then the pseudonyms are valid only for this run.
    """
    return Redaction(key or otherwise or token_bytes(32), policy_of(settings), lasting=key is not None)


def forwarded_of(config: Config) -> ForwardedFor:
    """Return the rules for writing X-Forwarded-For."""
    settings = config.forwarded_for
    return ForwardedFor(
        mode=settings.mode,
        trusted=settings.trusted_networks,
        pool=settings.pool,
        fallback=str(settings.fallback) if settings.fallback is not None else None,
    )


def places_of(device: DeviceSection) -> tuple[Network, ...]:
    """Return the networks of a device's own addresses. Empty if the device is not recognised by its address."""
    return tuple(network for entry in device.match.address or () for network in networks(entry))


def named_devices_of(config: Config) -> NamedDevices:
    """Return the devices that have a name."""
    return NamedDevices(
        tuple(
            NamedDevice(
                name,
                networks=places_of(device),
                identifier=device.match.identifier or "",
                user_agent=device.match.user_agent or "",
                public_address=str(device.public_address) if device.public_address is not None else "",
                upstream=device.upstream or "",
            )
            for name, device in config.devices.items()
        )
    )


def routing_of(config: Config) -> Routing:
    """Return the routing, which chooses the upstream of a request."""
    by_host = {
        bare_host(upstream.origin.authority): name
        for name, upstream in config.upstreams.items()
        if not upstream.origin.is_emulator
    }
    own = {"localhost", "127.0.0.1", "[::1]", *config.lab.names}
    own |= {listen.host.lower() for listen in config.all_listeners.values()}
    return Routing(
        upstream=config.upstream,
        by_host=by_host if config.route_by_host else {},
        own_hosts=frozenset(by_host) | own,
    )
