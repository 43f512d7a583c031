"""The section `lab.pages`: the address at which a device's browser finds the lab's own pages, over plain HTTP."""

from typing import Annotated

from gateway.config.marks import Schema
from gateway.config.reading import Section
from gateway.config.section import read
from gateway.config.values import Address

PAGES_PORT = 80


class PagesSection(Section, frozen=True):
    """The lab's own pages: certificates and steps for each platform, and a self-check. They answer no calls of apps."""

    listen: Annotated[Address, read(Address, Address.parse), Schema({"type": "string"})]
    """Address of this machine at which a device's browser finds the pages, with an optional port: `192.168.0.2`, or `192.168.0.2:8081`. Without a port it is 80. Only private networks get answers."""
