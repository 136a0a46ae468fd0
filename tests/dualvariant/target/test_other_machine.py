"""Tags for another machine: those that pip computes for the same options."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dualvariant.core.errors import UsageError
from dualvariant.target.interpreter import Interpreter
from dualvariant.target.other_machine import OtherMachine
from dualvariant.target.probe import InterpreterProbe

#: Reads one list of settings, answers with pip's tags for each of them.
_ORACLE = """
import json, sys
from pip._internal.cli.cmdoptions import _convert_python_version
from pip._internal.models.target_python import TargetPython
def tags(platform=None, python_version=None, implementation=None, abi=None):
    version, _ = _convert_python_version(python_version)
    found = TargetPython(platform and platform.split(), version, abi and abi.split(), implementation)
    return [".".join(map(str, found.py_version_info)), [str(tag) for tag in found.get_sorted_tags()]]
json.dump([tags(**{k.replace("-", "_"): v for k, v in one.items()}) for one in json.load(sys.stdin)], sys.stdout)
"""

SETTINGS = [
    {"platform": "manylinux2014_aarch64"},
    {"platform": "manylinux2014_x86_64", "python-version": "3.12"},
    {"platform": "manylinux2014_x86_64 manylinux_2_28_x86_64", "python-version": "312"},
    {"platform": "manylinux2010_i686", "python-version": "3.9.1"},
    {"platform": "macosx_11_0_arm64", "python-version": "3.13"},
    {"platform": "macosx_10_9_universal2", "python-version": "3"},
    {"platform": "macosx_odd", "python-version": "27"},
    {"platform": "ios_13_0_arm64_iphoneos"},
    {"platform": "android_24_arm64_v8a"},
    {"platform": "win_amd64", "implementation": "pp", "abi": "pypy310_pp73", "python-version": "3.10"},
    {"implementation": "py"},
    {"implementation": "pp"},
    {"abi": "cp310 abi3"},
    {"abi": "none"},
    {"python-version": "3.14"},
    {"python-version": "3.7"},
    {"python-version": "3"},
]


@pytest.fixture(scope="module")
def target() -> Interpreter:
    with InterpreterProbe(Path(sys.executable)) as probe:
        return probe.interpreter()


def test_the_tags_are_those_of_pip(target: Interpreter) -> None:
    run = subprocess.run(
        [sys.executable, "-c", _ORACLE], input=json.dumps(SETTINGS), capture_output=True, text=True, check=True
    )
    for settings, (version, tags) in zip(SETTINGS, json.loads(run.stdout), strict=True):
        machine = OtherMachine.from_settings(settings)
        assert machine is not None
        found = machine.describe(target)
        assert found.tags == tuple(dict.fromkeys(tags)), settings
        assert found.version == version, settings


def test_without_such_settings_nothing_changes() -> None:
    assert OtherMachine.from_settings({"platform": "", "cert": "x"}) is None


@pytest.mark.parametrize("version", ["3.x", "3.9.1.2", "three"])
def test_what_is_no_version_is_refused(version: str) -> None:
    with pytest.raises(UsageError):
        OtherMachine.from_settings({"python-version": version})
