"""The configuration: config.yaml, environment and command line become one checked, frozen value."""

from gateway.config.control import ControlSection
from gateway.config.emulator import EmulatorSection
from gateway.config.lab import DnsSection, LabSection
from gateway.config.listening import Listen, Tls
from gateway.config.loading import load, load_with_sources
from gateway.config.model import (
    BUILT_IN_UPSTREAMS,
    PRODUCTION,
    AuditSection,
    Cassettes,
    Clients,
    ClientSection,
    Config,
    ForwardedForSection,
    LimitsSection,
    RedactionSection,
    Timeout,
    UpstreamSection,
)
from gateway.config.problems import ConfigError, ConfigProblem
from gateway.config.rules import Rule, deprecated
from gateway.config.section import Mode
from gateway.config.sources import Loaded
from gateway.config.values import Address, Network, Origin

__all__ = [
    "BUILT_IN_UPSTREAMS",
    "PRODUCTION",
    "Address",
    "AuditSection",
    "Cassettes",
    "ClientSection",
    "Clients",
    "Config",
    "ConfigError",
    "ConfigProblem",
    "ControlSection",
    "DnsSection",
    "EmulatorSection",
    "ForwardedForSection",
    "LabSection",
    "LimitsSection",
    "Listen",
    "Loaded",
    "Mode",
    "Network",
    "Origin",
    "RedactionSection",
    "Rule",
    "Timeout",
    "Tls",
    "UpstreamSection",
    "deprecated",
    "load",
    "load_with_sources",
]
