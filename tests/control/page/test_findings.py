"""The matrix of devices and checks: which device is wrong, and what to change; and the devices."""

from __future__ import annotations

from gateway.control.model import DeviceShown, FindingRow, FindingShown
from gateway.control.page.findings import MatrixCell, matrix
from gateway.core.model import Severity
from tests.control.page.test_exchanges import expect_tame, page
from tests.control_lab import steerable


def device(name: str, severity: Severity = "info") -> DeviceShown:
    return DeviceShown(name, False, "", "", "auto", "lab", "logout", 1, severity, {}, None, "", [])


def row(name: str, check: str, severity: Severity, times: int = 1) -> FindingRow:
    return FindingRow(name, FindingShown(check, severity, f"title of {check}", "", "", "", ""), "fix", times, "id")


def test_the_worst_stand_first() -> None:
    spoke = [device("a"), device("b", "error"), device("c")]
    made = matrix(spoke, [row("c", "INFO001", "info"), row("b", "AUTH001", "error"), row("b", "INFO001", "info")])
    assert [shown.name for shown in made.devices] == ["b", "c", "a"]
    assert made.checks == [("AUTH001", "title of AUTH001"), ("INFO001", "title of INFO001")]


def test_a_cell_sums_what_one_check_found_at_several_places() -> None:
    made = matrix([device("a")], [row("a", "HDR001", "warning", 2), row("a", "HDR001", "error", 3)])
    assert made.cells == {("a", "HDR001"): MatrixCell("error", 5)}


async def test_matrix_and_devices_say_who_is_wrong_and_what_to_change() -> None:
    async with await steerable() as lab:
        for path in ("/findings", "/devices"):
            assert "No device yet" in await page(lab, path)
        await lab.app(Accept="text/html")
        found, spoke = await page(lab, "/findings"), await page(lab, "/devices")
        assert "What to do:" in expect_tame(found).text
        assert "HDR004" in found
        assert "calls" in expect_tame(spoke).text


async def test_what_has_not_changed_is_not_sent_again() -> None:
    async with await steerable() as lab:
        await lab.app()
        fragment = {"HX-Request": "true", "HX-Target": "findings"}
        status, text, _ = await lab.ask("GET", "/findings?seen=0", headers=fragment)
        assert (status, "seen=1" in text, "<html" in text) == (200, True, False)
        assert (await lab.ask("GET", "/findings?seen=1", headers=fragment))[0] == 204
        assert (await lab.ask("GET", "/findings?seen=1"))[0] == 200
