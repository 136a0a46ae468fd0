"""``dualvariant cache``: where providers' answers are kept, which they are, and how to be rid of them."""

from __future__ import annotations

import time
from collections.abc import ItemsView
from pathlib import Path
from typing import TYPE_CHECKING

from dualvariant.cli._parser import Parser
from dualvariant.core.errors import DualvariantError, UsageError, did_you_mean

if TYPE_CHECKING:
    from dualvariant.host.cache import Kept

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Show or clear the provider cache."""
    parser = Parser("cache", "Show or clear what the providers answered.")
    parser.add_argument(
        "action",
        metavar="dir|list|clear",
        help="dir: print where the answers are kept; list: print them; clear: remove them",
    )
    action = parser.parse_args(arguments).action
    if action not in _ACTIONS:
        hint = did_you_mean(action, _ACTIONS) or f"there are {', '.join(map(repr, _ACTIONS))}"
        raise UsageError(f"unknown action of 'cache': {action!r}", hint)
    _ACTIONS[action](_directory())
    return 0


def _directory() -> Path:
    from dualvariant.host.cache import cache_directory

    directory = cache_directory()
    if directory is None:
        raise DualvariantError(
            "there is no place for a cache (no home directory is known)",
            "name one in the environment variable DUALVARIANT_CACHE_DIR",
        )
    return directory


def _dir(directory: Path) -> None:
    print(directory)


def _list(directory: Path) -> None:
    from dualvariant.cli._table import table
    from dualvariant.host.cache import files, read
    from dualvariant.host.identity import make_host_key

    here = make_host_key().items()
    rows = [("provider", "distribution", "answered", "state")]
    for path in files(directory):
        kept = read(path)
        rows.append(("-", "-", "-", f"unusable: {path.name}") if kept is None else _row(kept, here))
    if len(rows) > 1:
        print(table(rows))


def _row(kept: Kept, here: ItemsView[str, str]) -> tuple[str, str, str, str]:
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(kept.answer.detected_at))
    return (
        kept.answer.name,
        f"{kept.entry.distribution} {kept.entry.version}",
        when,
        kept.stale or ("kept" if here <= kept.key.items() else "kept for another host, boot or interpreter"),
    )


def _clear(directory: Path) -> None:
    from dualvariant.host.cache import files

    removed = list(files(directory))
    for path in removed:
        path.unlink(missing_ok=True)
    print(f"removed {len(removed)} file{'' if len(removed) == 1 else 's'} from {directory}")


_ACTIONS = {"dir": _dir, "list": _list, "clear": _clear}
