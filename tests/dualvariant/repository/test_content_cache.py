"""What is kept between runs is read only where it is a file: whatever else is in its place costs only time."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dualvariant.core.files import digests_of
from dualvariant.network.pages import Page, PageCache, PageRules
from dualvariant.repository.content_cache import ContentCache

URL, DIGEST = "http://h/demo/", "0" * 64


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def make_large(path: Path) -> None:
    """A file without end that takes no room."""
    path.touch()
    os.truncate(path, 1 << 40)


def make_folder(path: Path) -> None:
    path.mkdir()


THINGS = [make_pipe, make_endless, make_large, make_folder]


def replace_kept(folder: Path, make: Callable[[Path], None]) -> None:
    (kept,) = folder.iterdir()
    kept.unlink()
    make(kept)


@pytest.mark.parametrize("make", THINGS)
def test_something_in_the_place_of_kept_content(make: Callable[[Path], None], tmp_path: Path) -> None:
    cache = ContentCache(tmp_path)
    cache.write(DIGEST, b"content")
    assert cache.read(DIGEST) == b"content"
    replace_kept(tmp_path, make)
    assert cache.read(DIGEST) is None


@pytest.mark.parametrize("make", THINGS)
def test_something_in_the_place_of_a_kept_page(make: Callable[[Path], None], tmp_path: Path) -> None:
    cache = PageCache(tmp_path, reuse=True)
    headers = {"ETag": '"a"', "Cache-Control": "max-age=600"}
    cache.write(URL, "", headers, Page.parse(URL, "text/html", b"body", PageRules.parse(headers)))
    found = cache.read(URL, "")
    assert found is not None and found.body == b"body" and cache.is_fresh(URL, "")
    replace_kept(tmp_path, make)
    assert cache.read(URL, "") is None and not cache.is_fresh(URL, "")


@pytest.mark.parametrize("make", [make_pipe, make_endless, make_folder])
def test_digests_of_what_is_no_file(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "x")
    with pytest.raises(OSError, match=r"regular|directory"):
        digests_of(tmp_path / "x", ["sha256"])
