"""``from variantlib import …``: the public names, loaded when they are used, and the same objects everywhere."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import variantlib

NAMES = sorted(set(variantlib.__all__) - {"__version__"})


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def names_for_type_checkers() -> dict[str, str]:
    """The names that the package imports for type checkers, each with its module."""
    tree = ast.parse(Path(variantlib.__file__).read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    return {
        alias.name: str(node.module).removeprefix("variantlib.")
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_every_public_name_is_known_to_type_checkers_and_the_other_way_round() -> None:
    assert sorted(names_for_type_checkers()) == NAMES
    assert names_for_type_checkers() == variantlib._MODULES


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_the_object_of_its_module_which_lists_it_as_public(name: str) -> None:
    module = import_module(f"variantlib.{variantlib._MODULES[name]}")
    assert name in module.__all__
    assert getattr(variantlib, name) is getattr(module, name)
    assert name in dir(variantlib)


def test_the_names_that_the_documents_promise() -> None:
    promised = """VariantMeta VariantDescription KeyConfig ProviderConfig HostProfile select Candidate Preferences
    Verdict Outcome parse_wheel_name WheelName Dialect"""
    assert set(promised.split()) <= set(NAMES)


def test_importing_the_package_loads_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import variantlib; print(sorted(set(sys.modules) - before))"
    assert run(code) == "['variantlib']"


def test_a_name_loads_its_own_module_and_no_archive_code() -> None:
    code = "import sys; from variantlib import KeyConfig; print({'zipfile', 'variantlib.selection'} & set(sys.modules))"
    assert run(code) == "set()"


@pytest.mark.parametrize("module", ["meta", "config", "profile", "provider", "order", "selection", "verdict"])
def test_modules_are_imported_by_their_names(module: str) -> None:
    assert run(f"from variantlib import {module}; import variantlib.{module}; print({module}.__name__)") == (
        f"variantlib.{module}"
    )


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = variantlib.nothing  # type: ignore[attr-defined]
    with pytest.raises(ImportError):
        exec("from variantlib import nothing")
