"""The picture of the two orders: a ladder for each dialect, the best wheel on the highest step."""

from __future__ import annotations

from tools.figures.svg import Picture

__all__ = ["draw_orders"]

_HASHES = (
    ("more properties first", "level :: v3 + driver :: 12"),
    ("then the more important feature", "driver :: 12"),
    ("then the better value", "level :: v3 before level :: v2"),
    ("then tags and build number", "manylinux_2_28 before 2_17"),
    ("the standard wheel last", "no property"),
)
_LABELS = (
    ("the most important difference", "namespace, feature, value"),
    ("then the longer list of properties", "v3 + driver before v3"),
    ("then the label, by its letters", "a before b"),
    ("the variant without properties", "null"),
    ("the standard wheel last", "no label"),
)


def draw_orders() -> str:
    """The picture."""
    picture = Picture(
        616,
        "The two orders of variants",
        "Two ladders, the best wheel on the highest step. Hash wheels: "
        + "; ".join(f"{rule} ({example})" for rule, example in _HASHES)
        + ". Label wheels: "
        + "; ".join(f"{rule} ({example})" for rule, example in _LABELS)
        + ". Of both kinds in one release, label wheels come first.",
    )
    for top, title, steps in (
        (16, "Hash wheels: NAME-VERSION~36266d4d-…", _HASHES),
        (330, "Label wheels: …-x86_64_v3.whl", _LABELS),
    ):
        picture.text(20, top + 18, title, kind="strong")
        for number, (rule, example) in enumerate(steps):
            y = top + 34 + 50 * number
            inset = 14 * number
            picture.box(20, y, 520 - inset, 42, [], kind="main" if number == 0 else "box")
            picture.text(36, y + 26, rule)
            picture.text(528 - inset, y + 26, example, kind="soft", anchor="end")
    return picture.to_svg()
