"""The picture of a fused wheel from inside: the stub and the modules that it chooses from."""

from __future__ import annotations

from tools.figures.svg import Picture

__all__ = ["draw_fused"]


def draw_fused() -> str:
    """The picture."""
    picture = Picture(
        432,
        "A fused wheel from inside",
        "One wheel with the standard wheel's name. Python imports the module _core and opens a stub. The stub asks the "
        "processor what it supports and loads one of three modules: v4 if the processor has AVX-512, else v3 if it has "
        "AVX2, else the standard wheel's module. Everything else in the wheel is there once.",
    )
    picture.text(20, 34, "dual_autodiff-0.1.0-cp311-cp311-manylinux_….whl", kind="mono")
    picture.box(20, 50, 520, 292)
    picture.box(40, 68, 480, 52, ["_core….so, the stub", "what Python opens at 'import dual_autodiff'"], kind="main")
    picture.arrow(280, 120, 280, 148)
    picture.text(510, 139, "asks the processor (CPUID, HWCAP)", kind="soft", anchor="end")
    for number, (name, what, kind) in enumerate(
        (
            ("_core….v4.so", "if it has AVX-512", "good"),
            ("_core….v3.so", "else, if it has AVX2", "good"),
            ("_core….none.so", "else: the standard module", "good"),
        )
    ):
        y = 150 + 44 * number
        picture.box(40, y, 480, 38, [], kind=kind)
        picture.text(56, y + 24, name, kind="mono")
        picture.text(504, y + 25, what, kind="soft", anchor="end")
    picture.text(40, 304, "Python files, data and libraries: once, from the standard wheel", kind="soft")
    picture.text(40, 326, "fused.json: what is in the wheel", kind="soft")
    picture.arrow(280, 342, 280, 370)
    picture.box(20, 372, 520, 46, ["every installer takes it, from every index"], kind="good")
    return picture.to_svg()
