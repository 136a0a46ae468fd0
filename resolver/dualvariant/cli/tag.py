"""``dualvariant tag``: a variant wheel from a standard wheel."""

from __future__ import annotations

from pathlib import Path

from dualvariant.cli._parser import Parser
from dualvariant.cli._properties import question_properties
from dualvariant.core.errors import UsageError
from dualvariant.core.report import TerminalReporter

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
    parser.add_argument("--name", metavar="N", help="what a hash wheel is called, as in --variant N")
    parser.add_argument("--label", metavar="L", help="the label of a label wheel; made of the properties without it")
    parser.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        help="a pyproject.toml whose table [variant] describes the namespaces of label wheels",
    )
    options = parser.parse_args(arguments)
    if options.wheel is None:
        raise UsageError("no wheel was named", "name it before -p, which takes all arguments that follow it")
    is_label = options.dialect == "label"
    if not is_label and (options.label is not None or options.config is not None):
        raise UsageError(
            "--label and --config are about label wheels", "--dialect label makes one, --name names a hash wheel"
        )
    if is_label and options.name is not None:
        raise UsageError("--name is about hash wheels", "a label wheel is called by its label: --label")
    if not options.properties and not (is_label and options.label is not None):
        raise UsageError("no property was named", "as in -p 'x86_64 :: level :: v3', for a wheel with AVX2 code")

    from dualvariant.builder.declaration.label_table import make_label_variant, read_variant_table
    from dualvariant.builder.finish.label import label_wheel, tag_wheel
    from variantlib.meta import VariantDescription, VariantMeta

    try:
        properties = [VariantMeta.from_str(text) for text in options.properties]
        description = None if is_label else VariantDescription(properties)
    except ValueError as error:
        raise UsageError(str(error), "a property is 'provider :: key :: value'") from error
    if description is not None and options.name is not None:
        try:
            description = description.with_names([options.name])
        except ValueError as error:
            raise UsageError(str(error), "choose another by --name") from error
    table = None if options.config is None else read_variant_table(options.config)
    question_properties(properties, TerminalReporter(), described=table)
    if description is not None:
        print(tag_wheel(options.wheel, description, options.output))
        return 0
    print(label_wheel(options.wheel, make_label_variant(properties, options.label, table), options.output))
    return 0
