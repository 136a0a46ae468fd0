"""The contract of programs: any executable that prints one JSON document, ``dualvariant/provider/1``, and ends with 0.

It is called without arguments. Variables that its ``depends_on`` names, and that are set, are not in its environment
the first time: it is called once more with them. Source: docs/reference/formats.md, "The document of a provider".
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

from dualvariant.host.contracts import ContractError

__all__ = ["SCHEMA", "ask_build_flags", "ask_config", "ask_why_not", "identify", "load", "parse", "read_dependencies"]

SCHEMA = "dualvariant/provider/1"

_LARGEST_OUTPUT = 1 << 20

Step = Callable[[str], None]


class Program:
    """One program, and the document that it printed.

    Args:
        path: its file.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.document: dict[str, Any] = {}
        self.environment: dict[str, str] = {}

    def run(self) -> None:
        """Call it, if that was not done with these environment variables.

        Raises:
            ContractError: it cannot be started, fails, or prints something else than the document.
        """
        if self.document and self.environment == dict(os.environ):
            return
        import subprocess

        self.environment = dict(os.environ)
        try:
            with subprocess.Popen([self.path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
                assert process.stdout is not None
                text = process.stdout.read(_LARGEST_OUTPUT + 1)
                if len(text) > _LARGEST_OUTPUT:
                    process.kill()
                    raise ContractError(f"its document is too large (more than {_LARGEST_OUTPUT:,} bytes)")
        except (OSError, ValueError) as error:
            raise ContractError(f"it cannot be started: {error}") from error
        if process.returncode:
            raise ContractError(f"it ended with status {process.returncode}")
        self.document = parse(text)


def parse(text: bytes) -> dict[str, Any]:
    """Check the outline of the document; names and values are checked with those of every other provider.

    Raises:
        ContractError: it is none; the message names the part that is wrong.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ContractError(f"it must print one JSON document ({error}): {text[:60]!r}") from error
    if not isinstance(document, dict):
        raise ContractError(f"the document must be an object (it is {type(document).__name__})")
    if document.get("schema") != SCHEMA:
        raise ContractError(f"'schema' must be {SCHEMA!r}: {document.get('schema')!r}")
    configs, names = document.get("configs"), document.get("depends_on", [])
    if not isinstance(configs, list):
        raise ContractError(f"'configs' must be a list: {configs!r}")
    for position, item in enumerate(configs):
        if not isinstance(item, dict) or not {"key", "values"} <= item.keys():
            raise ContractError(f"'configs[{position}]' must be an object with 'key' and 'values': {item!r}")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ContractError(f"'depends_on' must be a list of texts: {names!r}")
    return document


def load(target: str, step: Step) -> Program:
    """Call the program."""
    step("the program")
    program = Program(target)
    program.run()
    return program


def identify(program: Program, step: Step) -> dict[str, Any]:
    """``provider`` and ``version`` of the document."""
    return {"name": program.document.get("provider"), "version": program.document.get("version")}


def read_dependencies(program: Program, step: Step) -> dict[str, Any]:
    """The state of what ``depends_on`` names."""
    from dualvariant.host._depends import read_states

    step("reading 'depends_on'")
    return dict(read_states(program.document.get("depends_on", [])))


def ask_config(program: Program, step: Step) -> dict[str, Any] | None:
    """``configs`` of the document; an empty list says nothing."""
    step("the program")
    program.run()
    document = program.document
    return {"provider": document.get("provider"), "configs": document["configs"]} if document["configs"] else None


def ask_build_flags(program: Program, key: str, value: str, compiler: str, step: Step) -> Any:
    """None: the contract has no compiler flags."""
    return None


def ask_why_not(program: Program, key: str, value: str, supported: dict[str, list[str]], step: Step) -> Any:
    """None: the contract has no reasons."""
    return None
