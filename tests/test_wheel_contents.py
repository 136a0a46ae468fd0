"""The contents of the wheel."""

from __future__ import annotations

import base64
import configparser
import csv
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from source_tree import ROOT, SHIPPED, SOURCES


@pytest.fixture(scope="session")
def built_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree: the one that is under test, or one built from a copy of the tree."""
    given = os.environ.get("DUALVARIANT_WHEEL")
    if given:
        return Path(given)
    if find_spec("build") is None:
        pytest.skip("there is neither DUALVARIANT_WHEEL nor the package 'build' to make the wheel with")
    folder = tmp_path_factory.mktemp("wheel")
    tree = folder / "tree"
    tree.mkdir()
    for name in ("pyproject.toml", "setup.py", "LICENSE", "README.md"):
        shutil.copy(ROOT / name, tree / name)
    for name in ("variantlib", "plugins", "resolver"):
        leftovers = shutil.ignore_patterns("__pycache__", "*.egg-info", "*.pyc")
        shutil.copytree(ROOT / name, tree / name, ignore=leftovers)
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(tree)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def contents(built_wheel: Path) -> dict[str, bytes]:
    """Every file in the wheel."""
    with zipfile.ZipFile(built_wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


@pytest.fixture(scope="session")
def dist_info(contents: dict[str, bytes]) -> str:
    """The wheel's ``.dist-info``."""
    (found,) = {name.split("/")[0] for name in contents if ".dist-info/" in name}
    return found


def test_the_wheel_has_three_top_levels_and_no_more(contents: dict[str, bytes], dist_info: str) -> None:
    assert {name.split("/")[0] for name in contents} == {*SHIPPED, dist_info}
    top_level = contents.get(f"{dist_info}/top_level.txt", "\n".join(SHIPPED).encode()).decode()
    assert {*top_level.split()} == {*SHIPPED}


def test_the_wheel_is_pure_python_for_every_machine(
    built_wheel: Path, contents: dict[str, bytes], dist_info: str
) -> None:
    assert re.fullmatch(r"dualvariant-[0-9.]+-py3-none-any\.whl", built_wheel.name)
    wheel = contents[f"{dist_info}/WHEEL"].decode()
    assert "Root-Is-Purelib: true" in wheel
    assert re.findall(r"^Tag: (.*)$", wheel, re.MULTILINE) == ["py3-none-any"]


def test_the_wheel_holds_the_whole_source_and_nothing_else(contents: dict[str, bytes], dist_info: str) -> None:
    """No tests, no samples, no compiled leftovers; and no module that the build forgot."""
    expected = {
        f"{package}/{path.relative_to(SOURCES[package]).as_posix()}"
        for package in SHIPPED
        for path in SOURCES[package].rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert {name for name in contents if not name.startswith(dist_info)} == expected


def test_types_and_tables_are_in_the_wheel(contents: dict[str, bytes]) -> None:
    for package in SHIPPED:
        assert f"{package}/py.typed" in contents
    for table in ("x86_64.json", "aarch64.json"):
        assert f"variantlib/cpu/{table}" in contents


def test_nothing_of_samples_and_tests_is_in_the_wheel(contents: dict[str, bytes]) -> None:
    tests = re.compile(r"fictional|tests?/|(^|/)test_(?!command\.py)|conftest|samples|\.pyc$|\.so$")
    assert not [name for name in contents if tests.search(name)]


def test_the_wheel_names_its_command_and_its_providers(contents: dict[str, bytes], dist_info: str) -> None:
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case
    parser.read_string(contents[f"{dist_info}/entry_points.txt"].decode())
    assert dict(parser["console_scripts"]) == {"dualvariant": "dualvariant.__main__:main"}
    assert {*parser["variantlib.plugins"]} == {"x86_64", "aarch64", "nvidia"}


def test_the_versions_agree(contents: dict[str, bytes], dist_info: str) -> None:
    version = dist_info.removeprefix("dualvariant-").removesuffix(".dist-info")
    for package in ("variantlib", "dualvariant"):
        assert f'__version__ = "{version}"' in contents[f"{package}/__init__.py"].decode()


def test_the_licence_is_in_the_wheel(contents: dict[str, bytes], dist_info: str) -> None:
    assert contents[f"{dist_info}/licenses/LICENSE"] == (ROOT / "LICENSE").read_bytes()
    assert "License-Expression: MIT" in contents[f"{dist_info}/METADATA"].decode()


def test_the_record_is_right(contents: dict[str, bytes], dist_info: str) -> None:
    rows = list(csv.reader(io.StringIO(contents[f"{dist_info}/RECORD"].decode())))
    assert sorted(row[0] for row in rows) == sorted(contents)
    for name, digest, _ in rows:
        if name != f"{dist_info}/RECORD":
            expected = base64.urlsafe_b64encode(hashlib.sha256(contents[name]).digest()).rstrip(b"=").decode()
            assert digest == f"sha256={expected}", name
