"""``dualvariant tag``: a variant wheel from a standard wheel."""

from __future__ import annotations

from pathlib import Path

from dualvariant.cli._parser import Parser
from dualvariant.core.errors import UsageError

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Write the variant wheel and print its path."""
    parser = Parser("tag", "Make a variant wheel from a standard wheel.")
    parser.add_argument("wheel", metavar="WHEEL", type=Path, nargs="?", help="a standard wheel")
    parser.add_argument(
        "-p",
        "--property",
        dest="properties",
        metavar='"provider :: key :: value"',
        nargs="+",
        action="extend",
        default=[],
        help="the properties that the variant needs",
    )
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="where to put the new wheel")
    parser.add_argument(
        "--dialect",
        choices=["hash", "label"],
        default="hash",
        help="how the wheel says which variant it is (default: hash)",
    )
    options = parser.parse_args(arguments)
    if options.wheel is None:
        raise UsageError("no wheel was named", "name it before -p, which takes all arguments that follow it")
    if options.dialect == "label":
        raise UsageError("label wheels are not written yet: '--dialect label'", "use --dialect hash")
    if not options.properties:
        raise UsageError("no property was named", "as in -p 'x86_64 :: level :: v3', for a wheel with AVX2 code")

    from dualvariant.builder.finish.label import tag_wheel
    from variantlib.meta import VariantDescription

    try:
        description = VariantDescription.from_strings(options.properties)
    except ValueError as error:
        raise UsageError(str(error), "a property is 'provider :: key :: value'") from error
    print(tag_wheel(options.wheel, description, options.output))
    return 0
