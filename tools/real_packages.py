"""Build variants of packages from PyPI that nobody here wrote, and see each through to its import.

usage: python tools/real_packages.py DIR [--only NAME]… [--no-arm]

For each package: its source distribution from the index, a standard wheel and a v3 variant by this machine's compiler,
both for aarch64 by zig, repaired, audited and tried by ``dualvariant build``; then ``dualvariant index``,
``dualvariant install`` into a fresh environment, and an import there. What fails is in the table with its reason.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["PACKAGES", "Package", "Result", "measure"]


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
    """What came of a package: a word for each step, by architecture."""

    package: Package
    seconds: float = 0.0
    steps: dict[str, str] = field(default_factory=dict)
    problem: str = ""


def measure(package: Package, folder: Path, *, arm: bool = True) -> Result:
    """Build, index, install and import one package."""
    started = time.monotonic()
    result = Result(package)
    wheels = folder / package.name
    tool = [sys.executable, "-m", "dualvariant"]
    platforms = ["linux_x86_64", "linux_aarch64"] if arm else ["linux_x86_64"]
    for platform in platforms:
        provider = "x86_64 :: level = v3" if platform == "linux_x86_64" else "aarch64 :: version = 8.2a"
        line = [*tool, "build", package.requirement, "-o", str(wheels / platform), "--json"]
        done = subprocess.run(
            [*line, "--matrix", provider, "--platform", platform],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        result.steps[platform] = _said(done, wheels / platform)
        if done.returncode and not result.problem:
            result.problem = _reason(done)
    here = wheels / "linux_x86_64"
    if list(here.glob("*.whl")):
        result.steps["import"] = _installed(package, here, wheels / "environment", tool)
    result.seconds = time.monotonic() - started
    return result


def _said(done: subprocess.CompletedProcess[str], folder: Path) -> str:
    """The wheels of one platform, each with the level that was found and whether it ran."""
    try:
        outcomes: list[dict[str, Any]] = json.loads(done.stdout)
    except ValueError:
        return "not built"
    words = []
    for outcome in outcomes:
        name = (outcome["properties"] or ["standard"])[0].rpartition(" :: ")[2]
        audit, smoke = outcome["audit"] or {}, outcome["smoke"] or {}
        if outcome["wheel"] is None:
            words.append(f"{name}: failed")
            continue
        level = audit.get("level") or "level unknown"
        words.append(f"{name}: {level}, {audit.get('verdict') or '-'}, {_tried(smoke)}")
    return "; ".join(words)


def _tried(smoke: dict[str, Any]) -> str:
    return str(smoke.get("summary") or "-").split(" (no emulator")[0]


def _reason(done: subprocess.CompletedProcess[str]) -> str:
    """The line that says most: the first error of the project's own build, or else our last word."""
    lines = [line.strip(" |") for line in done.stderr.splitlines()]
    found = [line for line in lines if "its label is not true" in line or "rror:" in line or "fatal" in line]
    return (found or lines or ["?"])[0][:200].replace("|", "/")


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
    """The results as a table in Markdown."""
    lines = [
        "| package | build system | x86-64 | aarch64 | installed | s | what went wrong |",
        "|---|---|---|---|---|---|---|",
    ]
    for result in results:
        steps = result.steps
        cells = [result.package.requirement, result.package.system, steps.get("linux_x86_64", "-")]
        cells += [steps.get("linux_aarch64", "-"), steps.get("import", "-"), f"{result.seconds:.0f}", result.problem]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--no-arm", action="store_true")
    options = parser.parse_args()
    results = []
    for package in PACKAGES:
        if not options.only or package.name in options.only:
            results.append(measure(package, options.folder, arm=not options.no_arm))
            print(table(results[-1:]).splitlines()[-1], file=sys.stderr, flush=True)
    print(table(results), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
