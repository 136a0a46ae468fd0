"""``dualvariant install``: the best variants, installed by the target's own pip."""

from __future__ import annotations

from dualvariant.cli import _engine, _selection
from dualvariant.cli._pip_options import PipParser

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run the command."""
    parser = PipParser("install", "Install the best variants for this host.", engine_options=True)
    parser.add_argument("--engine", choices=["pip", "uv"], help="the installer (default: pip, if no setting names one)")
    parser.add_argument("--json", action="store_true", help="print the verdicts of what pip installs as JSON")
    parser.add_argument(
        "--verify",
        action="store_true",
        default=None,
        help="import the installed variants; one that does not run gives way to the next best wheel",
    )
    rare = parser.add_rare_group("wheels that do not run")
    rare.add_argument("--no-verify", action="store_false", dest="verify", help="import nothing, whatever is set")
    rare.add_argument(
        "--retry-failed", action="store_true", help="try wheels again that have failed on this CPU; implies --verify"
    )
    _selection.add_other_machine_options(parser)
    _engine.add_options(parser)
    return _engine.main("install", parser, arguments)
