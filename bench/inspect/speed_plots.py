"""Small SVG plots with logarithmic axes, readable on light and dark pages, without a plotting library."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

__all__ = ["bar_plot", "line_plot"]

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 340, 64, 44, 16, 110
COLOURS = ("#2b6cb0", "#c05621", "#2f855a", "#805ad5")


def _head(width: int, height: int) -> str:
    style = "text{font:12px system-ui,sans-serif;fill:#718096}line{stroke:#a0aec0;stroke-width:.5}"
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">'
    return f"{svg}<style>{style}</style>"


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def line_plot(series: Mapping[str, Sequence[tuple[float, float]]], *, across: str, up: str) -> str:
    """Lines of positive points over two logarithmic axes."""
    points = [point for line in series.values() for point in line]
    x_low, x_high = _decades([x for x, _ in points])
    y_low, y_high = _decades([y for _, y in points])

    def x_at(value: float) -> float:
        return LEFT + (math.log10(value) - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT)

    def y_at(value: float) -> float:
        return HEIGHT - BOTTOM - (math.log10(value) - y_low) / (y_high - y_low) * (HEIGHT - BOTTOM - TOP)

    parts = [_head(WIDTH, HEIGHT)]
    for decade in range(x_low, x_high + 1):
        x = x_at(10.0**decade)
        parts.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{10.0**decade:g}</text>'
        )
    for decade in range(y_low, y_high + 1):
        y = y_at(10.0**decade)
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{10.0**decade:g}</text>')
    for (name, line), colour in zip(series.items(), COLOURS, strict=False):
        path = " ".join(f"{x_at(x):.1f},{y_at(y):.1f}" for x, y in line)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x_at(x):.1f}" cy="{y_at(y):.1f}" r="3" fill="{colour}"/>' for x, y in line]
        x, y = line[-1]
        parts.append(f'<text x="{x_at(x) + 8:.1f}" y="{y_at(y) + 4:.1f}" style="fill:{colour}">{name}</text>')
    parts.append(
        f'<text x="{(WIDTH - RIGHT + LEFT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{across}</text>'
    )
    parts.append(f'<text x="{LEFT}" y="12" text-anchor="end">{up}</text></svg>')
    return "\n".join(parts) + "\n"


def bar_plot(values: Mapping[str, float], *, unit: str) -> str:
    """Horizontal bars over one logarithmic axis."""
    low, high = _decades(list(values.values()))
    height = 30 * len(values) + 30
    parts = [_head(WIDTH, height)]
    for index, (name, value) in enumerate(values.items()):
        width = (math.log10(value) - low) / (high - low) * (WIDTH - 2 * RIGHT - 60)
        y = 12 + 30 * index
        parts.append(f'<text x="{RIGHT + 52}" y="{y + 14}" text-anchor="end">{name}</text>')
        parts.append(
            f'<rect x="{RIGHT + 60}" y="{y}" width="{width:.1f}" height="18" fill="{COLOURS[index % 4]}"/>'
        )
        parts.append(f'<text x="{RIGHT + 66 + width:.1f}" y="{y + 14}">{value:.2g} {unit}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
