"""Reads the small files of an index that describe variants, and caches what came over the network."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TypeVar

from dualvariant.network.client import Client
from dualvariant.network.concurrency import map_parallel
from dualvariant.network.failures import DamagedError
from dualvariant.network.transport import MAX_PARALLEL
from dualvariant.network.urls import local_path
from dualvariant.repository.content_cache import ContentCache
from dualvariant.repository.page import File

__all__ = ["WRITE_INDEX_AGAIN", "SmallFiles"]

#: For the owner of an index whose files do not match its pages.
WRITE_INDEX_AGAIN = "--no-variant takes the standard wheel; 'dualvariant index DIR' writes a static index again"

S = TypeVar("S")
T = TypeVar("T")


class SmallFiles:
    """Reads files that a page lists, several at once.

    Args:
        client: reads URLs.
        cache: what was read before.
    """

    def __init__(self, client: Client, cache: ContentCache) -> None:
        self.client = client
        self.cache = cache

    def read(self, file: File) -> bytes:
        """A file that a page lists, checked against the sha256 that the page has.

        Raises:
            SourceError: it cannot be read, or is another one.
        """
        sha256 = file.hashes.get("sha256")
        cache_key = sha256 if local_path(file.url) is None else None
        cached = self.cache.read(cache_key)
        if cached is not None:
            return cached
        content = self.client.read(file.url)
        if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
            raise DamagedError("it is not the file that the page lists (its sha256 is another)", WRITE_INDEX_AGAIN)
        self.cache.write(cache_key, content)
        return content

    def map(self, work: Callable[[S], T], items: Sequence[S]) -> list[T]:
        """The results of ``work``, in the order of the items; the user is told how many are done."""

        def report(done: int) -> None:
            self.client.on_wait(f"{done} of {len(items)} metadata files are read")

        return map_parallel(work, items, MAX_PARALLEL, report)
