"""The installer's calls in one run: pip exchanges a wheel without what it needs, and is then called once more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from packaging.utils import canonicalize_name

from dualvariant.core.files import read_regular
from dualvariant.engines.protocol import Engine, InstallOrder
from dualvariant.install.environment_lock import EnvironmentLock
from dualvariant.target.installed import find_installed

__all__ = ["EngineCalls"]


class EngineCalls:
    """Calls an engine, under the environment's lock.

    Args:
        engine: the installer.
        lock: is told whether a call has come to its end.
        folders: where the installer puts distributions.
    """

    def __init__(self, engine: Engine, lock: EnvironmentLock, folders: Sequence[Path]) -> None:
        self._engine = engine
        self._lock = lock
        self._folders = folders
        self._calls = 0

    def run(self, order: InstallOrder) -> int:
        """Carry out an order; returns the engine's exit code.

        Where an exchanged wheel needs something else than the one before, what is asked for is ordered again without
        exchanges, which installs what is missing.
        """
        before = self._find_needs(order)
        code = self._call(order)
        if code == 0 and self._find_needs(order) != before:
            code = self._call(order._replace(exchanges=[], only_exchanges=False))
        return code

    def _call(self, order: InstallOrder) -> int:
        # Later reports count where two have a project, and they are read in the order of their names.
        for path in sorted(order.scratch.glob("report[0-9].json")):
            path.replace(path.with_name(f"report-{self._calls}-{path.name}"))
        self._calls += 1
        self._lock.complete = False
        code = self._engine.run(order)
        self._lock.complete = code >= 0
        return code

    def _find_needs(self, order: InstallOrder) -> Mapping[str, list[str]]:
        """What each distribution that is exchanged requires as it is installed now; nothing where uv looks itself."""
        if self._engine.name != "pip":
            return {}
        names = [canonicalize_name(exchange.partition("==")[0]) for exchange in order.exchanges]
        found = [one for name in names if (one := find_installed(name, self._folders)) is not None]
        return {one.name: _read_requirements(one.metadata / "METADATA") for one in found}


def _read_requirements(path: Path) -> list[str]:
    # It brings csv, email and zipfile, for an exchange by pip only.
    from variantlib.wheel_archive import LARGEST_METADATA, parse_headers

    try:
        headers = parse_headers(read_regular(path, LARGEST_METADATA))
    except OSError:
        return []
    return sorted(headers.get_all("Requires-Dist", []))
