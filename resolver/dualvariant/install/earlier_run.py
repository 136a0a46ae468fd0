"""What an installer asked for when it was to install the same: it most likely asks for the same again.

An installer learns of a dependency from what it has read before, so its requests wait for one another. Those of an
earlier run are made at once, while the installer starts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from packaging.utils import NormalizedName, canonicalize_name

from dualvariant.core.dirs import cache_dir
from dualvariant.repository.content_cache import ContentCache
from dualvariant.selection.session import Selection

__all__ = ["EarlierRun"]

#: The most bytes of what is kept of all runs: options may name another temporary folder in each.
_SIZE = 1 << 20


class EarlierRun:
    """The last run with the same requests, options, target and sources.

    Args:
        selection: what is asked for now.
        options: the options that the installer gets.
    """

    def __init__(self, selection: Selection, options: Sequence[str]) -> None:
        self._view = view = selection.view
        self._cache = ContentCache(cache_dir("requests"), _SIZE)
        texts = sorted(request.text for request in selection.requests)
        same = [view.sources.settings.identity, view.choice.python, texts, options]
        self._key = hashlib.sha256(json.dumps(same).encode()).hexdigest()
        self._kept = self._read()
        self._at_hand: Sequence[NormalizedName] = []

    def expect_again(self) -> None:
        """Ask for the pages that were asked for then, but for those that are read without asking a server."""
        sources = self._view.sources
        self._at_hand = list(filter(sources.is_at_hand, self._kept))
        sources.expect([name for name in self._kept if name not in self._at_hand])

    def keep(self) -> None:
        """Keep what was asked for in this run. uv does not ask for a page that is fresh; so those stay."""
        names = list(dict.fromkeys([*self._view.asked, *self._at_hand]))
        if sorted(names) != sorted(self._kept):
            self._cache.write(self._key, json.dumps(names).encode())

    def _read(self) -> Sequence[NormalizedName]:
        content = self._cache.read(self._key)
        return [] if content is None else [canonicalize_name(name) for name in json.loads(content)]
