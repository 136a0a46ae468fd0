"""``dualvariant convert``: a variant wheel of the other dialect from a variant wheel."""

from __future__ import annotations

from pathlib import Path

from dualvariant.cli._parser import Parser
from dualvariant.core.errors import UsageError

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Write each wheel in the other dialect and print its path."""
    parser = Parser("convert", "Make hash wheels of label wheels, and label wheels of hash wheels, without building.")
    parser.add_argument("wheels", metavar="WHEEL", type=Path, nargs="+", help="a variant wheel")
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="where to put the new wheels")
    parser.add_argument("--label", metavar="L", help="the label of a label wheel; made of its properties without it")
    parser.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        help="a pyproject.toml whose table [variant] describes the namespaces of label wheels",
    )
    options = parser.parse_args(arguments)
    if options.label is not None and len(options.wheels) > 1:
        raise UsageError(f"--label is for one wheel, and there are {len(options.wheels)}", "convert them one by one")

    from dualvariant.builder.declaration.label_table import read_variant_table
    from dualvariant.builder.finish.label import convert_wheel

    table = None if options.config is None else read_variant_table(options.config)
    for wheel in options.wheels:
        print(convert_wheel(wheel, options.output, options.label, table))
    return 0
