"""The QR code: what a camera reads is the text, and nothing else is in the drawing."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import segno

from gateway.lab.qr import QUIET, qr_svg

URL = "http://192.168.0.2/"


def modules(svg: str) -> set[tuple[int, int]]:
    """The dark modules, by row and column, as the drawing's only line goes."""
    (path,) = re.findall(r'stroke="#000" d="([^"]*)"', svg)
    x, y, dark = 0, 0.0, set()
    for step, numbers in re.findall(r"([Mmh])([^Mmh]*)", path):
        if step == "h":
            dark |= {(int(y), x + at) for at in range(int(numbers))}
            x += int(numbers)
            continue
        dx, dy = map(float, numbers.replace("-", " -").split())
        x, y = (int(dx), dy) if step == "M" else (x + int(dx), y + dy)
    return dark


def test_it_draws_the_code_of_the_text_with_white_around() -> None:
    code = segno.make(URL, micro=False, error="m")
    wanted = {
        (row + QUIET, column + QUIET) for row, line in enumerate(code.matrix) for column, bit in enumerate(line) if bit
    }
    drawn = qr_svg(URL)
    assert modules(drawn) == wanted
    assert {element.tag.rpartition("}")[2] for element in ET.fromstring(drawn).iter()} == {"svg", "path"}  # noqa: S314  # our own
    assert 'fill="#fff"' in drawn
