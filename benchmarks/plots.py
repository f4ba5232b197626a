"""Lines over a logarithmic grid as SVG, legible on light and on dark pages."""

import math
from html import escape

WIDTH, HEIGHT = 820, 440
LEFT, TOP, RIGHT, BOTTOM = 70, 40, 600, 390  # of the grid; the names stand to the right of it
COLOURS = ("#d1495b", "#2e86de", "#54a0ff", "#8e7cc3", "#e08e45", "#7a8b99", "#3c9d6b", "#a67c00", "#c0569f", "#5b8c85")
STYLE = """<style>
text { font: 12px system-ui, sans-serif; fill: #333 } .title { font-size: 15px; font-weight: 600 }
.grid { stroke: #8884; stroke-width: 1 } .line { fill: none; stroke-width: 2 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } }
</style>"""

Points = list[tuple[float, float]]


class Axis:
    """A logarithmic scale from a range of values to one of pixels."""

    def __init__(self, values: list[float], start: float, stop: float) -> None:
        self.low, self.high = math.log10(min(values)), math.log10(max(values))
        if self.high - self.low < 0.1:  # a single value has a scale, too
            self.low, self.high = self.low - 0.5, self.high + 0.5
        self.start, self.stop = start, stop

    def place(self, value: float) -> float:
        """The pixel of a value."""
        return self.start + (math.log10(value) - self.low) / (self.high - self.low) * (self.stop - self.start)

    def ticks(self) -> list[float]:
        """Round numbers within the range."""
        powers = range(math.floor(self.low), math.ceil(self.high) + 1)
        steps = (1, 2, 5) if self.high - self.low < 2.5 else (1,)
        values = (step * 10.0**power for power in powers for step in steps)
        return [value for value in values if self.low - 0.01 <= math.log10(value) <= self.high + 0.01]


def number(value: float) -> str:
    """As short as a tick wants it."""
    for limit, unit in ((1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:g} {unit}"
    return f"{value:g}"


def logarithmic(title: str, below: str, lines: dict[str, Points]) -> str:
    """A plot with both axes logarithmic.

    Args:
        title: what the values are.
        below: what they are over.
        lines: points by the name of the line; those without points are left out. All numbers are greater than 0.
    """
    drawn = {name: points for name, points in lines.items() if points}
    if not drawn:
        return f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"/>\n'
    across = Axis([x for points in drawn.values() for x, _ in points], LEFT, RIGHT)
    up = Axis([y for points in drawn.values() for _, y in points], BOTTOM, TOP)
    columns = sorted({x for points in drawn.values() for x, _ in points})
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">', STYLE]
    parts += [f'<text class="title" x="{LEFT}" y="20">{escape(title)}</text>']
    parts += [_vertical(across.place(x), f"{x:,.0f}") for x in columns]
    parts += [_horizontal(up.place(y), number(y)) for y in up.ticks()]
    parts += [f'<text x="{(LEFT + RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">{escape(below)}</text>']
    parts += _lines(drawn, across, up)
    return "\n".join([*parts, "</svg>", ""])


def _vertical(x: float, label: str) -> str:
    line = f'<path class="grid" d="M{x:.1f} {TOP}V{BOTTOM}"/>'
    return f'{line}<text x="{x:.1f}" y="{BOTTOM + 18}" text-anchor="middle">{label}</text>'


def _horizontal(y: float, label: str) -> str:
    line = f'<path class="grid" d="M{LEFT} {y:.1f}H{RIGHT}"/>'
    return f'{line}<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'


def _lines(lines: dict[str, Points], across: Axis, up: Axis) -> list[str]:
    parts = []
    labels: list[tuple[float, float, str, str]] = []
    for colour, (name, points) in zip(COLOURS * len(lines), lines.items(), strict=False):
        places = [(across.place(x), up.place(y)) for x, y in points]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        parts.append(f'<path class="line" stroke="{colour}" d="M{path}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        labels.append((places[-1][1], places[-1][0], name, colour))
    return parts + _labels(labels)


def _labels(labels: list[tuple[float, float, str, str]]) -> list[str]:
    """Names beside the ends of their lines, moved apart where they would overlap."""
    parts = []
    free = 0.0
    for y, x, name, colour in sorted(labels):
        free = max(y, free)
        parts.append(f'<path stroke="{colour}" fill="none" opacity=".5" d="M{x:.1f} {y:.1f}L{RIGHT + 12} {free:.1f}"/>')
        parts.append(f'<text x="{RIGHT + 16}" y="{free + 4:.1f}" style="fill:{colour}">{escape(name)}</text>')
        free += 16
    return parts
