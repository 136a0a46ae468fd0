"""``dualvariant plugins new``: a distribution with a provider, to start from."""

from __future__ import annotations

import shlex
from pathlib import Path

from dualvariant.cli._parser import Parser
from dualvariant.core.report import print_message

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Write it, and say what comes next."""
    parser = Parser("plugins new", "Write a small distribution with a provider, its types, tests and CI file.")
    parser.add_argument("name", metavar="NAME", help="the provider's name: letters, digits and _")
    parser.add_argument("--in", dest="parent", type=Path, default=Path(), metavar="D", help="the folder to write it in")
    options = parser.parse_args(arguments)

    from dualvariant.authoring.new import write_plugin

    folder = write_plugin(options.name, options.parent)
    print(folder)
    print_message(
        f"edit find_models() in {shlex.quote(str(folder / 'src'))}; then: dualvariant plugins check "
        f"{shlex.quote(f'./{folder}' if not folder.is_absolute() else str(folder))}"
    )
    return 0
