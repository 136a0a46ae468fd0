"""Build variants of packages from PyPI, and install and import each of them.

usage: python tools/real_packages.py DIR [--only NAME]… [--no-arm] [--no-bench]
                                      [--write docs/explanation/real_packages.md]

The packages are in ``real_packages.toml``. For each: its source distribution from the index, a standard wheel and a v3
variant by this machine's compiler, both for aarch64 by zig, repaired, audited, tested and measured by
``dualvariant build``; then ``dualvariant index``, ``dualvariant install`` into a fresh environment, and an import
there; then ``dualvariant fuse``, plain pip, and an import of each variant in the fused wheel. Failures are in the table
with their reasons.
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
import time
import zipfile
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dualvariant.audit.disassembly import disassemble
from dualvariant.binary.elf import read_elf
from dualvariant.core.toml import read_toml

__all__ = ["PACKAGES", "Package", "Result", "measure"]

BEGIN, END = "<!-- table: made by tools/real_packages.py -->", "<!-- end of the table -->"
PLATFORMS = {"linux_x86_64": "x86_64 :: level = v3", "linux_aarch64": "aarch64 :: version = 8.2a"}
HERE = "linux_x86_64"
#: Seconds that a benchmark may take.
BENCH_SECONDS = "15"


@dataclass(frozen=True)
class Package:
    """One package.

    Args:
        requirement: ``NAME==VERSION``.
        kind: how it is built, and what is special about it.
        module: what is imported.
        check: an expression that must be true after the import.
        bench: a statement that takes some tenths of a second; nothing is measured without one.
    """

    requirement: str
    kind: str
    module: str
    check: str
    bench: str | None = None

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
        gain: what the benchmark says of the variant.
        stripped: whether no library in any wheel has symbols left; None without a wheel.
        installed: what ``dualvariant install`` chose, and whether it could be imported.
        fused: what became of the wheels in one, and its size as a multiple of the standard wheel's.
        notes: what ``build`` says of the wheels, or the most useful line of a failure, each with where it is from.
        seconds: all of it.
    """

    requirement: str
    kind: str
    built: dict[str, str] = field(default_factory=dict)
    changed: str = "-"
    gain: str = "not measured"
    stripped: bool | None = None
    installed: str = "-"
    fused: str = "-"
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0


def measure(package: Package, folder: Path, *, arm: bool = True, bench: bool = True) -> Result:
    """Build, measure, index, install and import one package."""
    started = time.monotonic()
    result = Result(package.requirement, package.kind)
    wheels = folder / package.name
    tool = [sys.executable, "-m", "dualvariant"]
    for platform, matrix in PLATFORMS.items():
        if not arm and platform != HERE:
            continue
        line = [*tool, "build", package.requirement, "-o", str(wheels / platform), "--json", "-j", "1"]
        line += ["--matrix", matrix, "--platform", platform]
        if bench and package.bench and platform == HERE:
            command = f'python -c "import {package.module}; {package.bench}"'
            line += ["--bench", command, "--bench-seconds", BENCH_SECONDS]
        done = subprocess.run(line, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        entries = _read_entries(done)
        result.built[platform] = _describe_wheels(entries)
        result.notes += _list_notes(entries, done, "" if platform == HERE else f"{platform}, ")
        if platform == HERE:
            result.changed, result.gain = _compare_code(entries), _describe_gain(entries)
    found = sorted(wheels.glob("*/*.whl"))
    if found:
        result.stripped = not any(map(_has_symbols, found))
    here = wheels / HERE
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
        if (entry["benchmark"] or {}).get("verdict") == "not measured":
            said.append(f"not measured: {entry['benchmark']['reason']}")
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


def _describe_gain(entries: list[dict[str, Any]]) -> str:
    """What the benchmark says, with its interval."""
    bench = next((entry["benchmark"] for entry in entries if entry["benchmark"]), None)
    if bench is None or bench["verdict"] == "not measured":
        return "not measured"
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
        "| package | built by, special | x86-64 | code that differs | v3 is faster | installed | fused | s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    notes: list[str] = []
    for result in results:
        mark = f" ({len(notes) + 1})" if result.notes else ""
        if result.notes:
            notes.append(f"{len(notes) + 1}. {result.requirement}: {'; '.join(result.notes)}")
        installed = result.installed + ("" if result.stripped is not False else ", not stripped")
        cells = [result.requirement + mark, result.kind, result.built.get(HERE, "-"), result.changed, result.gain]
        lines.append(f"| {' | '.join([*cells, installed, result.fused, f'{result.seconds:.0f}'])} |")
    other = next(name for name in PLATFORMS if name != HERE)
    arm = [f"| {result.requirement} | {result.built[other]} |" for result in results if other in result.built]
    if arm:
        arm = ["", "| package | aarch64 |", "|---|---|", *arm]
    return "\n".join([*lines, *arm, "", *notes, ""])


def _kept(file: Path, results: list[Result]) -> list[Result]:
    """The results of this run and of those before, in the order of the packages; they are written down."""
    known = {}
    if file.exists():
        known = {entry["requirement"]: Result(**entry) for entry in json.loads(file.read_text("utf-8"))}
    known |= {result.requirement: result for result in results}
    kept = [known[package.requirement] for package in PACKAGES if package.requirement in known]
    file.write_text(json.dumps([asdict(result) for result in kept], indent=1) + "\n", "utf-8")
    return kept


def _write(document: Path | None, results: list[Result]) -> None:
    """Put the table between its marks in a document."""
    if document is not None:
        text = document.read_text("utf-8")
        before, after = text.partition(BEGIN)[0], text.partition(END)[2]
        document.write_text(f"{before}{BEGIN}\n{table(results)}{END}{after}", "utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--no-arm", action="store_true")
    parser.add_argument("--no-bench", action="store_true")
    parser.add_argument("--write", type=Path, metavar="DOCUMENT")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    results: list[Result] = []
    for package in PACKAGES:
        if not options.only or package.name in options.only:
            results.append(measure(package, options.folder, arm=not options.no_arm, bench=not options.no_bench))
            print(table(results[-1:]), file=sys.stderr, flush=True)
            _write(options.write, _kept(options.folder / "results.json", results))
    _write(options.write, _kept(options.folder / "results.json", results))
    print(table(results), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
