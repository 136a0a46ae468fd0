"""One view for each Python that asks: tox, nox and hatch fill environments of several Pythons in one run.

pip and uv say in their User-Agent which Python they install for, in JSON behind their name and version. Sources:
``user_agent`` in ``pip._internal.network.session`` of pip 26.3, and ``uv-client/src/linehaul.rs`` of uv 0.13.9.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable

from dualvariant.selection.session import Selection
from dualvariant.selection.view import View
from dualvariant.serve.published_view import PublishedView
from dualvariant.target.interpreter import Interpreter
from dualvariant.target.other_machine import OtherMachine
from variantlib.preferences import Preferences

__all__ = ["ViewsByPython", "read_python"]

_LONGEST = 1 << 14
_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


def read_python(agent: str) -> tuple[str, tuple[int, int, int]] | None:
    """The implementation and the version of the Python that an installer works for; None if it does not say.

    Args:
        agent: the User-Agent.
    """
    start = agent.find("{")
    if start < 0 or len(agent) > _LONGEST:
        return None
    try:
        said = json.loads(agent[start:])
        name, version = str(said["implementation"]["name"]), _VERSION.match(str(said["python"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return None if version is None else (name, (int(version[1]), int(version[2]), int(version[3] or 0)))


class ViewsByPython:
    """The view of one selection, for every Python of this machine that asks.

    Args:
        selection: what is chosen for the target.
        target: the interpreter whose machine it is.
        publish: serves a view.
    """

    def __init__(self, selection: Selection, target: Interpreter, publish: Callable[[View], PublishedView]) -> None:
        self._selection = selection
        self._target = target
        self._publish = publish
        self._lock = threading.Lock()
        self._views: dict[str, PublishedView] = {}
        self.base = publish(selection.view)

    def find(self, agent: str) -> PublishedView:
        """The view for a client.

        Args:
            agent: its User-Agent.
        """
        python = read_python(agent)
        if python is None:
            return self.base
        name, version = python
        own = ".".join(self._target.version.split(".")[:2])
        if name.lower() == self._target.markers["implementation_name"] and own == f"{version[0]}.{version[1]}":
            return self.base
        key = f"{name} {'.'.join(map(str, version))}"
        with self._lock:
            if key not in self._views:
                self._views[key] = self._publish(self._make(name, version))
            return self._views[key]

    def _make(self, name: str, version: tuple[int, int, int]) -> View:
        """The same choice for another Python; of another implementation nothing is known: it sees no variants."""
        view = self._selection.view
        other = OtherMachine(version=version).describe(self._target)
        choice = view.choice._replace(tags=other.tags, python=other.version)
        if name.lower() != "cpython" or self._target.markers["implementation_name"] != "cpython":
            choice = choice._replace(named={}, others=Preferences(no_variant=True))
        return View(view.sources, choice, lambda: view.reader, announce=view.announce, warn=view.warn)
