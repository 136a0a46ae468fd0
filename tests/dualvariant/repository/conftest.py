"""Servers that all list ``demo`` 1.0, reached without a proxy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import samples
from demo_sources import LEVEL
from servers import IndexServer, serving


@pytest.fixture(autouse=True)
def unproxied(no_proxies: None) -> None:
    """No proxy of this machine counts."""


@pytest.fixture
def places(tmp_path: Path) -> Iterator[dict[str, IndexServer]]:
    """Four servers, each with ``demo`` 1.0 saying which one it came from; ``index`` has a variant too."""
    with ExitStack() as stack:
        found = {}
        for name in ("index", "extra", "page", "third"):
            samples.make_wheel(tmp_path / name, "demo", "1.0", body=f"FROM = {name!r}\n")
            found[name] = stack.enter_context(serving(IndexServer(tmp_path / name)))
        samples.make_wheel(tmp_path / "index", "demo", "1.0", properties=[LEVEL.format("v3")])
        for name in ("links", "more"):
            samples.make_wheel(tmp_path / name, "demo", "1.0", body=f"FROM = {name!r}\n")
        yield found
