"""Devices that refuse the lab's certificate: in the API and on the page, with what to do."""

from __future__ import annotations

from gateway.wire.refusals import CertificateRefusals
from tests.control.page.test_exchanges import expect_tame, page
from tests.control_lab import Steerable, steerable


def refuse(lab: Steerable, *addresses: str) -> CertificateRefusals:
    refusals = lab.running.lab.refusals
    for address in addresses:
        refusals.refused(address, "it does not trust our certificate")
    return refusals


async def test_a_device_that_refuses_the_certificate_is_shown_with_the_steps_for_its_platform() -> None:
    named = {"living-room": {"match": {"address": "192.168.0.7"}}}
    async with await steerable(devices=named) as lab:
        assert await lab.get("/api/lab/refusing") == []
        assert "refuse the lab" not in await page(lab, "/devices")
        lab.running.lab.acquainted.met("192.168.0.7", "apple-tv")
        refusals = refuse(lab, "192.168.0.7", "192.168.0.8", "8.8.8.8")
        unknown, other, known = await lab.get("/api/lab/refusing")
        assert (known["name"], known["platform"], known["times"]) == ("living-room", "Apple TV (tvOS)", 1)
        assert "Enter ca.mobileconfig, and install the profile" in known["steps"][1]
        assert (other["name"], other["platform"], other["steps"], other["url"]) == ("", "", [], "")
        assert unknown["address"] != "8.8.8.8", "a public address is shown as log.addresses says"
        shown = expect_tame(await page(lab, "/devices")).text
        assert "Devices that refuse the lab" in shown
        assert "living-room" in shown
        assert "Certificate Trust Settings" in shown
        for address in ("192.168.0.7", "192.168.0.8", "8.8.8.8"):
            refusals.accepted(address)
        assert await lab.get("/api/lab/refusing") == []


async def test_a_device_in_the_list_is_marked_and_the_labs_page_is_linked() -> None:
    async with await steerable() as lab:
        await lab.app()
        refuse(lab, "127.0.0.1")
        shown = await page(lab, "/devices")
        assert '<a href="#refusing-127.0.0.1">It refuses the lab' in shown
        assert "<code>gateway lab ca</code> prints the certificate" in shown
