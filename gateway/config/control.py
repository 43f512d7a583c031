"""The section `control`: the gateway's own listener, which is not for apps."""

from pathlib import Path
from typing import Annotated, Literal

from gateway.config.marks import Before, Range, Read, Schema
from gateway.config.reading import Section
from gateway.config.section import FilePath, listed
from gateway.config.values import listening_host

_Host = Annotated[str, Read(listening_host), Schema({"type": "string"})]


class ControlSection(Section, frozen=True):
    """The gateway's own listener: page, API and health. Everything needs the token, except health and metrics."""

    enabled: bool = True
    """Whether `gateway run` has this listener."""
    host: _Host = "127.0.0.1"
    """Address or host name to listen on. The token is sent in plain HTTP, so keep the loopback address, or put a TLS proxy before it."""
    port: Annotated[int, Range(least=0, most=65535)] = 8099
    """TCP port; 0 picks a free one. If the port is in use, the gateway picks a free one, and logs it."""
    hosts: Annotated[
        tuple[_Host, ...],
        Before(listed),
        Schema({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]}),
    ] = ()
    """Other host names under which browsers and scripts reach this listener, without a port. A request with any other name in Host is refused, since a foreign page could have sent it."""
    token_file: FilePath = Path(".gateway-control-token")
    """File with the token. Only its owner can read it. The gateway makes it at the first start."""
    allow: Annotated[
        tuple[Literal["network"], ...],
        Before(listed),
        Schema({"anyOf": [{"type": "array", "items": {"const": "network"}}, {"const": "network"}]}),
    ] = ()
    """More rights for the API. `network`: the API may leave mode replay, and may choose an upstream on the network."""
