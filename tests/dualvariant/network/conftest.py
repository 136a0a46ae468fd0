"""A server, and a network that this machine's proxies, certificates and logins do not change."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers import IndexServer, serving


@pytest.fixture
def server(tmp_path: Path) -> Iterator[IndexServer]:
    with serving(IndexServer(tmp_path)) as running:
        yield running


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The proxies, certificates and logins of this machine do not count."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between attempts; none of them is waited for."""
    found: list[float] = []
    for module in ("requester", "client"):
        monkeypatch.setattr(f"dualvariant.network.{module}.time.sleep", found.append)
    return found


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """An event that is set when the test ends; a server that waits for it does not answer until then."""
    event = threading.Event()
    yield event
    event.set()
