"""The picture of a provider's process: what it gets, what limits it, and what it could do in spite of that."""

from __future__ import annotations

from tools.figures.svg import Picture

__all__ = ["draw_child"]

_GETS = ("a short list of variables, no secrets", "an empty folder as its home", "a pipe for its answer")
_LIMITS = (
    "10 seconds, 64 processes, 2 GiB of memory",
    "no network, where the kernel allows that",
    "no signals to other processes (Linux 6.12)",
    "everything that it starts ends with it",
)
_CAN = ("read the files that you can read", "write files by absolute paths", "leave a job to cron or systemd")


def draw_child() -> str:
    """The picture."""
    picture = Picture(
        496,
        "What a provider's process may do",
        "dualvariant starts a supervisor, and the supervisor starts the provider in a process of its own. It gets: "
        f"{'; '.join(_GETS)}. It is limited: {'; '.join(_LIMITS)}. It is no sandbox. With your rights it can: "
        f"{'; '.join(_CAN)}.",
    )
    picture.box(20, 16, 150, 52, ["dualvariant"], kind="main")
    picture.arrow(172, 42, 203, 42)
    picture.box(205, 16, 150, 52, ["supervisor"], kind="main")
    picture.arrow(357, 42, 388, 42)
    picture.box(390, 16, 150, 52, ["provider", "foreign code"])
    y = 84.0
    for title, lines, kind in (
        ("It gets", _GETS, "good"),
        ("It is limited", _LIMITS, "main"),
        ("It is no sandbox: it has your rights, and can", _CAN, "bad"),
    ):
        height = 42 + 25 * len(lines)
        picture.box(20, y, 520, height, [], kind=kind)
        picture.text(36, y + 28, title, kind="strong")
        for number, line in enumerate(lines):
            picture.text(36, y + 54 + 25 * number, line)
        y += height + 14
    return picture.to_svg()
