"""``dualvariant fuse``: one ordinary wheel that holds several variants and loads the right code when it is imported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dualvariant.cli._parser import Parser
from dualvariant.core.errors import UsageError
from dualvariant.core.report import TerminalReporter, print_message

if TYPE_CHECKING:
    from dualvariant.fuse.write import Fused

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Write a fused wheel for each standard wheel that has variants, and print their paths."""
    parser = Parser("fuse", "Make one ordinary wheel of a standard wheel and its variants, for any installer.")
    parser.add_argument(
        "wheels",
        metavar="WHEEL",
        type=Path,
        nargs="+",
        help="a standard wheel and its variants, in any order; several standard wheels give several fused wheels",
    )
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="where to put the fused wheels")
    parser.add_argument(
        "--compiler",
        choices=["local", "zig"],
        default="local",
        help="what compiles the stubs: this machine's compiler, which means zig for another architecture, or zig",
    )
    parser.add_argument(
        "--imported",
        metavar="PATTERN",
        action="append",
        default=[],
        help="modules that Python only imports, although they export functions that could be opened by path",
    )
    options = parser.parse_args(arguments)

    from dualvariant.fuse.parts import group_wheels
    from dualvariant.fuse.write import fuse

    groups = group_wheels(options.wheels)
    reporter = TerminalReporter()
    written = False
    for standard, variants in groups:
        if not variants:
            reporter.note(f"{standard.name}: left alone, because none of the wheels is a variant of it")
            continue
        fused = fuse(standard, variants, options.output, compiler=options.compiler, imported=options.imported)
        print(fused.path)
        print_message(_describe_size(fused))
        written = True
    if not written:
        raise UsageError("there is nothing to fuse", "name a standard wheel and its variants")
    return 0


def _describe_size(fused: Fused) -> str:
    parts = ", ".join(f"{name} {_kilobytes(size)}" for name, size in fused.parts.items())
    number = len(fused.document.modules)
    differing = "1 module differs" if number == 1 else f"{number} modules differ"
    stubs = f"the stubs have {_kilobytes(fused.stubs)} unpacked"
    return f"{_kilobytes(fused.size)} in place of {parts}; {differing}, and {stubs}"


def _kilobytes(size: int) -> str:
    return f"{size / 1000:.1f} kB" if size < 100_000 else f"{size / 1000:.0f} kB"
