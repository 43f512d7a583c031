"""Plots as SVG, written by hand: bars of peers, and lines over a logarithmic axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import log10

WIDTH = 760
COLOURS = ("#0b62a8", "#c8501e", "#2d8653", "#7a4fa3", "#8a6d00", "#555555", "#b0336b")
STYLE = "font: 13px system-ui, sans-serif"


def bars(title: str, unit: str, values: Mapping[str, float], ours: str = "gateway") -> str:
    """Return bars, one each name; those whose name begins with `ours` stand out. The axis is linear, from 0."""
    left, row, top = 20 + 7.4 * max(map(len, values), default=0), 26, 44
    width = left + 460
    most = max(values.values(), default=1.0) or 1.0
    parts = []
    for number, (name, value) in enumerate(values.items()):
        y = top + number * row
        length = max(1.0, value / most * 370)
        colour = COLOURS[0] if name.startswith(ours) else "#9aa5b1"
        parts += [
            _text(left - 8, y + 14, name, anchor="end", bold=name.startswith(ours)),
            f'<rect x="{left:.1f}" y="{y}" width="{length:.1f}" height="18" fill="{colour}"/>',
            _text(left + length + 6, y + 14, f"{_number(value)} {unit}"),
        ]
    return _svg(title, top + len(values) * row + 10, parts, width)


def lines(title: str, across: str, up: str, series: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Return a line for each name over `across`; both axes are logarithmic."""
    left, right, top, height = 70, 210, 44, 330
    points = [point for line in series.values() for point in line]
    if not points:
        return _svg(title, 80, [_text(20, 60, "nothing was measured")])
    xs, ys = [log10(x) for x, _ in points], [log10(y) for _, y in points]
    low, high = min(xs), max(*xs, min(xs) + 0.1)
    bottom, ceiling = _floor(min(ys)), max(_floor(max(ys)) + 1, _floor(min(ys)) + 1)

    def x_of(value: float) -> float:
        return left + (log10(value) - low) / (high - low) * (WIDTH - left - right)

    def y_of(value: float) -> float:
        return top + height - (log10(value) - bottom) / (ceiling - bottom) * height

    parts = []
    for power in range(bottom, ceiling + 1):
        y = y_of(10.0**power)
        parts += [
            f'<line x1="{left}" x2="{WIDTH - right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dddddd"/>',
            _text(left - 8, y + 4, _number(10.0**power), anchor="end"),
        ]
    for value in sorted({x for x, _ in points}):
        parts.append(_text(x_of(value), top + height + 18, f"{value:,.0f}", anchor="middle"))
    parts.append(_text(left + (WIDTH - left - right) / 2, top + height + 40, across, anchor="middle"))
    parts.append(_text(8, top - 10, up))
    beside: list[float] = []
    ordered = sorted(series.items(), key=lambda entry: -entry[1][-1][1] if entry[1] else 0)
    for name, line in ordered:
        if not line:
            continue
        colour = COLOURS[list(series).index(name) % len(COLOURS)]
        corners = " ".join(f"{x_of(x):.1f},{y_of(y):.1f}" for x, y in line)
        parts.append(f'<polyline points="{corners}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x_of(x):.1f}" cy="{y_of(y):.1f}" r="3" fill="{colour}"/>' for x, y in line]
        y = y_of(line[-1][1]) + 4
        y = max(y, beside[-1] + 16) if beside else y
        beside.append(y)
        parts.append(_text(WIDTH - right + 10, y, name, colour=colour))
    return _svg(title, top + height + 56, parts)


def _floor(value: float) -> int:
    return int(value // 1)


def _text(x: float, y: float, text: str, *, anchor: str = "start", colour: str = "#222222", bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{weight}>{escape(text)}</text>'


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _svg(title: str, height: float, parts: Sequence[str], width: float = WIDTH) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    back = f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>'
    named = f'<text x="8" y="20" font-weight="bold" fill="#222222">{escape(title)}</text>'
    return "\n".join(
        [f'{head} style="{STYLE}" role="img">', f"<title>{escape(title)}</title>", back, named, *parts, "</svg>\n"]
    )
