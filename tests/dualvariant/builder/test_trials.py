"""Trials of finished wheels: when they are made again, what they prove, and what is imported."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import emulation
from dualvariant.builder.verify.fetch import EmulatorsError, fetch_emulators, use_emulators
from dualvariant.core.platforms import find_host_platform
from dualvariant.core.report import Reporter
from dualvariant.trial.modules import list_wheel_modules
from natives import compiled, native_wheel
from tool import Tool

from .projects import write_dispatch, write_project

pytestmark = [
    pytest.mark.usefixtures("compiler"),
    pytest.mark.skipif(find_host_platform() != "linux_x86_64", reason="builds are for Linux on x86-64"),
]

STANDARD = "[tool.variantlib.build]\nlinux_x86_64 = {}\n"


def build(tool: Tool, project: Path, environment: Mapping[str, str], *more: str, code: int = 0) -> dict[str, Any]:
    out = project.parent / "out"
    (result,) = json.loads(
        tool("build", project, "-o", out, "--json", *more, environment=environment, code=code).stdout
    )
    assert isinstance(result, dict)
    return result


@pytest.fixture
def emulators() -> str:
    """The folder of the emulators."""
    emulation.x86("qemu64", "true")
    return os.environ["DUALVARIANT_EMULATORS"]


@pytest.fixture
def bare(tmp_path: Path, build_environment: Mapping[str, str]) -> dict[str, str]:
    """An environment of builds that finds no emulator."""
    return {**build_environment, "DUALVARIANT_EMULATORS": "", "DUALVARIANT_CACHE_DIR": str(tmp_path / "caches")}


def test_an_emulator_that_appears_later_is_used(
    tmp_path: Path, tool: Tool, bare: dict[str, str], emulators: str
) -> None:
    project = write_project(tmp_path / "tiny", STANDARD)
    first = build(tool, project, bare)
    assert not first["smoke"]["proof"]
    assert "this host (v" in first["smoke"]["summary"] and "v1 (this host)" not in first["smoke"]["summary"]
    second = build(tool, project, bare, "--emulators", emulators)
    assert second["kept"] and second["smoke"]["proof"]
    assert "qemu64, emulated" in second["smoke"]["summary"]
    third = build(tool, project, bare, "--no-smoke")
    assert third["kept"] and third["smoke"] is None


def test_declared_dispatch_is_proven_by_a_trial(
    tmp_path: Path, tool: Tool, bare: dict[str, str], emulators: str
) -> None:
    project = write_dispatch(tmp_path / "tiny")
    without = build(tool, project, bare, code=1)
    assert "a run on a processor of the label has to prove it" in without["unproven"]
    proven = build(tool, project, bare, "--emulators", emulators)
    assert proven["wheel"] and proven["audit"]["verdict"] == "not judged"
    assert proven["smoke"]["proof"], "kernels is not imported: the package chooses it"
    assert any("tiny_pick imports it" in text for text in proven["audit"]["warnings"])
    assert proven["flags"]["own_flags"] == {"kernels.c": ["-mavx2"]}
    assert "tiny_pick imports it" in tool("audit", proven["wheel"]).stdout


@pytest.mark.parametrize("entry", ["file = 3", 'file = "a"\nfeature = "avx"', 'fil = "a"'])
def test_declarations_that_say_too_little(tmp_path: Path, tool: Tool, entry: str) -> None:
    project = write_project(tmp_path / "tiny", f"{STANDARD}[[tool.variantlib.build.audit.allow]]\n{entry}\n")
    stderr = tool("build", project, "--list", code=5).stderr
    assert "tool.variantlib.build.audit.allow[0]" in stderr and "invalid-declaration" in stderr


def test_what_python_would_import(tmp_path: Path) -> None:
    tag = f"cp{sys.version_info.major}{sys.version_info.minor}"
    module = compiled(tmp_path / "a", "-O1")
    library = compiled(tmp_path / "b", source="int seven(void) { return 7; }\n")
    files = {
        "pkg/__init__.py": b"",
        "pkg/tiny.abi3.so": module,
        "pkg/other.abi3.so": module,  # its PyInit has another name, so no import finds it
        "pkg/_raw.abi3.so": library,
        "pkg/sub/tiny.so": module,
        "top.so": library,
        "libtop.so.1": library,
    }
    wheel = native_wheel(tmp_path, files, tag=f"{tag}-{tag}-linux_x86_64")
    found = list_wheel_modules(wheel)
    assert ("pkg" in found.packages, "top" in found.packages) == (True, False)
    assert found.modules == ("pkg.sub.tiny", "pkg.tiny")
    assert list_wheel_modules(wheel, ["pkg/sub/tiny.so"]).modules == ("pkg.tiny",)


def test_emulators_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EmulatorsError, match="no emulators are there"):
        use_emulators(str(tmp_path), Reporter())
    monkeypatch.setenv("DUALVARIANT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EmulatorsError, match="no apt-get here"):
        fetch_emulators(Reporter())
    programs = tmp_path / "cache" / "emulators" / "qemu" / "usr" / "bin"
    programs.mkdir(parents=True)
    for name in ("qemu-x86_64-static", "qemu-aarch64-static"):
        (programs / name).write_text("")
        (programs / name).chmod(0o755)
    assert fetch_emulators(Reporter()) == tmp_path / "cache" / "emulators"  # nothing is fetched twice
