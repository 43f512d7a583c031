"""The configuration: config.yaml, the environment and the command line, read into one checked and frozen value."""

from gateway.config.loading import load
from gateway.config.model import (
    BUILT_IN_UPSTREAMS,
    PRODUCTION,
    Audit,
    Cassettes,
    Client,
    Clients,
    Config,
    ForwardedFor,
    Limits,
    Listen,
    Mode,
    Redaction,
    Timeout,
    Tls,
    Upstream,
)
from gateway.config.problems import ConfigError, Problem
from gateway.config.rules import Rule
from gateway.config.values import Address, Network, Origin

__all__ = [
    "BUILT_IN_UPSTREAMS",
    "PRODUCTION",
    "Address",
    "Audit",
    "Cassettes",
    "Client",
    "Clients",
    "Config",
    "ConfigError",
    "ForwardedFor",
    "Limits",
    "Listen",
    "Mode",
    "Network",
    "Origin",
    "Problem",
    "Redaction",
    "Rule",
    "Timeout",
    "Tls",
    "Upstream",
    "load",
]
