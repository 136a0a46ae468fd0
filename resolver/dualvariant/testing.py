"""For the tests of providers: ask one as dualvariant does, on this machine or on a recorded one; make profiles.

>>> from dualvariant.testing import make_profile
>>> make_profile({"fpga": {"board": ["z7", "z6"]}}).names
['fpga']
"""

from __future__ import annotations

import inspect
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dualvariant.host.answer import ProviderAnswer
from dualvariant.host.conversation import Question, converse
from dualvariant.host.discovery import ProviderEntry
from dualvariant.host.machines import BARE_MACHINE, RecordedMachine
from dualvariant.host.runner import parse_reply, read_time_limit
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.profile import HostProfile

__all__ = ["Answer", "NoHardware", "RecordedMachine", "ask", "make_profile", "write_profile"]


class Answer(NamedTuple):
    """What became of asking a provider.

    Args:
        values: what it says, values by key, in its order; None for nothing, and for a failure.
        failure: why it could not be used, in the words that a user sees; None if it could.
        output: what it printed.
        traceback: where it raised an exception; empty if it did not.
        seconds: how long it took.
    """

    values: dict[str, list[str]] | None
    failure: str | None
    output: str
    traceback: str
    seconds: float


class NoHardware:
    """The machine that has no devices, drivers, programs and libraries."""


def ask(
    provider: type | str,
    machine: RecordedMachine | Path | type[NoHardware] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    search_path: Sequence[str | Path] = (),
) -> Answer:
    """Ask a provider in a process of its own, with the limits that it has for users.

    Args:
        provider: the class, which has to be importable by its name, or ``module:Class``.
        machine: what the provider sees instead of this machine: a recording, its folder, or :class:`NoHardware`.
        environment: variables that it sees.
        search_path: folders to import it from.

    Raises:
        OSError: the recording cannot be read.
        ValueError: it is no recording.
    """
    if isinstance(machine, Path):
        machine = RecordedMachine.read(machine)
    shown: Mapping[str, Any] | None = BARE_MACHINE if machine is NoHardware else None
    variables = dict(environment or {})
    if isinstance(machine, RecordedMachine):
        shown, variables = machine.to_question(), {**machine.environment, **variables}
    target, folders = (provider, []) if isinstance(provider, str) else _locate(provider)
    entry = ProviderEntry(target.partition(":")[0], target, "under-test", "0")
    path = tuple(str(Path(folder).resolve()) for folder in (*search_path, *folders))
    question = Question(entry, search_path=path, detail=True, machine=shown, variables=variables)
    [reply] = converse([question], read_time_limit())
    outcome = parse_reply(entry, reply, time.time())
    traceback = str(reply.document.get("traceback") or "")
    if not isinstance(outcome, ProviderAnswer):
        return Answer(None, outcome.reason, reply.output, traceback, reply.seconds)
    values = None if outcome.config is None else {item.key: list(item.values) for item in outcome.config.configs}
    return Answer(values, None, reply.output, traceback, reply.seconds)


def _locate(provider: type) -> tuple[str, list[Path]]:
    """How another process imports a class: ``module:Class``, and the folder that the top-level module is in."""
    module = provider.__module__
    file = Path(inspect.getfile(provider)).resolve()
    depth = module.count(".") + (1 if file.name == "__init__.py" else 0)
    return f"{module}:{provider.__qualname__}", [file.parents[depth]]


def make_profile(providers: Mapping[str, Mapping[str, Sequence[str]]]) -> HostProfile:
    """A profile of a host that offers these values, by provider and key, each best first.

    Raises:
        TypeError, ValueError: a name or a value is not allowed.
    """
    return HostProfile(
        ProviderConfig(name, [KeyConfig(key, list(values)) for key, values in keys.items()])
        for name, keys in providers.items()
    )


def write_profile(path: Path, providers: Mapping[str, Mapping[str, Sequence[str]]]) -> Path:
    """Write such a profile to a file, for ``--profile``; returns the path.

    Raises:
        OSError: it cannot be written.
    """
    path.write_text(json.dumps(make_profile(providers).to_dict(), indent=1), encoding="utf-8")
    return path
