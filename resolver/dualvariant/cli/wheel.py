"""``dualvariant wheel``: as ``pip wheel``, with the best variants."""

from __future__ import annotations

from dualvariant.cli import _engine
from dualvariant.cli._pip_options import PipParser

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run the command. Variants keep their own names in the folder, which say what they are."""
    parser = PipParser(
        "wheel", "Collect the best variants as wheels; what has none is built from source.", engine_options=True
    )
    parser.add_argument("-w", "--wheel-dir", dest="folder", metavar="D", help="where to, here if left out")
    _engine.add_options(parser)
    return _engine.main("wheel", parser, arguments, "--wheel-dir")
