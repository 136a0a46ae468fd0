"""The picture of a build: what happens to a wheel between the source and the index."""

from __future__ import annotations

from tools.figures.svg import Picture

__all__ = ["draw_pipeline"]

_STEPS = (
    ("source", "a folder, an sdist or NAME==VERSION"),
    ("compile", "the project's own backend, once for each variant"),
    ("repair", "strip, and copy in the libraries that it needs (auditwheel)"),
    ("label", "METADATA and the file name say which variant it is"),
    ("audit", "the machine code needs no more than the label says"),
    ("try", "run on a CPU of that level, real or emulated"),
    ("index", "pages and metadata for any web server"),
)


def draw_pipeline() -> str:
    """The picture."""
    picture = Picture(
        16 + 66 * len(_STEPS) + 70,
        "From source to index",
        "Seven steps, one below the other. "
        + " ".join(f"{name}: {what}." for name, what in _STEPS)
        + " A wheel that fails its audit or its trial is set aside as NAME.whl.rejected, which no installer takes.",
    )
    for number, (name, what) in enumerate(_STEPS):
        y = 16 + 66 * number
        picture.box(20, y, 520, 48, [], kind="good" if name in ("audit", "try") else "box")
        picture.text(36, y + 29, name, kind="strong")
        picture.text(118, y + 29, what, kind="soft")
        if number < len(_STEPS) - 1:
            picture.arrow(60, y + 48, 60, y + 65)
    y = 16 + 66 * len(_STEPS) + 2
    picture.box(20, y, 520, 50, [], kind="bad")
    picture.text(36, y + 30, "What fails becomes NAME.whl.rejected; no installer takes it")
    return picture.to_svg()
