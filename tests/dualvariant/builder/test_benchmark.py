"""``build --bench``: what is said of variants that are faster, that cannot be measured, and of commands that fail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dualvariant.builder.declaration.benchmark import Benchmark
from dualvariant.builder.declaration.job import Job
from dualvariant.builder.declaration.parse import InvalidDeclarationError, parse_declaration
from dualvariant.builder.declaration.request import BuildRequest, resolve_request
from dualvariant.builder.run.benchmark import Bench, bench_wheels
from dualvariant.builder.run.result import BuildResult
from dualvariant.builder.verify.cpus import find_missing_on_host
from dualvariant.cli._build_table import summarize
from dualvariant.core.errors import UsageError
from dualvariant.core.platforms import find_host_platform
from dualvariant.core.processes import Children
from dualvariant.core.report import Reporter
from samples import make_wheel
from tool import Tool
from variantlib.meta import VariantDescription

from .projects import write_project

V3 = VariantDescription.from_strings(["x86_64 :: level :: v3"])
DECLARATION = """\
[tool.variantlib.build]
cflags = ["-O3"]
benchmark = 'python -c "import tiny; tiny.dot(1.5)"'
[tool.variantlib.build.linux_x86_64]
variants = ["x86_64 :: level :: v3"]
"""


HERE = pytest.mark.skipif(
    find_host_platform() != "linux_x86_64" or find_missing_on_host(Job("linux_x86_64", V3)) is not None,
    reason="this host does not run the variant",
)


class Hearing(Reporter):
    """Keeps what is reported."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def progress(self, message: str) -> None:
        self.said.append(message)

    def warn(self, message: str) -> None:
        self.said.append(message)


#: What a wheel has that says itself how long it takes, 5 % more or less. The numbers follow from what is in the file
#: already, so that they are the same in each run of this test.
RUN = """
import os, random, sys
def run():
    with open(sys.argv[1], "a") as file:
        share = random.Random(os.path.getsize(sys.argv[1])).uniform(0.95, 1.05)
        file.write(f"{SECONDS * share:.6f}\\n")
"""


@HERE
@pytest.mark.parametrize(("seconds", "verdict"), [(0.25, "faster"), (0.5, "no difference")])
def test_what_each_run_takes_decides(tmp_path: Path, seconds: float, verdict: str) -> None:
    """The clock moves only by what each wheel says of itself: this machine has no say."""
    clock = tmp_path / "clock"
    clock.touch()

    def read_clock() -> float:
        return sum(map(float, clock.read_text().split()))

    hearing = Hearing()
    benchmark = Benchmark(f"python -c 'import tiny; tiny.run()' {clock}", seconds=0.1)
    bench = Bench(benchmark, tmp_path, tmp_path, Children(), hearing, read_clock)
    wheels = _write_wheels(tmp_path, {None: f"SECONDS = 0.5\n{RUN}", V3: f"SECONDS = {seconds}\n{RUN}"})
    standard, found = (result.bench for result in bench_wheels(wheels, bench))
    assert standard is None and found is not None
    assert hearing.said[0].startswith("benchmark: 10 rounds of 3 runs")
    assert found["verdict"] == verdict and found["rounds"] == 10 and found["cpu"].startswith("this host")
    assert found["low"] <= 0.5 / seconds <= found["high"] and 1 <= found["noise"] < 1.2
    times = json.loads((tmp_path / "linux_x86_64-benchmark.json").read_text())["seconds"]
    assert [len(taken) for taken in times.values()] == [10, 10, 10]
    # Each environment runs it twice before the first round.
    assert sum(map(sum, times.values())) == pytest.approx(sum(map(float, clock.read_text().split()[6:])))


def _write_wheels(folder: Path, bodies: Mapping[VariantDescription | None, str]) -> list[BuildResult]:
    """Wheels of Python code, and what a build says of them."""
    results = []
    for variant, body in bodies.items():
        properties = None if variant is None else [str(meta) for meta in variant]
        file = make_wheel(folder / "wheels", "tiny", "1.0", properties=properties, body=body)
        job, log = Job("linux_x86_64", variant), folder / "build.log"
        results.append(BuildResult(job, log, 1.0, file.name, file, audit={"level": None, "verdict": "not judged"}))
    return results


@HERE
def test_a_command_that_fails_is_no_measurement(tmp_path: Path) -> None:
    hearing = Hearing()
    bench = Bench(Benchmark("echo no such file >&2; exit 7"), tmp_path, tmp_path, Children(), hearing)
    results = bench_wheels(_write_wheels(tmp_path, {None: "", V3: ""}), bench)
    found = results[1].bench
    assert found is not None and found["verdict"] == "not measured"
    assert "the standard wheel cannot be measured: the benchmark failed (exit code 7)" in found["reason"]
    assert any("no such file" in text for text in hearing.said), "the end of its output"


@pytest.mark.usefixtures("compiler")
@HERE
def test_a_declared_benchmark_runs_and_leaves_the_wheels_alone(
    tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
) -> None:
    """Which wheel is faster is this machine's matter."""
    project, out = write_project(tmp_path / "tiny", DECLARATION), tmp_path / "out"

    def build(*more: str) -> Any:
        done = tool("build", project, "-o", out, "--json", *more, environment=build_environment)
        standard, v3 = json.loads(done.stdout)
        assert standard["benchmark"] is None
        return v3["benchmark"]

    assert build("--no-smoke") is None
    wheels = {path.name: path.read_bytes() for path in out.glob("*.whl")}
    found = build("--bench-seconds", "1")
    assert found["verdict"] in ("faster", "slower", "no difference") and found["low"] <= found["ratio"] <= found["high"]
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


def test_without_the_standard_wheel_there_is_nothing_to_compare_with() -> None:
    table = {**PYPROJECT["tool"]["variantlib"]["build"], "benchmark": "a"}
    document = {"tool": {"variantlib": {"build": table}}}
    v3, both = ("x86_64 :: level :: v3",), ("x86_64 :: level :: v3", "standard")
    assert resolve_request(BuildRequest(only=v3), document, "p").benchmark is None
    assert resolve_request(BuildRequest(only=v3, bench_seconds=5), document, "p").benchmark is None
    for request in (BuildRequest(only=both), BuildRequest(only=both, bench="a")):
        assert resolve_request(request, document, "p").benchmark is not None
    with pytest.raises(UsageError, match="--only leaves that out"):
        resolve_request(BuildRequest(only=v3, bench="a"), document, "p")


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
