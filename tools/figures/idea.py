"""The picture of the idea: from an index and a host to one wheel, which the user's own installer installs."""

from __future__ import annotations

from tools.figures.svg import Picture

__all__ = ["draw_idea"]


def draw_idea() -> str:
    """The picture."""
    picture = Picture(
        432,
        "How a variant is chosen",
        "An index has three wheels of one release: the standard wheel, a variant for x86-64 level v3 and a variant for "
        "level v4. A provider reports that this host has level v3. dualvariant compares both: the host cannot run v4, "
        "v3 fits best, the standard wheel fits too. It offers the v3 wheel to the unmodified pip or uv, which installs "
        "it.",
    )
    picture.text(20, 32, "The index", kind="strong")
    for number, name in enumerate(("standard wheel", "variant: level v3", "variant: level v4")):
        picture.box(20, 44 + 44 * number, 230, 36, [name])
    picture.text(310, 32, "This host", kind="strong")
    picture.box(310, 44, 230, 124, ["x86-64 level v3", "what its CPU has, as the", "provider x86_64 reports it"])
    picture.arrow(135, 172, 135, 206)
    picture.arrow(425, 172, 425, 206)
    picture.box(20, 208, 520, 122, kind="main")
    picture.text(40, 234, "dualvariant chooses", kind="strong")
    for number, (mark, name, why) in enumerate(
        (
            ("✗", "level v4", "this host lacks AVX-512"),
            ("✓", "level v3", "the best that fits"),
            ("·", "standard wheel", "fits too, and v3 is better"),
        )
    ):
        picture.text(44, 262 + 26 * number, mark, kind="strong")
        picture.text(68, 262 + 26 * number, name)
        picture.text(226, 262 + 26 * number, why, kind="soft")
    picture.arrow(280, 332, 280, 362)
    picture.box(20, 364, 520, 52, ["pip or uv, unmodified, installs the v3 wheel"], kind="good")
    return picture.to_svg()
