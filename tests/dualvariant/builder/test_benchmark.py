"""``build --bench``: what is said of variants that are faster, that cannot be measured, and of commands that fail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dualvariant.builder.declaration.job import Job
from dualvariant.builder.declaration.parse import InvalidDeclarationError, parse_declaration
from dualvariant.builder.declaration.request import BuildRequest, resolve_request
from dualvariant.builder.run.result import BuildResult
from dualvariant.builder.verify.cpus import find_missing_on_host
from dualvariant.cli._build_table import summarize
from dualvariant.core.errors import UsageError
from dualvariant.core.platforms import find_host_platform
from tool import Tool
from variantlib.meta import VariantDescription

from .projects import SOURCE, write_project

V3 = VariantDescription.from_strings(["x86_64 :: level :: v3"])
#: Code that waits where it is compiled for less than v3: the truth does not depend on how busy this machine is.
WAITING = SOURCE.replace(
    "    double sum = 0.0, scale;",
    "    double sum = 0.0, scale;\n#ifndef __AVX2__\n    usleep(600000);\n#endif",
).replace("#include <Python.h>", "#include <Python.h>\n#include <unistd.h>")
DECLARATION = """\
[tool.variantlib.build]
cflags = ["-O3"]
benchmark = 'python -c "import tiny; tiny.dot(1.5)"'
[tool.variantlib.build.linux_x86_64]
variants = ["x86_64 :: level :: v3"]
"""


@pytest.mark.usefixtures("compiler")
@pytest.mark.skipif(
    find_host_platform() != "linux_x86_64" or find_missing_on_host(Job("linux_x86_64", V3)) is not None,
    reason="this host does not run the variant",
)
def test_a_variant_that_is_faster_a_command_that_fails_and_none(
    tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
) -> None:
    project = write_project(tmp_path / "tiny", DECLARATION)
    (project / "tiny.c").write_text(WAITING)
    out = tmp_path / "out"

    def build(*more: str) -> tuple[dict[str, Any], str]:
        done = tool("build", project, "-o", out, "--json", *more, environment=build_environment)
        standard, v3 = json.loads(done.stdout)
        assert standard["benchmark"] is None
        found = v3["benchmark"]
        assert found is None or isinstance(found, dict)
        return found or {}, done.stderr

    found, stderr = build("--bench-seconds", "1")
    assert "benchmark: 10 rounds of 3 runs" in stderr
    assert found["verdict"] == "faster" and 1 < found["low"] <= found["ratio"] <= found["high"]
    assert found["rounds"] == 10 and found["noise"] >= 1 and found["cpu"].startswith("this host")
    kept = json.loads((out / "logs" / "linux_x86_64-benchmark.json").read_text())
    assert {name: len(times) for name, times in kept["seconds"].items()}.items() >= {"the standard wheel": 10}.items()
    wheels = {path.name: path.read_bytes() for path in out.glob("*.whl")}

    found, stderr = build("--bench", "echo no such file >&2; exit 7")
    assert found["verdict"] == "not measured"
    assert "the standard wheel cannot be measured: the benchmark failed (exit code 7)" in found["reason"]
    assert "no such file" in stderr  # the end of its output

    found, _ = build("--no-smoke")
    assert found == {}
    assert {path.name: path.read_bytes() for path in out.glob("*.whl")} == wheels


def make_result(tmp_path: Path, variant: VariantDescription | None, bench: Mapping[str, Any] | None) -> BuildResult:
    file = tmp_path / f"tiny-1.0-{'v' if variant else 's'}.whl"
    file.write_bytes(b"x" * 12345)
    audit = {"level": "v3", "verdict": "not judged"}
    smoke = {"failed": False, "proof": True, "summary": "ran on v3", "runs": [{"what": "claimed", "outcome": "ran"}]}
    return BuildResult(
        Job("linux_x86_64", variant), tmp_path / "log", 99.9, file.name, file, audit=audit, smoke=smoke, bench=bench
    )


@pytest.mark.parametrize(
    ("verdict", "ratio", "cell", "words"),
    [
        ("faster", 2.5, "+150±10%", "2.50 times as fast as the standard wheel (2.45 to 2.60 times as fast with 97.5%"),
        ("slower", 0.8, "-20±10%", "0.80 times as fast as the standard wheel (0.75 to 0.90"),
        ("no difference", 1.01, "none", "no difference to the standard wheel can be told (0.96 to 1.11"),
    ],
)
def test_the_table_says_gain_and_noise_in_80_columns(
    tmp_path: Path, verdict: str, ratio: float, cell: str, words: str
) -> None:
    bench = {"verdict": verdict, "ratio": ratio, "low": ratio - 0.05, "high": ratio + 0.1}
    bench |= {"noise": 1.02, "confidence": 0.975, "rounds": 12}
    text = summarize([make_result(tmp_path, None, None), make_result(tmp_path, V3, bench)])
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].endswith("tried  gain") and lines[1].endswith("-") and lines[2].endswith(cell)
    joined = " ".join(text.split())
    assert words in joined and "12 rounds; the standard wheel differs from itself by up to 2.0%)" in joined
    assert "ran: on a processor that has what the label asks for and no more" in lines


def test_nothing_measured_no_column(tmp_path: Path) -> None:
    assert "gain" not in summarize([make_result(tmp_path, V3, None)])


PYPROJECT: dict[str, Any] = {
    "tool": {"variantlib": {"build": {"linux_x86_64": {"variants": ["x86_64 :: level :: v3"]}}}}
}


def test_what_a_declaration_and_the_command_line_say() -> None:
    table = {**PYPROJECT["tool"]["variantlib"]["build"], "benchmark": ["a", "b"], "benchmark-requires": ["numpy"]}
    document = {"tool": {"variantlib": {"build": table}}}
    declared = resolve_request(BuildRequest(), document, "p").benchmark
    assert declared is not None
    assert (declared.command, declared.requires, declared.seconds) == ("a && b", ("numpy",), 60.0)
    typed = resolve_request(BuildRequest(bench="c", bench_seconds=5), document, "p").benchmark
    assert typed is not None and (typed.command, typed.requires, typed.seconds) == ("c", (), 5)
    assert resolve_request(BuildRequest(), PYPROJECT, "p").benchmark is None


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (BuildRequest(bench_requires=("numpy",)), "--bench-requires needs --bench"),
        (BuildRequest(bench_seconds=5.0), "--bench-seconds needs a benchmark"),
    ],
)
def test_options_without_a_benchmark(request_: BuildRequest, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        resolve_request(request_, PYPROJECT, "p")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"benchmark": 3}, "benchmark: must be a command"),
        ({"benchmark": "a", "benchmark-requires": ["!"]}, "not a requirement"),
        ({"benchmark-requires": ["numpy"]}, "there is no 'benchmark' that has these requirements"),
    ],
)
def test_declarations_that_cannot_be_used(more: Mapping[str, Any], words: str) -> None:
    table = {**PYPROJECT["tool"]["variantlib"]["build"], **more}
    with pytest.raises(InvalidDeclarationError, match=words):
        parse_declaration({"tool": {"variantlib": {"build": table}}}, "p")


def test_a_benchmark_needs_wheels_that_run(tmp_path: Path, tool: Tool) -> None:
    stderr = tool("build", tmp_path, "-o", tmp_path, "--bench", "true", "--no-smoke", code=2).stderr
    assert "--bench runs the wheels, and --no-smoke runs none" in stderr
