"""Errors: each class has a code of its own, and each error that a user can reach has a next step."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import dualvariant
from dualvariant.core.errors import DualvariantError, NoNextStep, UsageError, did_you_mean

ROOT = Path(dualvariant.__file__).parent
#: Scripts that run in another interpreter, and the entry module that runs the command.
SCRIPTS = {"dualvariant.__main__", "dualvariant.host._child", "dualvariant.engines._pip_child"}


def import_all() -> None:
    """Import every module, so that every error class is known."""
    for module in pkgutil.walk_packages(dualvariant.__path__, "dualvariant."):
        if module.name not in SCRIPTS:
            importlib.import_module(module.name)


def error_classes() -> dict[str, type[DualvariantError]]:
    """Every error class of dualvariant by name."""
    import_all()
    found = {"DualvariantError": DualvariantError}
    waiting = [DualvariantError]
    while waiting:
        for subclass in waiting.pop().__subclasses__():
            if subclass.__module__.startswith("dualvariant."):
                found[subclass.__name__] = subclass
                waiting.append(subclass)
    return found


def constructions() -> Iterator[tuple[str, ast.Call]]:
    """Every place in the source that makes an error, with the call."""
    names = error_classes()
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_every_error_class_has_a_code_of_its_own() -> None:
    codes = {name: cls.code for name, cls in error_classes().items()}
    assert {name for name, cls in error_classes().items() if "code" not in vars(cls)} == set()
    assert len(set(codes.values())) == len(codes), codes
    assert {code for code in codes.values() if not re.fullmatch(r"[a-z]+(-[a-z]+)*", code)} == set()


def test_every_error_has_a_next_step_or_a_reason_why_there_is_none() -> None:
    found = list(constructions())
    without = [
        place
        for place, call in found
        if len(call.args) < 2 and not any(keyword.arg in ("next_step", None) for keyword in call.keywords)
    ]
    assert without == []
    assert len(found) > 100, "the search finds what it looks for"


def test_no_next_step_is_a_reason_for_the_reader_of_the_code() -> None:
    error = DualvariantError("it failed", NoNextStep("nothing can be done"))
    assert error.next_step is None
    assert UsageError("wrong", "do this").next_step == "do this"


@pytest.mark.parametrize(("name", "expected"), [("instal", "did you mean 'install'?"), ("zzz", None)])
def test_did_you_mean(name: str, expected: str | None) -> None:
    assert did_you_mean(name, ["install", "explain"]) == expected
