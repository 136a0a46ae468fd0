"""``dualvariant download``: as ``pip download``, with the best variants."""

from __future__ import annotations

from dualvariant.cli import _engine, _selection
from dualvariant.cli._pip_options import PipParser

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run the command. Variants keep their own names in the folder, which say what they are."""
    parser = PipParser("download", "Download the best variants, without installing them.", engine_options=True)
    _selection.add_other_machine_options(parser)
    parser.add_argument("-d", "--dest", dest="folder", metavar="D", help="where to, here if left out")
    _engine.add_options(parser)
    return _engine.main("download", parser, arguments, "--dest")
