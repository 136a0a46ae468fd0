"""Build variants of packages from PyPI, install and import each of them, and measure them.

usage: python tools/real_packages.py DIR [--only NAME]… [--no-arm] [--write docs/explanation/real_packages.md]
       python tools/real_packages.py DIR --bench [--only NAME]… [--write docs/explanation/real_packages.md]

The packages are in ``real_packages.toml``. For each: its source distribution from the index, a standard wheel and a v3
variant by this machine's compiler, both for aarch64 by zig, repaired, audited and tested by ``dualvariant build``; then
``dualvariant index``, ``dualvariant install`` into a fresh environment, and an import there; then ``dualvariant fuse``,
plain pip, and an import of each variant in the fused wheel. Failures are in the table with their reasons.

This takes long, and may run on a machine that is busy. ``--bench`` builds nothing: it measures the wheels in DIR as
``dualvariant build --bench`` does, about half a minute for each package, on a machine that does nothing else.

Results stay in ``DIR/results.json``, so that ``--only`` renews one row; ``--write`` puts the table of all of them
between its marks in a document.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from dualvariant.audit.disassembly import disassemble
from dualvariant.binary.elf import read_elf
from dualvariant.builder.declaration.benchmark import Benchmark
from dualvariant.builder.declaration.job import Job
from dualvariant.builder.run.benchmark import Bench, bench_wheels
from dualvariant.builder.run.result import LOGS, BuildResult
from dualvariant.core.processes import Children
from dualvariant.core.report import Reporter
from dualvariant.core.toml import read_toml
from variantlib.meta import VariantDescription, VariantMeta

__all__ = ["PACKAGES", "Package", "Result", "measure_gain", "try_package"]

BEGIN, END = "<!-- table: made by tools/real_packages.py -->", "<!-- end of the table -->"
PLATFORMS = {"linux_x86_64": "x86_64 :: level = v3", "linux_aarch64": "aarch64 :: version = 8.2a"}
HERE = "linux_x86_64"
#: The variant for this machine.
VARIANT = VariantDescription([VariantMeta("x86_64", "level", "v3")])
#: Seconds that the runs of a benchmark may take.
BENCH_SECONDS = 15.0
NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Package:
    """One package.

    Args:
        requirement: ``NAME==VERSION``.
        kind: how it is built, and what is special about it.
        module: what is imported.
        check: an expression that must be true after the import.
        bench: a statement that runs the compiled code for some tenths of a second; None for pure Python.
        next_step: what its author can do about what failed, as far as it is known.
    """

    requirement: str
    kind: str
    module: str
    check: str
    bench: str | None = None
    next_step: str = ""

    @property
    def name(self) -> str:
        return self.requirement.partition("==")[0]


PACKAGES = tuple(Package(**entry) for entry in read_toml(Path(__file__).with_suffix(".toml"))["package"])


@dataclass
class Result:
    """The results for a package.

    Args:
        requirement: ``NAME==VERSION``.
        kind: how it is built.
        built: by platform, a phrase for each wheel.
        changed: how much of the machine code differs between the standard wheel and the variant for this machine.
        gain: what the benchmark says of the variant; ``-`` where there is nothing to measure.
        stripped: whether no library in any wheel has symbols left; None without a wheel.
        installed: what ``dualvariant install`` chose, and whether it could be imported.
        fused: what became of the wheels in one, and its size as a multiple of the standard wheel's.
        notes: what ``build`` says of the wheels, or the most useful line of a failure, each with where it is from.
        seconds: all of it but the benchmark; more on a machine that is busy.
    """

    requirement: str
    kind: str
    built: dict[str, str] = field(default_factory=dict)
    changed: str = "-"
    gain: str = "-"
    stripped: bool | None = None
    installed: str = "-"
    fused: str = "-"
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0


def try_package(package: Package, folder: Path, *, arm: bool = True) -> Result:
    """Build, index, install, import and fuse one package."""
    started = time.monotonic()
    result = Result(package.requirement, package.kind)
    wheels = folder / package.name
    tool = [sys.executable, "-m", "dualvariant"]
    for platform, matrix in PLATFORMS.items():
        if not arm and platform != HERE:
            continue
        line = [*tool, "build", package.requirement, "-o", str(wheels / platform), "--json"]
        line += ["--matrix", matrix, "--platform", platform]
        done = subprocess.run(line, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        entries = _read_entries(done)
        result.built[platform] = _describe_wheels(entries)
        result.notes += _list_notes(entries, done, "" if platform == HERE else f"{platform}, ")
        if platform == HERE:
            result.changed = _compare_code(entries)
    found = sorted(wheels.glob("*/*.whl"))
    if found:
        result.stripped = not any(map(_has_symbols, found))
    here = wheels / HERE
    if package.bench and len(list(here.glob("*.whl"))) > 1:
        result.gain = NOT_MEASURED
    if list(here.glob("*.whl")):
        result.installed = _installed(package, here, wheels / "environment", tool)
        result.fused, refused = _fuse(package, here, wheels, tool)
        result.notes += refused
    result.seconds = time.monotonic() - started
    return result


def _read_entries(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """What ``build`` says of each wheel; nothing where it ended before the first."""
    try:
        entries = json.loads(done.stdout)
    except ValueError:
        return []
    return list(entries)


def _name_wheel(entry: dict[str, Any]) -> str:
    return str((entry["properties"] or ["standard"])[0].rpartition(" :: ")[2])


def _describe_wheels(entries: list[dict[str, Any]]) -> str:
    """The wheels of one platform, each with the level that was found and whether it ran."""
    words = []
    for entry in entries:
        name = _name_wheel(entry)
        audit, smoke = entry["audit"] or {}, entry["smoke"] or {}
        if entry["size"] is None:
            words.append(f"**{name}**: {'not needed' if entry['needless'] else 'failed'}")
            continue
        code = f"needs {audit['level']}, label {audit['verdict']}" if audit.get("level") else str(audit.get("verdict"))
        runs = [f"{run['outcome']} on {run['cpu'].replace(', emulated', '')}" for run in smoke.get("runs", ())]
        rejected = "rejected; " if entry["rejected"] else ""
        words.append(f"**{name}**: {rejected}{code}; {', '.join(runs) or 'not tested'}")
    return "<br>".join(words) or "not built"


def _list_notes(entries: list[dict[str, Any]], done: subprocess.CompletedProcess[str], where: str) -> list[str]:
    """What is said of the wheels beyond their verdicts, each reason once."""
    if not entries:
        return [f"{where}{_reason(done)}"]
    found: dict[str, list[str]] = {}
    for entry in entries:
        said = [reason for reason in (entry["unproven"], entry["same_code"], entry["needless"]) if reason]
        if entry["error"]:
            said.append(f"`{_reason(done)}`")
        if entry["rejected"] and not entry["unproven"]:
            said += (entry["audit"] or {}).get("errors", [])
            said += [entry["smoke"]["summary"]] if (entry["smoke"] or {}).get("failed") else []
        for reason in said:
            found.setdefault(_shorten(reason), []).append(_name_wheel(entry))
    return [f"{where}{' and '.join(names)}: {reason}" for reason, names in found.items()]


def _compare_code(entries: list[dict[str, Any]]) -> str:
    """The share of instructions that the standard wheel and the variant have not in common, by their kinds."""
    files = [entry["wheel"] or entry["rejected"] for entry in entries]
    if len(files) != 2 or not all(files):
        return "-"
    standard, variant = (_count_instructions(Path(file)) for file in files)
    total = standard.total() + variant.total()
    different = ((standard - variant) + (variant - standard)).total()
    return f"{different / total:.0%}" if total else "-"


def _count_instructions(wheel: Path) -> Counter[int]:
    found: Counter[int] = Counter()
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            elf = read_elf(archive.read(name)) if ".so" in name else None
            if elf is not None:
                found += disassemble(elf.code, elf.functions).kinds
    return found


def measure_gain(package: Package, folder: Path, seconds: float = BENCH_SECONDS) -> str:
    """How many times as fast the variant is as the standard wheel, with the interval and the noise.

    Args:
        package: one whose wheels are in the folder.
        folder: what :func:`try_package` was given.
        seconds: how long the runs may take, if the least number of rounds allows it.
    """
    here = folder / package.name / HERE
    wheels = sorted(here.glob("*.whl"), key=lambda wheel: "~" in wheel.name)
    if package.bench is None or len(wheels) < 2:
        return "-"
    log = here / LOGS / "benchmark.log"
    jobs = [Job(HERE, None), Job(HERE, VARIANT)]
    built = [BuildResult(job, log, 0.0, wheel.name, wheel) for job, wheel in zip(jobs, wheels, strict=True)]
    command = Benchmark(f'python -c "import {package.module}; {package.bench}"', seconds=seconds)
    with tempfile.TemporaryDirectory() as place:
        _, variant = bench_wheels(built, Bench(command, here, Path(place), Children(), Reporter()))
    return _describe_gain(variant.bench or {})


def _describe_gain(bench: Mapping[str, Any]) -> str:
    if bench["verdict"] == NOT_MEASURED:
        return f"{NOT_MEASURED}: {_shorten(bench['reason'])}"
    words = "none" if bench["verdict"] == "no difference" else f"{bench['ratio']:.2f} times"
    return f"{words} ({bench['low']:.2f} to {bench['high']:.2f}, noise {bench['noise'] - 1:.0%})"


def _has_symbols(wheel: Path) -> bool:
    """Whether a library in a wheel has symbols or debug information that no loader looks at."""
    with zipfile.ZipFile(wheel) as archive:
        modules = [read_elf(archive.read(name)) for name in archive.namelist() if ".so" in name]
    return any(module is not None and module.symbols for module in modules)


#: Words in lines that say why a build failed, the most useful first.
_REASON_MARKS = ("error[", "rror:", "ERROR", "fatal")


def _reason(done: subprocess.CompletedProcess[str]) -> str:
    """The most useful line: the first error in the log of a build that failed, or else our own message."""
    logs = [Path(entry["log"]) for entry in _read_entries(done) if entry["error"]]
    lines = [line for log in logs for line in log.read_text("utf-8", errors="replace").splitlines()]
    lines = lines or [line for line in done.stderr.splitlines() if not line.startswith("WARNING")]
    found = [line for word in _REASON_MARKS for line in lines if word in line]
    return _shorten((found or lines[-1:] or ["?"])[0].partition(" hint:")[0])


def _shorten(text: str) -> str:
    """A message for a list in Markdown: no paths of this machine, and not too long."""
    text = " ".join(text.split()).replace("|", "/").replace("`", "'")
    text = re.sub(r"(?<![\w/:.])/(?:[^\s:'\"()/]+/)+[^\s:'\"()]*", "…", text)
    return text if len(text) < 300 else f"{text[:300]}…"


def _installed(package: Package, wheels: Path, environment: Path, tool: list[str]) -> str:
    """Index, install into a fresh environment, import."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    index = subprocess.run([*tool, "index", str(wheels)], capture_output=True, text=True)
    if index.returncode:
        return f"index: {_reason(index)}"
    python = environment / "bin" / "python"
    # The index of pip's settings has what the package itself depends on.
    line = [*tool, "install", package.requirement, "--extra-index-url", str(wheels / "simple"), "--python", str(python)]
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    install = subprocess.run(line, capture_output=True, text=True, env=environ)
    if install.returncode:
        return f"install: {_reason(install)}"
    listed = subprocess.run([*tool, "list", "--json", "--python", str(python)], capture_output=True, text=True)
    labels = [entry["properties"] for entry in json.loads(listed.stdout or "[]")]
    code = f"import {package.module}; assert {package.check}"
    imported = subprocess.run([str(python), "-c", code], capture_output=True, text=True, env=environ)
    if imported.returncode:
        return f"import: {_reason(imported)}"
    return f"{labels[0][0].rpartition(' :: ')[2]} installed, imported" if labels else "standard installed, imported"


#: Prints the files below site-packages that the process has mapped.
_MAPPED = "print({line.split()[-1] for line in open('/proc/self/maps') if 'site-packages/' in line})"


def _fuse(package: Package, here: Path, folder: Path, tool: list[str]) -> tuple[str, list[str]]:
    """Fuse, install by plain pip in place of what is installed, import each variant; the outcome, and notes on it."""
    wheels = sorted(here.glob("*.whl"))
    if len(wheels) < 2:
        return "-", []
    done = subprocess.run(
        [*tool, "fuse", *map(str, wheels), "-o", str(folder / "fused")], capture_output=True, text=True
    )
    if done.returncode:
        return "refused", [f"fuse: {_reason(done)}"]
    fused = next((folder / "fused").glob("*.whl"))
    python = folder / "environment" / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--force-reinstall", "--no-deps"]
    subprocess.run([*command, str(fused)], check=True)
    for level in ("none", "v3"):
        code = f"import {package.module}; assert {package.check}; {_MAPPED}"
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        environ["DUALVARIANT_FUSED"] = level
        imported = subprocess.run([str(python), "-c", code], capture_output=True, text=True, env=environ)
        if imported.returncode or f".{level}.so" not in imported.stdout:
            return "failed", [f"fused, {level}: {_reason(imported) if imported.returncode else 'another was loaded'}"]
    standard = next(wheel for wheel in wheels if "~" not in wheel.name)
    return f"yes, {fused.stat().st_size / standard.stat().st_size:.2f} × the size", []


def table(results: list[Result]) -> str:
    """The results as a table in Markdown; what there is to say more is listed below it, and then those of Arm."""
    lines = [
        "| package | built by, special | x86-64 | code that differs | v3 is faster | installed | fused |",
        "|---|---|---|---|---|---|---|",
    ]
    notes: list[str] = []
    for result in results:
        mark = f" ({len(notes) + 1})" if result.notes else ""
        if result.notes:
            step = next((package.next_step for package in PACKAGES if package.requirement == result.requirement), "")
            said = [*result.notes, f"next step: {step}"] if step else result.notes
            notes.append(f"{len(notes) + 1}. {result.requirement}: {'; '.join(said)}")
        installed = result.installed + ("" if result.stripped is not False else ", not stripped")
        cells = [result.requirement + mark, result.kind, result.built.get(HERE, "-"), result.changed, result.gain]
        lines.append(f"| {' | '.join([*cells, installed, result.fused])} |")
    other = next(name for name in PLATFORMS if name != HERE)
    arm = [f"| {result.requirement} | {result.built[other]} |" for result in results if other in result.built]
    if arm:
        arm = ["", "| package | aarch64 |", "|---|---|", *arm]
    return "\n".join([*lines, *arm, "", *notes, ""])


def _read_results(folder: Path) -> dict[str, Result]:
    """The results of earlier runs, by requirement."""
    file = folder / "results.json"
    if not file.exists():
        return {}
    return {entry["requirement"]: Result(**entry) for entry in json.loads(file.read_text("utf-8"))}


def _keep(folder: Path, result: Result) -> None:
    """Write a result down beside those of earlier runs, in the order of the packages."""
    known = _read_results(folder) | {result.requirement: result}
    kept = [known[package.requirement] for package in PACKAGES if package.requirement in known]
    (folder / "results.json").write_text(json.dumps([asdict(one) for one in kept], indent=1) + "\n", "utf-8")


def _write(document: Path, results: list[Result]) -> None:
    """Put the table between its marks in a document."""
    text = document.read_text("utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    document.write_text(f"{before}{BEGIN}\n{table(results)}{END}{after}", "utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--no-arm", action="store_true")
    parser.add_argument("--bench", action="store_true", help="only measure what was built in an earlier run")
    parser.add_argument("--write", type=Path, metavar="DOCUMENT")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for package in PACKAGES:
        if options.only and package.name not in options.only:
            continue
        if options.bench:
            known = _read_results(options.folder).get(package.requirement)
            if known is None:
                continue
            result = replace(known, gain=measure_gain(package, options.folder))
        else:
            result = try_package(package, options.folder, arm=not options.no_arm)
        _keep(options.folder, result)
        print(table([result]), file=sys.stderr, flush=True)
    results = list(_read_results(options.folder).values())
    if options.write is not None:
        _write(options.write, results)
    print(table(results), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
