"""dualvariant in the fork of a kept child (:mod:`kept_child`), with pip in another kept child as its engine.

Nothing of dualvariant is replaced but the two processes of the target interpreter: the one that describes it, whose
answer is always the same, and the one that becomes pip (:mod:`law_pip_child`). The command line and the environment
that pip gets are those that dualvariant makes.
"""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import kept_child

#: The rooms that the commands use; each module of theirs is imported in advance.
_ROOMS = (
    "dualvariant.core",
    "dualvariant.engines",
    "dualvariant.host.compare",
    "dualvariant.host.detect",
    "dualvariant.host.read",
    "dualvariant.install",
    "dualvariant.launch.outer",
    "dualvariant.network",
    "dualvariant.repository",
    "dualvariant.requirements",
    "dualvariant.selection",
    "dualvariant.serve",
    "dualvariant.settings",
    "dualvariant.target",
)
_COMMANDS = ("_failures", "_json", "_other_commands", "_verdict_table", "explain", "install")
#: What the standard library and our dependencies import when they are called.
_OTHERS = (
    "configparser",
    "ctypes",
    "email.parser",
    "encodings.ascii",
    "encodings.cp437",
    "encodings.idna",
    "html",
    "netrc",
    "platformdirs.unix",
    "urllib3",
)


def prepare() -> None:
    """Import what the commands use."""
    for name in _ROOMS:
        room = import_module(name)
        for module in pkgutil.iter_modules(getattr(room, "__path__", ()), f"{name}."):
            if not module.name.rpartition(".")[2].startswith("_"):  # a script for another process
                import_module(module.name)
    for name in (*(f"dualvariant.cli.{command}" for command in _COMMANDS), *_OTHERS):
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
