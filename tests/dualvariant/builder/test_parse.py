"""``[tool.variantlib.build]``: what it means, and every way in which it can be wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dualvariant.builder.declaration.job import BuildSettings, Job, select_machine_flags
from dualvariant.builder.declaration.parse import read_declaration
from dualvariant.cli import main
from dualvariant.core.errors import BadDataError, UnreadableFileError, UsageError
from tool import Tool
from variantlib.meta import VariantDescription

GOOD = """
[tool.variantlib.build]
cflags = ["-O3"]
ldflags = ["-Wl,--as-needed"]
[tool.variantlib.build.linux_x86_64]
variants = ["x86_64 :: level :: v3", ["x86_64 :: level :: v4", "x86_64 :: avx512_bf16 :: on"]]
[tool.variantlib.build.linux_aarch64]
variants = []
"""


def write_declaration(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "pyproject.toml"
    path.write_text(text)
    return path


def test_each_platform_has_a_standard_wheel_and_its_variants(tmp_path: Path) -> None:
    declaration = read_declaration(write_declaration(tmp_path, GOOD))
    v3 = VariantDescription.from_strings(["x86_64 :: level :: v3"])
    both = VariantDescription.from_strings(["x86_64 :: avx512_bf16 :: on", "x86_64 :: level :: v4"])
    settings = BuildSettings({"CFLAGS": ("-O3",), "CXXFLAGS": ("-O3",), "LDFLAGS": ("-Wl,--as-needed",)})
    assert declaration.jobs == (
        Job("linux_x86_64", None, settings),
        Job("linux_x86_64", v3, settings),
        Job("linux_x86_64", both, settings),
        Job("linux_aarch64", None, settings),
    )
    assert declaration.flags == {"CFLAGS": ("-O3",), "CXXFLAGS": ("-O3",), "LDFLAGS": ("-Wl,--as-needed",)}


def test_names_of_jobs_tell_them_apart(tmp_path: Path) -> None:
    names = [job.name for job in read_declaration(write_declaration(tmp_path, GOOD)).jobs]
    assert names == ["linux_x86_64-standard", "linux_x86_64-a496bd9c", names[2], "linux_aarch64-standard"]
    assert len(set(names)) == 4


def test_only_one_platform(tmp_path: Path) -> None:
    declaration = read_declaration(write_declaration(tmp_path, GOOD))
    assert declaration.select_platforms([]) == declaration
    assert {job.platform for job in declaration.select_platforms(["linux_aarch64"]).jobs} == {"linux_aarch64"}
    with pytest.raises(UsageError, match="linux_arm64") as caught:
        declaration.select_platforms(["linux_arm64"])
    assert "linux_aarch64" in str(caught.value.next_step)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[tool]\nx = 1", "tool.variantlib.build: there is no such table"),
        ("[tool.variantlib]\nbuild = 1", "tool.variantlib.build: there is no such table"),
        ("[tool.variantlib.build]\ncflags = []", "no platform is declared"),
        ("[tool.variantlib.build]\ncflgs = []", "tool.variantlib.build.cflgs: unknown key, did you mean 'cflags'?"),
        ("[tool.variantlib.build.linux_x86]\nvariants = []", "did you mean 'linux_x86_64'?"),
        ("[tool.variantlib.build.linux_x86_64]\nvariant = []", "linux_x86_64.variant: unknown key, did you mean"),
        ("[tool.variantlib.build]\ncflags = '-O3'\nlinux_x86_64 = {}", "cflags: must be a list of strings"),
        ("[tool.variantlib.build]\nlinux_x86_64 = 1", "linux_x86_64: must be a table"),
        ("[tool.variantlib.build]\nlinux_x86_64 = {variants = 'x'}", "variants: must be a list"),
        ("[tool.variantlib.build]\nlinux_x86_64 = {variants = [1]}", "variants[0]: must be a property or a list"),
        ("[tool.variantlib.build]\nlinux_x86_64 = {variants = [['a :: b :: c', 1]]}", "variants[0]: must be"),
        ("[tool.variantlib.build]\nlinux_x86_64 = {variants = [[]]}", "variants[0]"),
        ("[tool.variantlib.build]\nlinux_x86_64 = {variants = ['v3']}", "variants[0]: no configuration of that name"),
        ("[tool.variantlib.build]\nlinux_x86_64 = {variants = ['x :: v3']}", "variants[0]: Invalid format"),
        (
            "[tool.variantlib.build]\nlinux_x86_64 = {variants = ['a :: b :: c', ['a::b::c']]}",
            "variants[1]: tool.variantlib.build.linux_x86_64.variants[0] is the same variant",
        ),
        (
            "[tool.variantlib.build]\nlinux_x86_64 = {variants = "
            "[['a :: b :: cx', 'd :: e :: f'], ['a :: b :: c', 'xd :: e :: f']]}",
            "has the same hash, 98a0872e",
        ),
        ("[tool.variantlib.build]\ncflags = ['-march=native']\nlinux_x86_64 = {}", "'-march=native' chooses"),
        ("[tool.variantlib.build]\ncflags = ['-mavx2']\nlinux_x86_64 = {}", "'-mavx2' chooses"),
        ("[tool.variantlib.build", "is not TOML"),
    ],
)
def test_each_problem_is_named_with_its_path(tmp_path: Path, text: str, problem: str) -> None:
    path = write_declaration(tmp_path, text)
    with pytest.raises(BadDataError) as caught:
        read_declaration(path)
    assert problem in str(caught.value)
    assert str(path) in str(caught.value)


def test_all_problems_are_reported_at_once(tmp_path: Path, tool: Tool) -> None:
    write_declaration(tmp_path, "[tool.variantlib.build]\nclfags = []\nlinux_x86_64 = {variants = ['v3', 7], x = 1}")
    stderr = tool("build", tmp_path, "--list", code=5).stderr
    for word in ("clfags", "variants[0]", "variants[1]", "linux_x86_64.x"):
        assert word in stderr


def test_no_source_tree(tmp_path: Path, tool: Tool) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "missing", tmp_path / "file"):
        assert str(path) in tool("build", path, "-o", tmp_path, code=2).stderr


def test_list_shows_every_job_and_builds_nothing(tmp_path: Path, tool: Tool) -> None:
    write_declaration(tmp_path, GOOD)
    assert tool("build", tmp_path, "--list").stdout.splitlines() == [
        "linux_x86_64   -         standard wheel",
        "linux_x86_64   a496bd9c  x86_64 :: level :: v3",
        "linux_x86_64   36467551  x86_64 :: avx512_bf16 :: on, x86_64 :: level :: v4",
        "linux_aarch64  -         standard wheel",
    ]
    document = json.loads(tool("build", tmp_path, "--list", "--json", "--platform", "linux_aarch64").stdout)
    assert document == [{"platform": "linux_aarch64", "dialect": "standard", "label": None, "properties": []}]
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == ["pyproject.toml"]


def test_usage(tmp_path: Path, tool: Tool) -> None:
    write_declaration(tmp_path, GOOD)
    assert "-o DIR" in tool("build", tmp_path, code=2).stderr
    assert "--jobs" in tool("build", tmp_path, "-o", tmp_path, "-j", "0", code=2).stderr
    assert "linux_aarch64" in tool("build", tmp_path, "--list", "--platform", "linux_arm64", code=2).stderr


@pytest.mark.parametrize(
    ("flag", "chooses"),
    [
        ("-march=native", True),
        ("-mcpu=native", True),
        ("-mtune=native", True),
        ("-march=haswell", True),
        ("-mavx2", True),
        ("-mfma", True),
        ("-msse4.2", True),
        ("-march=x86-64", False),
        ("-march=armv8-a", False),
        ("-mtune=generic", False),
        ("-mno-avx", False),
        ("-O3", False),
        ("-mprefer-vector-width=512", False),
    ],
)
def test_flags_that_choose_an_instruction_set(flag: str, chooses: bool) -> None:
    assert select_machine_flags(["-g", flag]) == ([flag] if chooses else [])


@pytest.mark.parametrize("whole", [False, True])
def test_a_declaration_that_cannot_be_read(whole: bool, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="Is a directory"):
        read_declaration(tmp_path, whole=whole)


@pytest.mark.parametrize(
    "words", [["--max-wheels", "0"], *(["--bench", "true", "--bench-seconds", text] for text in ("nan", "inf", "-1"))]
)
def test_numbers_that_mean_nothing_are_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", ".", "--list", *words]) == 2
    assert f"error: {words[-2]} must be" in capsys.readouterr().err


@pytest.mark.parametrize("other", ["--list", "--json"])
def test_a_workflow_has_no_other_form(other: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", ".", "--emit", "github", other]) == 2
    assert "--emit prints a workflow" in capsys.readouterr().err
