"""A QR code as a drawing (SVG) to stand in a page: a phone opens what a television shows."""

from __future__ import annotations

import io

import segno

QUIET = 4
"""Modules of white around the code (ISO/IEC 18004): without them a camera does not find it."""


def qr_svg(text: str) -> str:
    """Return the QR code of a text, black on white whatever the page's colours; its size is that of what it stands in."""
    drawn = io.BytesIO()
    segno.make(text, micro=False, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=True, border=QUIET, omitsize=True, light="#fff", dark="#000", nl=False
    )
    return drawn.getvalue().decode("ascii")
