"""The drawing of a picture: boxes, arrows, bars and text, in colours that follow the reader's light or dark scheme.

A picture has a background of its own, so it can be read where a page has another scheme than the reader's system. Its
text is large enough for a telephone: 16 units in a picture that is 560 wide.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

__all__ = ["WIDTH", "Picture"]

#: The width of every picture, in its own units.
WIDTH = 560

_STYLE = """\
text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 16px; fill: #1c2733 }
.soft { fill: #55616e; font-size: 14px } .strong { font-weight: 600 }
.mono { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 14px }
.ground { fill: #ffffff; stroke: #d5dbe1 } .box { fill: #f3f5f8; stroke: #9aa6b2 }
.main { fill: #dceafb; stroke: #2b6cb0 }
.good { fill: #def3e3; stroke: #2f855a } .bad { fill: #f9e1e1; stroke: #b83232 }
.line { stroke: #55616e; fill: none; stroke-width: 1.6 } .tip { fill: #55616e }
.halo { stroke: #ffffff; stroke-width: 5px }
.plain { fill: #9aa6b2 } .more { fill: #4a90d9 } .most { fill: #1f5fa8 }
@media (prefers-color-scheme: dark) {
text { fill: #e8edf2 } .soft { fill: #aab6c2 } .ground { fill: #131820; stroke: #39434e }
.box { fill: #202832; stroke: #6b7885 } .main { fill: #17324f; stroke: #63a4e8 }
.good { fill: #173a26; stroke: #5cbf85 } .bad { fill: #472020; stroke: #e07a7a }
.line { stroke: #aab6c2 } .tip { fill: #aab6c2 } .halo { stroke: #131820 }
.plain { fill: #6b7885 } .more { fill: #5b9fe3 } .most { fill: #9cc9f5 }
}"""


class Picture:
    """One picture.

    Args:
        height: its height, in its own units; the width is 560.
        title: what it shows, in a few words.
        description: what can be seen, in sentences, for those who cannot see it.
    """

    def __init__(self, height: int, title: str, description: str) -> None:
        self.height = height
        self.title = title
        self.description = description
        self._parts: list[str] = []
        self._style = _STYLE

    def add_style(self, rules: str) -> None:
        """Rules of this picture alone."""
        self._style += f"\n{rules}"

    def add(self, part: str) -> None:
        """An element as it is."""
        self._parts.append(part)

    def text(self, x: float, y: float, text: str, *, kind: str = "", anchor: str = "start") -> None:
        """A line of text; *y* is its base line."""
        self._parts.append(
            f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" class={quoteattr(kind)}>{escape(text)}</text>'
        )

    def box(
        self, x: float, y: float, width: float, height: float, lines: Iterable[str] = (), kind: str = "box"
    ) -> None:
        """A box with lines of text in its middle; the first one is its title."""
        self._parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="8" class={quoteattr(kind)}/>'
        )
        shown = list(lines)
        top = y + height / 2 - (len(shown) - 1) * 10.5 + 5.5
        for number, line in enumerate(shown):
            kind_of_text = "strong" if number == 0 else "soft"
            self.text(x + width / 2, top + 21 * number, line, kind=kind_of_text, anchor="middle")

    def bar(self, x: float, y: float, width: float, kind: str) -> None:
        """A bar of a chart."""
        self._parts.append(f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="26" rx="3" class={quoteattr(kind)}/>')

    def arrow(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """An arrow, along a side of the picture or aslant."""
        length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
        dx, dy = (x2 - x1) / length, (y2 - y1) / length
        bx, by = x2 - 9 * dx, y2 - 9 * dy
        self._parts.append(f'<path d="M{x1:.1f} {y1:.1f} L{bx:.1f} {by:.1f}" class="line"/>')
        points = ((x2, y2), (bx - 5 * dy, by + 5 * dx), (bx + 5 * dy, by - 5 * dx))
        self._parts.append(f'<path d="M{" L".join(f"{a:.1f} {b:.1f}" for a, b in points)} Z" class="tip"/>')

    def line(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """A thin line without a tip."""
        self._parts.append(
            f'<path d="M{x1:g} {y1:g} L{x2:g} {y2:g}" class="line" stroke-dasharray="3 5" opacity="0.6"/>'
        )

    def label(self, x: float, y: float, text: str) -> None:
        """A line of soft text around *x*, readable above the lines that it crosses."""
        for kind in ("soft halo", "soft"):  # the first one is a broad outline in the colour of the ground
            self.text(x, y, text, kind=kind, anchor="middle")

    def to_svg(self) -> str:
        """The picture as a file."""
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" width="{WIDTH}" '
                f'height="{self.height}" role="img" aria-labelledby="title description">',
                f'<title id="title">{escape(self.title)}</title>',
                f'<desc id="description">{escape(self.description)}</desc>',
                f"<style>{self._style}</style>",
                f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{self.height - 1}" rx="10" class="ground"/>',
                *self._parts,
                "</svg>",
                "",
            ]
        )
