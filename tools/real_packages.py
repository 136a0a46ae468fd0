"""Build variants of packages from PyPI, and install and import each of them.

usage: python tools/real_packages.py DIR [--only NAME]… [--no-arm] [--write docs/explanation/real_packages.md]

For each package: its source distribution from the index, a standard wheel and a v3 variant by this machine's compiler,
both for aarch64 by zig, repaired, audited and tested by ``dualvariant build``; then ``dualvariant index``,
``dualvariant install`` into a fresh environment, and an import there. Failures are in the table with their reasons.
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
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dualvariant.binary.elf import read_elf

__all__ = ["PACKAGES", "Package", "Result", "measure"]

BEGIN, END = "<!-- table: made by tools/real_packages.py -->", "<!-- end of the table -->"
PLATFORMS = {"linux_x86_64": "x86_64 :: level = v3", "linux_aarch64": "aarch64 :: version = 8.2a"}


@dataclass(frozen=True)
class Package:
    """One package.

    Args:
        requirement: ``NAME==VERSION``.
        system: what it is built with.
        module: what is imported.
        check: a statement that must hold after the import.
    """

    requirement: str
    system: str
    module: str
    check: str

    @property
    def name(self) -> str:
        return self.requirement.partition("==")[0]


PACKAGES = (
    Package("xxhash==4.1.0", "setuptools, C", "xxhash", "xxhash.xxh32(b'a').intdigest() == 1426945110"),
    Package("bitarray==3.12.3", "setuptools, C", "bitarray", "bitarray.bitarray('1011').count() == 3"),
    Package("murmurhash==1.0.16", "setuptools, Cython", "murmurhash", "isinstance(murmurhash.hash('a'), int)"),
    Package(
        "mapbox_earcut==2.1.0",
        "scikit-build-core, nanobind",
        "mapbox_earcut",
        "hasattr(mapbox_earcut, 'triangulate_float64')",
    ),
    Package("cysignals==1.12.5", "meson-python, Cython", "cysignals.signals", "cysignals.signals"),
    Package(
        "siphash24==1.8",
        "meson-python, Cython",
        "siphash24",
        "len(siphash24.siphash24(b'a', key=b'k' * 16).digest()) == 8",
    ),
    Package("orjson==3.13.0", "maturin", "orjson", "orjson.dumps([1]) == b'[1]'"),
    Package("rpds-py==0.30.0", "maturin", "rpds", "rpds.List([1]).first == 1"),
)


@dataclass
class Result:
    """The results for a package.

    Args:
        requirement: ``NAME==VERSION``.
        system: what it is built with.
        built: by platform, a phrase for each wheel.
        stripped: whether no library in any wheel has symbols left; None without a wheel.
        installed: what ``dualvariant install`` chose, and whether it could be imported.
        problems: by platform, or for the package as a whole, the most useful line.
        seconds: all of it.
    """

    requirement: str
    system: str
    built: dict[str, str] = field(default_factory=dict)
    stripped: bool | None = None
    installed: str = "-"
    problems: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


def measure(package: Package, folder: Path, *, arm: bool = True) -> Result:
    """Build, index, install and import one package."""
    started = time.monotonic()
    result = Result(package.requirement, package.system)
    wheels = folder / package.name
    tool = [sys.executable, "-m", "dualvariant"]
    for platform, matrix in PLATFORMS.items():
        if not arm and platform == "linux_aarch64":
            continue
        line = [*tool, "build", package.requirement, "-o", str(wheels / platform), "--json"]
        line += ["--matrix", matrix, "--platform", platform]
        done = subprocess.run(line, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        result.built[platform] = _describe_wheels(done)
        if done.returncode:
            result.problems[platform] = _reason(done)
    found = sorted(wheels.glob("*/*.whl"))
    if found:
        result.stripped = not any(map(_has_symbols, found))
    here = wheels / "linux_x86_64"
    if list(here.glob("*.whl")):
        result.installed = _installed(package, here, wheels / "environment", tool)
    result.seconds = time.monotonic() - started
    return result


def _describe_wheels(done: subprocess.CompletedProcess[str]) -> str:
    """The wheels of one platform, each with the level that was found and whether it ran."""
    try:
        results: list[dict[str, Any]] = json.loads(done.stdout)
    except ValueError:
        return "not built"
    words = []
    for entry in results:
        name = (entry["properties"] or ["standard"])[0].rpartition(" :: ")[2]
        audit, smoke = entry["audit"] or {}, entry["smoke"] or {}
        if entry["size"] is None:
            words.append(f"**{name}**: failed")
            continue
        code = f"needs {audit['level']}, label {audit['verdict']}" if audit.get("level") else "not judged"
        runs = [f"{run['outcome']} on {run['cpu'].replace(', emulated', '')}" for run in smoke.get("runs", ())]
        words.append(f"**{name}**: {code}; {', '.join(runs) or 'not tested'}")
    return "<br>".join(words)


def _has_symbols(wheel: Path) -> bool:
    """Whether a library in a wheel has symbols or debug information that no loader looks at."""
    with zipfile.ZipFile(wheel) as archive:
        modules = [read_elf(archive.read(name)) for name in archive.namelist() if ".so" in name]
    return any(module is not None and module.symbols for module in modules)


#: Words in lines that say why a build failed, the most useful first.
_REASON_MARKS = ("error[", "rror:", "ERROR", "fatal")


def _reason(done: subprocess.CompletedProcess[str]) -> str:
    """The most useful line: the first error in the log of a build that failed, or else our own message."""
    try:
        logs = [Path(entry["log"]) for entry in json.loads(done.stdout) if entry["error"]]
    except ValueError:
        logs = []
    lines = [line for log in logs for line in log.read_text("utf-8", errors="replace").splitlines()]
    lines = lines or [line for line in done.stderr.splitlines() if not line.startswith("WARNING")]
    found = [line for word in _REASON_MARKS for line in lines if word in line]
    text = (found or lines[-1:] or ["?"])[0].strip().replace("|", "/").replace("`", "'")
    text = re.sub(rf"{re.escape(tempfile.gettempdir())}/[^\s:'\")]*", "…", text.partition(" hint:")[0])
    return text if len(text) < 240 else f"{text[:240]}…"


def _installed(package: Package, wheels: Path, environment: Path, tool: list[str]) -> str:
    """Index, install into a fresh environment, import."""
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    index = subprocess.run([*tool, "index", str(wheels)], capture_output=True, text=True)
    if index.returncode:
        return f"index: {_reason(index)}"
    python = environment / "bin" / "python"
    line = [*tool, "install", package.requirement, "--index-url", str(wheels / "simple"), "--python", str(python)]
    more = ["--extra-index-url", "https://pypi.org/simple"]  # what the package itself depends on
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    install = subprocess.run([*line, *more], capture_output=True, text=True, env=environ)
    if install.returncode:
        return f"install: {_reason(install)}"
    listed = subprocess.run([*tool, "list", "--json", "--python", str(python)], capture_output=True, text=True)
    labels = [entry["properties"] for entry in json.loads(listed.stdout or "[]")]
    code = f"import {package.module}; assert {package.check}"
    imported = subprocess.run([str(python), "-c", code], capture_output=True, text=True, env=environ)
    if imported.returncode:
        return f"import: {_reason(imported)}"
    return f"{labels[0][0].rpartition(' :: ')[2]} installed, imported" if labels else "standard installed, imported"


def table(results: list[Result]) -> str:
    """The results as a table in Markdown; failures are listed below it."""
    lines = [
        "| package | build system | x86-64 | aarch64 | stripped | installed | s |",
        "|---|---|---|---|---|---|---|",
    ]
    notes: list[str] = []
    for result in results:
        marks = ""
        where: dict[str, list[str]] = {}
        for platform, problem in result.problems.items():
            where.setdefault(problem, []).append(platform)
        for problem, platforms in where.items():
            notes.append(f"{len(notes) + 1}. {result.requirement}, {', '.join(platforms)}: `{problem}`")
            marks += f" ({len(notes)})"
        stripped = {True: "yes", False: "no", None: "-"}[result.stripped]
        cells = [result.requirement + marks, result.system, *(result.built.get(name, "-") for name in PLATFORMS)]
        lines.append(f"| {' | '.join([*cells, stripped, result.installed, f'{result.seconds:.0f}'])} |")
    return "\n".join([*lines, "", *notes, ""])


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
    parser.add_argument("--write", type=Path, metavar="DOCUMENT")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    results: list[Result] = []
    for package in PACKAGES:
        if not options.only or package.name in options.only:
            results.append(measure(package, options.folder, arm=not options.no_arm))
            print(table(results[-1:]), file=sys.stderr, flush=True)
            _write(options.write, _kept(options.folder / "results.json", results))
    _write(options.write, _kept(options.folder / "results.json", results))
    print(table(results), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
