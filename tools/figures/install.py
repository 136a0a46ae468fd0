"""The picture of an install: who asks whom, and for what."""

from __future__ import annotations

from tools.figures.svg import Picture

__all__ = ["draw_install"]

#: From column, to column, what is asked or answered.
_STEPS = (
    (1, 0, "what does this host offer?"),
    (0, 1, "x86_64 :: level :: v3, v2, v1"),
    (1, 2, "start, with the address of the view as its index"),
    (2, 1, "the page of dual-autodiff"),
    (1, 3, "the pages of all sources"),
    (3, 1, "standard wheel, v3, v4, with their hashes"),
    (1, 2, "a page with the v3 wheel, under a standard name"),
    (2, 1, "this wheel"),
    (1, 3, "the v3 wheel"),
    (3, 1, "its bytes, whose hash is checked"),
    (1, 2, "the wheel, installed by pip into the environment"),
)


def draw_install() -> str:
    """The picture."""
    height = 84 + 44 * len(_STEPS) + 20
    columns = ("providers", "dualvariant", "pip or uv", "index")
    picture = Picture(
        height,
        "Who talks to whom during an install",
        "A sequence of messages between four parties: providers, dualvariant, the installer and the index. "
        + " ".join(f"{columns[a]} to {columns[b]}: {what}." for a, b, what in _STEPS),
    )
    places = [70, 210, 350, 490]
    for place, name in zip(places, columns, strict=True):
        picture.box(place - 60, 16, 120, 40, [name], kind="main" if name == "dualvariant" else "box")
        picture.line(place, 56, place, height - 16)
    for number, (start, end, what) in enumerate(_STEPS):
        y = 96 + 44 * number
        picture.label(280, y - 10, what)
        picture.arrow(places[start], y, places[end], y)
    return picture.to_svg()
