"""``dualvariant cache``: where the caches are, what is in them, and how they are cleared."""

from __future__ import annotations

import time
from collections.abc import Callable, ItemsView, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dualvariant.cli._parser import Parser
from dualvariant.core.dirs import CACHE_VARIABLE, CACHES, cache_files, cache_root
from dualvariant.core.errors import DualvariantError, UnknownNameError, did_you_mean

if TYPE_CHECKING:
    from dualvariant.host.cache import Kept

__all__ = ["main"]


class NoCacheDirError(DualvariantError):
    """There is no directory for the caches, because no home directory is known."""

    code = "no-cache-directory"


def main(arguments: list[str]) -> int:
    """Show or clear all caches."""
    parser = Parser("cache", "Show or clear all caches of dualvariant.")
    parser.add_argument(
        "action",
        metavar="dir|list|clear",
        help="dir: print the folder of all caches; list: print what is in them; clear: remove it",
    )
    action = parser.parse_args(arguments).action
    if action not in _ACTIONS:
        near = did_you_mean(action, _ACTIONS) or f"there are {', '.join(map(repr, _ACTIONS))}"
        raise UnknownNameError(f"unknown action of 'cache': {action!r}", near)
    root = cache_root()
    if root is None:
        raise NoCacheDirError(
            "there is no place for a cache (no home directory is known)",
            f"name one in the environment variable {CACHE_VARIABLE}",
        )
    _ACTIONS[action](root)
    return 0


def _print_root(root: Path) -> None:
    print(root)


def _list(root: Path) -> None:
    from dualvariant.cli._table import table

    rows = [("cache", "files", "MB", "what it keeps")]
    for name, cache in CACHES.items():
        sizes = [path.lstat().st_size for path in cache_files(name)]
        rows.append((name, str(len(sizes)), f"{sum(sizes) / 1e6:.1f}", cache.keeps))
    print(table(rows))
    answers = list(_rows_of_answers(root / "providers"))
    if answers:
        print()
        print(table([("provider", "distribution", "answered", "state"), *answers]))


def _rows_of_answers(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    from dualvariant.host.cache import files, read
    from dualvariant.host.identity import make_host_key

    here = make_host_key().items()
    for path in files(folder):
        kept = read(path)
        yield ("-", "-", "-", f"unusable: {path.name}") if kept is None else _row(kept, here)


def _row(kept: Kept, here: ItemsView[str, str]) -> tuple[str, str, str, str]:
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(kept.answer.detected_at))
    return (
        getattr(kept.answer, "name", kept.entry.name),  # a provider that failed has not said its name
        f"{kept.entry.distribution} {kept.entry.version}",
        when,
        kept.stale or ("kept" if here <= kept.key.items() else "kept for another host, boot or interpreter"),
    )


def _clear(root: Path) -> None:
    removed = [path for name in CACHES for path in cache_files(name)]
    for path in removed:
        path.unlink(missing_ok=True)
    print(f"removed {len(removed)} file{'' if len(removed) == 1 else 's'} from {root}")


_ACTIONS: Mapping[str, Callable[[Path], None]] = {"dir": _print_root, "list": _list, "clear": _clear}
