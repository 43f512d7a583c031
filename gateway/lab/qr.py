"""A QR code as a drawing (SVG) in a page. A phone opens the address that a television shows."""

from __future__ import annotations

import io

import segno

QUIET = 4
"""Width of the white border in modules (ISO/IEC 18004). Without the border, a camera does not find the code."""


def qr_svg(text: str) -> str:
    """Return the QR code of a text. It is black on white in every theme, and as large as the element around it."""
    drawn = io.BytesIO()
    segno.make(text, micro=False, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=True, border=QUIET, omitsize=True, light="#fff", dark="#000", nl=False
    )
    return drawn.getvalue().decode("ascii")
