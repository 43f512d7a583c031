"""The page's findings: a matrix of devices and checks, and the fix for each finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from gateway.control import devices, exchanges
from gateway.control.model import DeviceShown, FindingRow
from gateway.control.page.rendering import page, view
from gateway.control.page.unchanged import unchanged
from gateway.control.routes import ApiCall
from gateway.core.model import Response, Severity
from gateway.core.severity import RANK


class MatrixCell(Struct, frozen=True):
    """The findings of one check for one device."""

    severity: Severity
    times: int


class Matrix(Struct, frozen=True):
    """The devices, and the checks with findings. Both are sorted, worst first."""

    checks: list[tuple[str, str]]
    """The id and the title of each check."""
    devices: list[DeviceShown]
    cells: Mapping[tuple[str, str], MatrixCell]
    """The cells, by name of the device and id of the check."""


def matrix(spoke: Sequence[DeviceShown], rows: Sequence[FindingRow]) -> Matrix:
    """Return the matrix of devices and findings."""
    cells: dict[tuple[str, str], MatrixCell] = {}
    worst: dict[str, int] = {}
    titles: dict[str, str] = {}
    for row in rows:
        finding, key = row.finding, (row.device, row.finding.id)
        before = cells.get(key)
        severity = finding.severity if before is None else min(finding.severity, before.severity, key=RANK.__getitem__)
        cells[key] = MatrixCell(severity, row.times + (before.times if before else 0))
        worst[finding.id] = min(RANK[finding.severity], worst.get(finding.id, len(RANK)))
        titles[finding.id] = finding.title
    ordered = sorted(titles, key=lambda check: (worst[check], check))
    found = {name for name, _ in cells}
    by_severity = sorted(spoke, key=lambda device: (RANK[device.severity], device.name not in found, device.name))
    return Matrix([(check, titles[check]) for check in ordered], by_severity, cells)


async def index(asked: ApiCall) -> Response:
    """Show the matrix and the findings."""
    count = asked.gateway.journal.count
    if (same := unchanged(asked, count)) is not None:
        return same
    rows = await exchanges.findings(asked)
    spoke = await devices.list_(asked)
    return await page(asked, "findings.html", matrix=matrix(spoke, rows), rows=rows, count=count)


ENDPOINTS = (view("/findings", index),)
