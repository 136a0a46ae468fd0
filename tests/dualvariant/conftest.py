"""For tests in this process: a host of its own, without installed providers and caches; handlers of signals."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from dualvariant.host import detect as detect_module
from dualvariant.host.discovery import installed_distributions
from sample_plugins import Site


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The only folder where providers are looked for."""
    site = Site(tmp_path / "site")
    site.path.mkdir()
    monkeypatch.syspath_prepend(str(site.path))
    monkeypatch.setattr(detect_module, "installed_distributions", lambda: installed_distributions([str(site.path)]))
    monkeypatch.setenv("DUALVARIANT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return site


@pytest.fixture
def default_signals() -> Iterator[None]:
    """Handlers of signals as Python has them when it starts in a terminal; at the end of the test, those of before."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)}
    for number in before:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
