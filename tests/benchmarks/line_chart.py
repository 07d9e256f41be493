"""Line charts as SVG, without a library."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 16, 48


@dataclass(frozen=True, slots=True)
class Line:
    """One line; its points from left to right, none below 0."""

    name: str
    colour: str
    points: Sequence[tuple[float, float]]


def write_chart(path: Path, lines: Sequence[Line], x_name: str, y_name: str) -> None:
    """Write a chart with both axes from 0."""
    x_step = _step(max(x for line in lines for x, _ in line.points))
    y_step = _step(max(y for line in lines for _, y in line.points))
    x_max = x_step * math.ceil(max(x for line in lines for x, _ in line.points) / x_step)
    y_max = y_step * math.ceil(max(y for line in lines for _, y in line.points) / y_step)

    def at(x: float, y: float) -> tuple[float, float]:
        across, up = x / x_max * (WIDTH - LEFT - RIGHT), y / y_max * (HEIGHT - TOP - BOTTOM)
        return round(LEFT + across, 1), round(HEIGHT - BOTTOM - up, 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for number in range(round(y_max / y_step) + 1):
        x, y = at(0, number * y_step)
        parts.append(f'<line x1="{x}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}" stroke="#ddd"/>')
        parts.append(f'<text x="{x - 8}" y="{y + 4}" text-anchor="end">{number * y_step:g}</text>')
    for number in range(round(x_max / x_step) + 1):
        x, y = at(number * x_step, 0)
        parts.append(f'<text x="{x}" y="{y + 18}" text-anchor="middle">{number * x_step:g}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x_name)}</text>')
    parts.append(
        f'<text transform="translate(16 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">{escape(y_name)}</text>'
    )
    for number, line in enumerate(lines):
        way = " ".join(f"{x},{y}" for x, y in (at(*point) for point in line.points))
        parts.append(f'<polyline points="{way}" fill="none" stroke="{line.colour}" stroke-width="2"/>')
        y = TOP + 16 + 20 * number
        parts.append(
            f'<line x1="{LEFT + 16}" y1="{y}" x2="{LEFT + 40}" y2="{y}" stroke="{line.colour}" stroke-width="2"/>'
        )
        parts.append(f'<text x="{LEFT + 48}" y="{y + 4}">{escape(line.name)}</text>')
    path.write_text("\n".join([*parts, "</svg>", ""]), encoding="utf-8")


def _step(most: float) -> float:
    """A round distance between five to ten marks."""
    rough = most / 5
    power = 10.0 ** math.floor(math.log10(rough))
    return power * max(factor for factor in (1, 2, 5) if factor * power <= rough)
