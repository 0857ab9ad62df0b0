"""Bars as SVG, readable in light and in dark, with nothing but text and rectangles."""

from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
WIDTH, LABEL, LINE, BAR = 760, 330, 34, 18
STYLE = """<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.own { fill: #0969da } .other { fill: #8c959f } .bound { fill: none; stroke: #1f2328; stroke-dasharray: 4 3 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .own { fill: #4493f8 } .other { fill: #6e7681 } .bound { stroke: #e6edf3 }
}
</style>"""

Row = tuple[str, float, str]
"""Label, value, and what it is: `own`, `other`, or `bound` (an outline)."""


def bars(name: str, title: str, rows: Sequence[Row]) -> Path:
    """Write `docs/pictures/<name>.svg`. Values stand beside their bars."""
    most = max(value for _, value, _ in rows)
    height = 40 + LINE * len(rows)
    body = "\n".join(_bar(number, row, most) for number, row in enumerate(rows))
    path = PICTURES / f"{name}.svg"
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
        f' role="img" aria-label="{escape(title)}">\n{STYLE}\n'
        f'<text x="0" y="16" font-weight="600">{escape(title)}</text>\n{body}\n</svg>\n'
    )
    return path


def _bar(number: int, row: Row, most: float) -> str:
    label, value, kind = row
    top = 34 + LINE * number
    width = max(1.0, (WIDTH - LABEL - 70) * value / most)
    middle = top + BAR - 4
    return (
        f'<text x="{LABEL - 8}" y="{middle}" text-anchor="end">{escape(label)}</text>'
        f'<rect class="{kind}" x="{LABEL}" y="{top}" width="{width:.1f}" height="{BAR}" rx="2"/>'
        f'<text x="{LABEL + width + 6:.1f}" y="{middle}">{value:.2f}</text>'
    )
