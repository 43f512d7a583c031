"""A device is a value that may be shown: its name and its key say nothing secret."""

from __future__ import annotations

from gateway.core.device import NOBODY, Device
from gateway.core.model import Exchange, Request, Response
from gateway.core.redaction import Redaction


def test_what_a_device_sent_is_not_shown() -> None:
    device = Device("roku-02c1f7", "a1b2", "secret of somebody", "192.168.0.7", "Jane's Roku")
    assert repr(device) == "Device(name='roku-02c1f7', key='a1b2')"


def test_redaction_leaves_of_a_device_what_it_is_called() -> None:
    device = Device("roku-02c1f7", "a1b2", "secret of somebody", "192.168.0.7", "Jane's Roku")
    request, _ = Redaction(b"k" * 32).redacted(Request("GET", "/", device=device))
    assert request.device == device.shown == Device("roku-02c1f7", "a1b2")


def test_an_exchange_has_the_device_of_its_message() -> None:
    device = Device("roku-02c1f7", "a1b2")
    assert Exchange("1", Request("GET", "/", device=device), (), Response(200), 1.0).device is device
    assert Request("GET", "/").device is NOBODY
