"""dualvariant in the fork of a kept child (:mod:`kept_child`), with pip in another kept child as its engine.

Nothing of dualvariant is replaced but the two processes of the target interpreter: the one that describes it, whose
answer is always the same, and the one that becomes pip (:mod:`law_pip_child`). The command line and the environment
that pip gets are those that dualvariant makes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import kept_child

#: What the commands import when they run.
_MODULES = (
    "cli._failures",
    "cli.install",
    "cli.explain",
    "cli._json",
    "cli._verdict_table",
    "engines.options",
    "engines.pip",
    "engines.uv",
    "host.read",
    "install.run",
    "install.announcements",
    "install.environment_lock",
    "install.exchange",
    "requirements.local_wheel",
    "selection.explain",
    "selection.local_wheel",
    "selection.session",
    "selection.verdicts",
    "serve.handover",
    "serve.loopback",
    "settings.pip_config",
    "target.installed",
    "core.toml",
)


def prepare() -> None:
    """Import what the commands use."""
    for name in _MODULES:
        import_module(f"dualvariant.{name}")
    for name in ("urllib3", "platformdirs.unix", "netrc", "encodings.idna"):
        import_module(name)


def work(order: dict[str, Any], answer: Callable[[object], NoReturn]) -> None:
    """Run the command of the order's ``arguments``; the answer is its exit code, and what its engine answered."""
    from dualvariant.cli import main
    from dualvariant.target.interpreter import Interpreter

    target = Interpreter.from_json(order["target"].encode())
    runs: list[object] = []

    class Probe:
        """Takes the place of a process that describes the target."""

        line = order["target"].encode()

        def __init__(self, python: Path, **options: object) -> None:
            pass

        def __enter__(self) -> Any:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def interpreter(self) -> Interpreter:
            return target

        def end(self) -> None:
            pass

        def dismiss(self) -> None:
            pass

    class Pip(Probe):
        """Takes the place of a process that becomes pip."""

        def become(
            self, arguments: Sequence[str], environment: Mapping[str, str], *_: object, **options: object
        ) -> int:
            output = f"{order['output']}.engine{len(runs)}"
            said = kept_child.ask(
                order["pip"],
                {"arguments": arguments, "environment": environment, "folder": order["folder"], "output": output},
            )
            runs.append({"arguments": arguments, **said})
            code: int = said["code"]
            return code

    _replace("engines.pip", "WaitingPip", Pip)
    _replace("target.probe", "InterpreterProbe", Probe)
    answer({"code": main(order["arguments"]), "runs": runs})


def _replace(module: str, name: str, instead: type) -> None:
    """Replace a class, also where another module has imported it by name."""
    replaced = getattr(import_module(f"dualvariant.{module}"), name)
    for each in [found for key, found in sys.modules.items() if key.startswith("dualvariant.")]:
        if getattr(each, name, None) is replaced:
            setattr(each, name, instead)
