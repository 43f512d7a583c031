"""The section `control`: the gateway's own listener, apart from the one for apps."""

from pathlib import Path
from typing import Annotated, Literal

from gateway.config.marks import Before, Range, Read, Schema
from gateway.config.reading import Section
from gateway.config.section import FilePath, listed
from gateway.config.values import listening_host

_Host = Annotated[str, Read(listening_host), Schema({"type": "string"})]


class ControlSection(Section, frozen=True):
    """The gateway's own listener: page, API and health. Everything but health needs the token."""

    enabled: bool = True
    """Whether `gateway run` has this listener."""
    host: _Host = "127.0.0.1"
    """Address or host name to listen on. The token goes over it in plain HTTP, so leave it on loopback, or put TLS before it."""
    port: Annotated[int, Range(least=0, most=65535)] = 8099
    """TCP port; 0 picks a free one. If it is taken, another free one is used, and said."""
    hosts: Annotated[
        tuple[_Host, ...],
        Before(listed),
        Schema({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]}),
    ] = ()
    """Other names under which browsers and scripts reach it, without a port. A request with another name in Host is refused: a foreign page could have sent it."""
    token_file: FilePath = Path(".gateway-control-token")
    """File with the token, readable by its owner alone; made at the first start."""
    allow: Annotated[
        tuple[Literal["network"], ...],
        Before(listed),
        Schema({"anyOf": [{"type": "array", "items": {"const": "network"}}, {"const": "network"}]}),
    ] = ()
    """More rights for the API. `network`: leave mode replay, and choose an upstream that is a network."""
