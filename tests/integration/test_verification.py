"""``install --verify``: a variant whose label is true and whose code is not never stays, and is not tried twice."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import clients
import emulation
from natives import LOOPS, compiled, native_wheel
from samples import make_wheel
from tool import Tool

LEVEL = "x86_64 :: level :: {}"
ILLEGAL = "import os, signal\nos.kill(os.getpid(), signal.SIGILL)\n"
REFUSED = "raise ImportError(f'{__file__}: CPU ISA level is lower than required')\n"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A release whose best two variants do not run, and a project that needs it."""
    folder = tmp_path / "wheels"
    make_wheel(folder, "demo", "1.0")
    make_wheel(folder, "demo", "1.0", properties=[LEVEL.format("v3")], body=ILLEGAL)
    make_wheel(folder, "demo", "1.0", properties=[LEVEL.format("v2")], body=REFUSED)
    make_wheel(folder, "app", "1.0", requires=["demo"])
    return folder


@pytest.fixture
def v3(tool: Tool) -> Tool:
    """The command on a host of level v3."""
    tool.environment["DUALVARIANT_X86_64"] = "v3"
    return tool


def install(
    tool: Tool, wheels: Path, target: Path, *more: str | Path, **options: Any
) -> subprocess.CompletedProcess[str]:
    line: Sequence[str | Path] = ["--no-index", "-f", wheels, "--python", target, *more]
    return tool("install", *line, **options)


def installed(tool: Tool, target: Path) -> dict[str, Any]:
    """What ``list`` says of the release."""
    found = json.loads(tool("list", "--all", "--json", "--python", target).stdout)
    (demo,) = [each for each in found if each["name"] == "demo"]
    assert isinstance(demo, dict)
    return demo


def test_the_next_best_wheel_takes_the_place_down_to_the_standard_one(
    v3: Tool, wheels: Path, target: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    first = install(v3, wheels, target, "app", "--verify", "--report", report)
    assert first.stderr.count("does not run on this CPU") == 2
    assert "illegal instruction" in first.stderr and "refused" in first.stderr
    found = installed(v3, target)
    assert (found["label"], [each["outcome"] for each in found["failed"]]) == (
        None,
        ["illegal instruction", "refused"],
    )
    v3.run(target, "-c", "import demo")
    urls = {
        item["metadata"]["name"]: item["download_info"]["url"] for item in json.loads(report.read_text())["install"]
    }
    assert {name: url.rpartition("/")[2] for name, url in urls.items()} == {
        "app": "app-1.0-py3-none-any.whl",
        "demo": "demo-1.0-py3-none-any.whl",
    }
    shown = v3("list", "--python", target).stdout
    assert "is not installed again: its import failed on this CPU on 2" in shown
    explained = json.loads(v3("explain", "demo", "--no-index", "-f", wheels, "--python", target, "--json").stdout)
    verdicts = {each["label"]: each["reason"] for each in explained["projects"][0]["candidates"]}
    assert sum("its import failed on this CPU" in reason for reason in verdicts.values()) == 2

    # What happened here says nothing of the host of a profile.
    other = clients.make_target(tmp_path / "other")
    install(v3, wheels, other, "demo", "--profile", v3.level("v3"))
    assert installed(v3, other)["properties"] == [LEVEL.format("v3")]
    # On the same CPU nothing is tried again, and a variant that has failed is exchanged, wherever it comes from.
    again = install(v3, wheels, other, "demo", "--verify")
    assert "does not run" not in again.stderr and installed(v3, other)["label"] is None


@pytest.mark.parametrize("engine", ["pip", "uv"])
def test_what_another_wheel_needs_is_installed_with_it(engine: str, v3: Tool, tmp_path: Path, target: Path) -> None:
    """Of the wheel that takes the place of one that does not run, and of one that is asked for; extras count too."""
    v3.environment["PATH"] = f"{clients.uv().parent}{os.pathsep}{v3.environment['PATH']}"
    folder, extra = tmp_path / "wheels", ["Provides-Extra: x"]
    for name in ("blas", "more", "third"):
        make_wheel(folder, name, "1.0")
    needs = ["blas", "more; extra == 'x'"]
    make_wheel(folder, "demo", "1.0", properties=[LEVEL.format("v3")], body=ILLEGAL, headers=extra)
    make_wheel(folder, "demo", "1.0", properties=[LEVEL.format("v2")], requires=needs, headers=extra)
    make_wheel(folder, "demo", "1.0", requires=["third"])
    install(v3, folder, target, "demo[x]", "--verify", "--engine", engine)
    v3.run(target, "-c", "import demo, blas, more")
    if engine == "pip":  # uv looks after the needs of what it exchanges by itself
        install(v3, folder, target, "demo", "--no-variant")
        v3.run(target, "-c", "import demo, third; assert not demo.PROPERTIES")


def test_a_project_on_this_machine_is_built_once(v3: Tool, wheels: Path, target: Path, tmp_path: Path) -> None:
    """It needs what gets another wheel; that alone is installed again."""
    project, log = tmp_path / "project", tmp_path / "built"
    project.mkdir()
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["."]\n'
    )
    made = make_wheel(tmp_path, "local", "1.0", requires=["demo"])
    (project / "own.py").write_text(
        "import pathlib, shutil\n"
        "def build_wheel(folder, config_settings=None, metadata_directory=None):\n"
        f"    with open({str(log)!r}, 'a') as file: file.write('x')\n"
        f"    return pathlib.Path(shutil.copy({str(made)!r}, folder)).name\n"
    )
    found = install(v3, wheels, target, str(project), "app", "--verify")
    assert found.stderr.count("does not run on this CPU") == 2
    assert installed(v3, target)["label"] is None
    v3.run(target, "-c", "import demo, local, app")
    assert log.read_text() == "x"


@pytest.mark.parametrize("engine", ["pip", "uv"])
@pytest.mark.parametrize(("option", "setting"), [("--require-hashes", {}), (None, {"PIP_REQUIRE_HASHES": "1"})])
def test_the_next_best_wheel_has_one_of_the_listed_hashes(
    engine: str, option: str | None, setting: dict[str, str], v3: Tool, wheels: Path, target: Path, tmp_path: Path
) -> None:
    listed = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in wheels.glob("demo-*.whl")}
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("demo==1.0 " + " ".join(f"--hash=sha256:{digest}" for digest in listed.values()) + "\n")
    v3.environment["PATH"] = f"{clients.uv().parent}{os.pathsep}{v3.environment['PATH']}"
    line: list[str | Path] = ["-r", requirements, "--verify", "--engine", engine, *([option] if option else [])]
    install(v3, wheels, target, *line, environment=setting)
    assert installed(v3, target)["label"] is None
    v3.run(target, "-c", "import demo")


def test_uv_installs_the_next_best_wheel_too(v3: Tool, wheels: Path, target: Path) -> None:
    v3.environment["PATH"] = f"{clients.uv().parent}{os.pathsep}{v3.environment['PATH']}"
    found = install(v3, wheels, target, "app", "--verify", "--engine", "uv")
    assert found.stderr.count("does not run on this CPU") == 2
    assert installed(v3, target)["label"] is None
    v3.run(target, "-c", "import demo, app")


def test_a_variant_that_runs_again_is_no_failure_any_more(v3: Tool, tmp_path: Path, target: Path) -> None:
    """An exception that no machine code causes is no failure either, and the settings can ask for all this."""
    folder, flag = tmp_path / "wheels", tmp_path / "flag"
    body = (
        f"import os\nif os.path.exists({str(flag)!r}): os.abort()\nif os.environ.get('BREAK'): raise ValueError('x')\n"
    )
    make_wheel(folder, "demo", "1.0", properties=[LEVEL.format("v3")], body=body)
    make_wheel(folder, "demo", "1.0")
    (v3.home / "variant.toml").write_text("[variantlib]\nverify = true\n")
    flag.touch()
    install(v3, folder, target, "demo")
    assert installed(v3, target)["failed"]
    flag.unlink()
    line = ["demo", "--retry-failed", "--force-reinstall"]
    broken = install(v3, folder, target, *line, environment={"BREAK": "1"})
    assert "was not verified: its import failed (ValueError: x)" in broken.stderr
    install(v3, folder, target, *line)
    assert "failed" not in installed(v3, target) and installed(v3, target)["label"] is not None


def test_where_nothing_else_fits_the_command_says_so(v3: Tool, tmp_path: Path, target: Path) -> None:
    make_wheel(tmp_path / "wheels", "demo", "1.0", properties=[LEVEL.format("v3")], body=ILLEGAL)
    found = install(v3, tmp_path / "wheels", target, "demo", "--verify", code=1, error="does-not-run")
    assert "demo 1.0 (illegal instruction)" in found.stderr
    install(v3, tmp_path / "wheels", target, "demo", "--force-reinstall", code=3, error="nothing-fits")


def test_verification_is_about_this_cpu(v3: Tool, wheels: Path, target: Path) -> None:
    profile = v3.level("v3")
    install(v3, wheels, target, "demo", "--profile", profile, "--verify", code=2, error="conflicting-options")


def test_a_real_illegal_instruction_in_another_place(v3: Tool, tmp_path: Path, target: Path) -> None:
    """An extension module with ``ud2``, in a folder that the interpreter does not look into by itself."""
    tag = f"cp3{sys.version_info.minor}-cp3{sys.version_info.minor}-linux_x86_64"
    bad = LOOPS.replace("{ return PyModule_Create", "{ __builtin_trap(); return PyModule_Create")
    files = {"kernels/__init__.py": b"", "kernels/tiny.so": compiled(tmp_path / "bad", source=bad)}
    variant = native_wheel(tmp_path / "variant", files, [LEVEL.format("v3")], tag=tag)
    files["kernels/tiny.so"] = compiled(tmp_path / "good")
    standard = native_wheel(tmp_path / "plain", files, tag=tag)
    folder, place = tmp_path / "wheels", tmp_path / "place"
    folder.mkdir()
    for wheel in (variant, standard):
        wheel.rename(folder / wheel.name)
    found = install(v3, folder, target, "native", "--verify", "--target", place)
    assert f"{variant.name} does not run on this CPU (illegal instruction)" in found.stderr
    v3.run(target, "-c", f"import sys; sys.path.insert(0, {str(place)!r}); import kernels.tiny")


#: A module that uses 256-bit integers (AVX2) when it is imported, which a Nehalem does not have.
AVX2 = LOOPS.replace(
    "{ return PyModule_Create", '{ __asm__ volatile ("vpaddd %ymm0, %ymm0, %ymm0"); return PyModule_Create'
)


def test_a_true_label_with_false_code_on_an_emulated_cpu(tool: Tool, tmp_path: Path, target: Path) -> None:
    """The label says v2, which a Nehalem is, and the code is of v3; the failure counts on that CPU alone."""
    tag = f"cp3{sys.version_info.minor}-cp3{sys.version_info.minor}-linux_x86_64"
    folder = tmp_path / "wheels"
    folder.mkdir()
    files = {"kernels/__init__.py": b"", "kernels/tiny.so": compiled(tmp_path / "avx2", source=AVX2)}
    variant = native_wheel(tmp_path / "variant", files, [LEVEL.format("v2")], tag=tag)
    files["kernels/tiny.so"] = compiled(tmp_path / "plain")
    standard = native_wheel(tmp_path / "standard", files, tag=tag)
    for wheel in (variant, standard):
        wheel.rename(folder / wheel.name)
    # uv takes a third of the time that pip takes on an emulated CPU.
    tool.environment["PATH"] = f"{clients.uv().parent}{os.pathsep}{tool.environment['PATH']}"
    line = ["install", "native", "--no-index", "-f", str(folder), "--python", str(target), "--verify", "--engine", "uv"]
    found = tool.run(*emulation.x86_tree("Nehalem", sys.executable, "-m", "dualvariant", *line))
    assert f"{variant.name} does not run on this CPU (illegal instruction)" in found.stderr
    tool.run(*emulation.x86("Nehalem", target, "-c", "import kernels.tiny"))
    native = json.loads(tool("list", "--all", "--json", "--python", target).stdout)
    assert not [each for each in native if "failed" in each], "this machine's CPU is another one"
    (kept,) = tool.home.glob("**/failed-wheels/failures.json")
    assert [each["outcome"] for each in json.loads(kept.read_text())["failures"]] == ["illegal instruction"]


@pytest.mark.parametrize("options", [["--force-reinstall"], ["--target", "there"]])
def test_what_has_no_other_wheel_keeps_none_from_its_place(
    options: list[str], v3: Tool, tmp_path: Path, target: Path
) -> None:
    """Also where the installer is told to install again what is there."""
    folder = tmp_path / "wheels"
    make_wheel(folder, "demo", "1.0", properties=[LEVEL.format("v3")], body=ILLEGAL)
    make_wheel(folder, "demo", "1.0")
    make_wheel(folder, "other", "1.0", properties=[LEVEL.format("v3")], body=ILLEGAL)
    found = install(v3, folder, target, "demo", "other", "--verify", *options, code=1, error="does-not-run")
    assert "other 1.0 (illegal instruction)" in found.stderr and "No matching" not in found.stderr
    v3.run(target, "-c", "import sys; sys.path.insert(0, 'there'); import demo")
