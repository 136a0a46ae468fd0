"""``dualvariant exec``: any tool, run so that what it installs is the best for this host."""

from __future__ import annotations

from pathlib import Path

from dualvariant.cli import _selection
from dualvariant.cli._dashes import split_at_dashes
from dualvariant.cli._parser import Parser
from dualvariant.core.errors import ConflictingOptionsError, UsageError
from dualvariant.core.report import TerminalReporter

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run the command; its exit code is ours."""
    parser = Parser(
        "exec", "Run any tool so that what it installs is the best for this host; exec itself changes no lock file."
    )
    parser.usage = f"{parser.prog} [options] -- COMMAND…"
    parser.add_argument("--variant", action="append", default=[], metavar="[NAME=]V[,V…]", help="as for install")
    parser.add_argument("--no-variant", action="store_true", help="standard wheels only")
    _selection.add_profile_options(parser.add_argument, parser.add_argument)
    ours, command = split_at_dashes(arguments)
    args = parser.parse_args(ours)
    if not command:
        raise UsageError("no command to run (none behind '--')", "dualvariant exec -- uv sync")
    if args.no_variant and args.variant:
        raise ConflictingOptionsError("--variant and --no-variant contradict each other", "leave one of them out")

    from dualvariant.launch.run import ExecOrder, execute
    from dualvariant.launch.terminal import end_as
    from dualvariant.settings.options import SelectionOptions

    options = SelectionOptions(
        host=_selection.read_profile_options(args), variants=tuple(args.variant), no_variant=args.no_variant
    )

    profile = _find_profile(options.host.profile)

    def refit(environment: str, engine: str | None) -> int:
        from dualvariant.cli import refit

        named = [] if engine is None else ["--engine", engine]
        return refit.main(["--python", environment, *named, *ours, *profile])

    return end_as(execute(ExecOrder(command, options, refit, TerminalReporter())))


def _find_profile(word: str | None) -> list[str]:
    """The option that names the profile from every folder: uv's environment is refitted from the folder of uv's."""
    from dualvariant.profiles.read import is_file_name

    if word is None:
        return []
    return ["--profile", str(Path.cwd() / word) if is_file_name(word) else word]
