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
from dualvariant.core.errors import BadDataError, DualvariantError, NoNextStep, UsageError, did_you_mean
from variantlib.errors import VariantError

ROOT = Path(dualvariant.__file__).parent
COMMANDS = Path(__file__).resolve().parents[3] / "docs" / "reference" / "commands.md"
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


def reported_codes() -> set[str]:
    """The codes that the command line gives to what is no error class: an interruption, an error of the system."""
    source = (ROOT / "cli" / "_failures.py").read_text("utf-8")
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id == "_report"
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def documented_codes() -> dict[str, int]:
    """Code → exit code, by the table of the documentation."""
    _, _, section = COMMANDS.read_text("utf-8").partition("\n(error-codes)=\n")
    table, _, _ = section.partition("\n\n(")
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d+) \| \S", table, re.MULTILINE)
    assert len(rows) == len(dict(rows)) == table.count("\n| `")
    return {code: int(exit_code) for code, exit_code in rows}


def test_the_documentation_lists_every_code_with_its_exit_code() -> None:
    expected = {cls.code: cls.exit_code for cls in error_classes().values()}
    kinds: list[type[VariantError]] = [VariantError, *VariantError.__subclasses__()]
    expected.update({kind.code: BadDataError.exit_code for kind in kinds})
    documented = documented_codes()
    reported = reported_codes()
    assert {"interrupted", "no-space", "os-error"} <= reported
    assert {code: documented.get(code) for code in expected} == expected
    assert documented.keys() - expected.keys() == reported


def test_every_error_has_a_next_step_or_a_reason_why_there_is_none() -> None:
    found = list(constructions())
    without = [
        place
        for place, call in found
        if len(call.args) < 2 and not any(keyword.arg in ("next_step", None) for keyword in call.keywords)
    ]
    assert without == []
    assert len(found) > 100  # the search finds calls


def test_no_next_step_is_a_reason_for_the_reader_of_the_code() -> None:
    error = DualvariantError("it failed", NoNextStep("no step helps"))
    assert error.next_step is None
    assert UsageError("wrong", "do this").next_step == "do this"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("instal", "did you mean 'install'?"),
        ("EXPLAIN", "did you mean 'explain'?"),
        ("No-Such_Thing", "did you mean 'no_such-thing'?"),
        ("zzz", None),
    ],
)
def test_did_you_mean(name: str, expected: str | None) -> None:
    assert did_you_mean(name, ["install", "explain", "no_such-thing"]) == expected
