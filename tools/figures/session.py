"""The recorded terminal session of ``make demo``: a picture that moves once, and its text.

``python tools/record.py docs/figures/demo.cast make demo`` makes the recording; lines of nox are left out. Where a
reader's system asks for reduced motion, and where pictures do not move, the picture is the end of the session.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from tools.figures.svg import Picture
from tools.figures.terminal import Line, read_recording

__all__ = ["RECORDING", "draw_session", "write_session"]

RECORDING = Path(__file__).resolve().parents[2] / "docs" / "figures" / "demo.cast"
#: Lines that the picture shows at a time.
SHOWN = 28
#: The height of a line and the base line of the first one.
LINE, TOP = 18, 66

_STYLE = """\
.term { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 13px; white-space: pre }
.typed { font-weight: 600; fill: #2b6cb0 } .head { font-weight: 600; fill: #276749 }
@media (prefers-color-scheme: dark) { .typed { fill: #8ec2f7 } .head { fill: #7ed3a0 } }"""


def draw_session() -> str:
    """The picture."""
    lines = _read_session()
    picture = Picture(
        TOP + LINE * SHOWN + 6,
        "A recorded terminal session: make demo",
        "The demo shows what this machine offers, builds wheels of dual_autodiff for several CPU levels, makes an "
        "index, explains which wheel is the best for this machine, installs it, computes a derivative with it, and "
        "shows that plain pip takes the standard wheel from the same index. The text is in docs/demo.md.",
    )
    picture.text(20, 32, "$ make demo", kind="strong")
    picture.add_style(_STYLE + _animate(lines))
    window = f"0 {TOP - LINE + 2} 560 {LINE * SHOWN + 4}"
    x, y, width, height = window.split()
    picture.add(f'<clipPath id="window"><rect x="{x}" y="{y}" width="{width}" height="{height}"/></clipPath>')
    picture.add('<g clip-path="url(#window)"><g class="roll">')
    for number, line in enumerate(lines):
        if line.text:
            picture.text(
                20, TOP + LINE * number, line.text, kind=f"term {_kind(line)} s{_step(line)}".replace("  ", " ")
            )
    picture.add("</g></g>")
    return picture.to_svg()


def write_session() -> str:
    """The text, as it is on the screen."""
    return "".join(f"{line.text}\n" for line in _read_session())


def _read_session() -> list[Line]:
    lines = [line for line in read_recording(RECORDING) if not line.text.startswith("nox > ")]
    while not lines[0].text:
        lines.pop(0)
    return lines


def _kind(line: Line) -> str:
    if line.text.startswith("# "):
        return "head"
    return "typed" if line.text.startswith("$ ") else ""


def _step(line: Line) -> int:
    """In tenths of a second, rounded to halves: lines of the same step appear together."""
    return 5 * round(line.second * 2)


def _animate(lines: list[Line]) -> str:
    """The rules that let lines appear, and roll the window down to the newest one."""
    end = f"translateY(-{LINE * max(0, len(lines) - SHOWN)}px)"
    steps = sorted({_step(line) for line in lines if line.text})
    total = steps[-1] / 10 + 0.1
    frames = [(0.0, 0)]
    for step in steps:
        last = max(number for number, line in enumerate(lines) if line.text and _step(line) <= step)
        frames.append((step / 10, max(0, last + 1 - SHOWN)))
    rolled = [frames[0], *(frame for before, frame in pairwise(frames) if frame[1] != before[1])]
    rules = "".join(
        f"{100 * second / total:.2f}% {{ transform: translateY(-{LINE * hidden}px) }}\n" for second, hidden in rolled
    )
    delays = "\n".join(f".s{step} {{ animation-delay: {step / 10:g}s }}" for step in steps)
    return f"""
.roll {{ transform: {end} }}
@media (prefers-reduced-motion: no-preference) {{
.roll {{ animation: roll {total:g}s step-end both }}
.term {{ animation: appear 0.01s step-end backwards }}
{delays}
}}
@keyframes appear {{ from {{ opacity: 0 }} }}
@keyframes roll {{
{rules}100% {{ transform: {end} }}
}}"""
