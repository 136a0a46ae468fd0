"""Versions from texts of others: what is none, and what has too many digits for Python, is no error."""

from __future__ import annotations

import ast
import re

import pytest
from packaging.version import Version

from source_tree import ROOT, source_files
from variantlib.versions import try_version


@pytest.mark.parametrize("text", ["", "x", "1.0-x-y", "1" * 5000, f"1.{'2' * 5000}", f"1+{'3' * 5000}"])
def test_what_is_no_version(text: str) -> None:
    assert try_version(text) is None


@pytest.mark.parametrize("text", ["1", "v1.0", " 1.0 ", "1!2.0a1.post2.dev3+local", "1" * 4000])
def test_what_is_one(text: str) -> None:
    assert try_version(text) == Version(text)


# --- no other way to make one


@pytest.mark.parametrize("package", ["variantlib", "dualvariant", "dualvariant_providers"])
def test_a_version_that_is_too_long_is_handled_like_one_that_is_none(package: str) -> None:
    """``packaging`` raises a plain ValueError for a number with more digits than Python reads."""
    handled = {
        path: {ast.unparse(node.type) for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.type}
        for path, tree in ((path, ast.parse(path.read_text(encoding="utf-8"))) for path in source_files(package))
    }
    narrow = re.compile("InvalidVersion|InvalidSpecifier")
    assert not [path for path, names in handled.items() if any(map(narrow.search, names))]


#: Where a :class:`Version` is made of a text, how often, and why ``try_version`` is not what is needed there.
MAKES_VERSIONS = {
    "variantlib/variantlib/versions.py": (1, "it is try_version"),
    "resolver/dualvariant/settings/pip_version.py": (2, "the base of a version, and a version that is in our code"),
    "resolver/dualvariant/requirements/release_rules.py": (2, "both are handled with the specifier around them"),
}


def test_a_version_is_made_of_a_text_by_one_function() -> None:
    """By its name or by any other: no module calls ``Version`` or ``parse`` of ``packaging.version`` elsewhere."""
    found: dict[str, int] = {}
    packages = ("variantlib", "dualvariant", "dualvariant_providers")
    for path in (path for package in packages for path in source_files(package)):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        taken = [alias for node in imported if node.module == "packaging.version" for alias in node.names]
        names = {(alias.name, alias.asname) for alias in taken}
        assert names <= {("Version", None), ("InvalidVersion", None)}, f"{path}: another name for Version"
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        count = sum(ast.unparse(call.func).rpartition(".")[2] == "Version" for call in calls)
        # map(Version, …) makes them too.
        count += sum(
            ast.unparse(argument) == "Version"
            for call in calls
            if ast.unparse(call.func) != "isinstance"
            for argument in [*call.args, *(keyword.value for keyword in call.keywords)]
        )
        if count:
            found[path.relative_to(ROOT).as_posix()] = count
    assert found == {path: count for path, (count, _) in MAKES_VERSIONS.items()}
