"""``dualvariant list``: which variants are installed, and which one a fused wheel loads here."""

from __future__ import annotations

from dualvariant.cli import _failed, _fused, _refit
from dualvariant.cli._json import print_document
from dualvariant.cli._parser import Parser
from dualvariant.core.printable import printable_line
from dualvariant.core.report import TerminalReporter, print_message
from dualvariant.target.find import find_target
from dualvariant.target.probe import InterpreterProbe

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run the command."""
    parser = Parser("list", "Show which variants are installed, and which wheels of them have failed here.")
    parser.add_argument("--all", action="store_true", help="standard wheels too")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--python", metavar="P", help="the interpreter, or environment, to look into")
    args = parser.parse_args(arguments)
    with InterpreterProbe(find_target(args.python, TerminalReporter().warn)) as probe:
        from dualvariant.target.installed import find_distributions

        target = probe.interpreter()
    failed = _failed.read_this_cpu()
    found = [
        d
        for d in find_distributions(target.path)
        if args.all or d.label is not None or d.fused is not None or failed.of(d)
    ]
    active = _fused.describe(found, _fused.read_this_host(found))
    if args.json:
        print_document([{**d.to_dict(), **active.to_dict(d), **failed.to_dict(d), **_refit.to_dict(d)} for d in found])
        return 0
    if not found:
        print_message(f"no variants are installed in {target.prefix}")
    width = max((len(f"{d.name} {d.version}") for d in found), default=0)
    for distribution in found:
        title = f"{distribution.name} {distribution.version}"
        label = distribution.label or ("standard" if distribution.fused is None else "fused")
        called = f"  (called {', '.join(distribution.names)})" if distribution.names else ""
        text = ", ".join(distribution.properties) or active.to_text(distribution)
        print(printable_line(f"{title:<{width}}  {label:<8}  {text}{called}{_refit.to_text(distribution)}".rstrip()))
        for line in failed.to_lines(distribution):
            print(printable_line(f"{'':<{width}}  {line}"))
    return 0
