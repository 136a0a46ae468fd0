"""``dualvariant install``: the best variants, installed by the target's own pip."""

from __future__ import annotations

from dualvariant.cli import _engine, _selection
from dualvariant.cli._pip_options import PipParser

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run the command."""
    parser = PipParser("install", "Install the best variants for this host.", engine_options=True)
    _selection.add_other_machine_options(parser)
    parser.add_argument("--engine", choices=["pip", "uv"], help="who installs; pip, unless the target has none")
    parser.add_argument("--json", action="store_true", help="print the verdicts of what pip installs as JSON")
    _engine.add_options(parser)
    return _engine.main("install", parser, arguments)
