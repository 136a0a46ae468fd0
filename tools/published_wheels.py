"""Audit popular wheels of PyPI, beside objdump's counts and imports on emulated CPUs of 2003 and 2008.

usage: python tools/published_wheels.py DIR [--only NAME]… [--imports] [--largest MB] [--write docs/howto/audit.md]

The names are in ``published_wheels.toml``. For each: the newest wheel for Python 3.11 on x86-64; what ``audit`` says of
it, and the CPU time of that; whether objdump, another disassembler, counts the same instructions; and, of a wheel that
is called wrong, whether it can be imported on CPUs of x86-64-v1 and v2, with ``--imports`` of every wheel. An audit is
wrong if it calls a wheel wrong that runs on v1, or true one that an illegal instruction ends there.
Results stay in ``DIR/results.json``; ``--write`` puts the table of all of them between its marks in a document. The
exit code is 1 if an audit is wrong, or a count differs.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from dualvariant.audit import WheelAudit, audit_wheel
from dualvariant.builder.verify.cpus import Cpu
from dualvariant.builder.verify.emulators import find_emulator
from dualvariant.builder.verify.environment import SmokeEnvironment
from dualvariant.core.processes import Children
from dualvariant.core.toml import read_toml
from dualvariant.trial.outcomes import ILLEGAL, RAN
from variantlib.cpu.tables import load_table
from variantlib.wheel_name import parse_wheel_name

__all__ = ["COUNTED", "Result", "count_by_objdump", "examine"]

BEGIN, END = "<!-- table: made by tools/published_wheels.py -->", "<!-- end of the table -->"
NAMES = tuple(read_toml(Path(__file__).with_suffix(".toml"))["x86_64"])
PYTHON = "3.11"
LARGEST = 60
#: The CPUs on which wheels are imported.
LEVELS = ("v1", "v2")

#: Instruction sets whose instructions have names that no other instruction has, as objdump writes them.
COUNTED = {
    "popcnt": r"popcnt[wlq]?",
    "ssse3": r"pshufb|palignr|pmaddubsw|pmulhrsw|pabs[bwd]|psign[bwd]|ph(add|sub)(w|d|sw)",
    "sse4_2": r"crc32[bwlq]?|pcmp[ei]str[im]|pcmpgtq",
    "bmi2": r"mulx|pdep|pext|rorx|sarx|shlx|shrx|bzhi",
    "movbe": r"movbe[wlq]?",
}
#: What objdump writes before an instruction's name: ``addr32 mulx`` is how assembly code pads one.
_PREFIXES = "rep|repz|repnz|lock|data16|addr32|notrack|bnd|cs|ds|es|fs|gs"
_INSTRUCTION = re.compile(rf"^ *[0-9a-f]+:\t(?:(?:{_PREFIXES}) )*([a-z0-9]+)")
_NAMED = {feature: re.compile(pattern) for feature, pattern in COUNTED.items()}


@dataclass
class Result:
    """What was found about one wheel.

    Args:
        wheel: its file name.
        needs: the level that its code needs, as ``audit`` says.
        verdict: the audit's.
        at_import: the instruction sets beyond the tag that run at import.
        seconds: what the audit took of the processor, which other programs hardly change.
        counted: how many instructions objdump counts of the instruction sets in :data:`COUNTED`.
        differences: ``FEATURE: OURS, OBJDUMP'S`` for each instruction set that is counted differently.
        imported: what an import on an emulated CPU of each level came to; empty where none was tried.
        code_mb: megabytes of machine code.
    """

    wheel: str
    needs: str
    verdict: str
    at_import: list[str] = field(default_factory=list)
    seconds: float = 0.0
    counted: int = 0
    differences: list[str] = field(default_factory=list)
    imported: dict[str, str] = field(default_factory=dict)
    code_mb: float = 0.0

    @property
    def is_wrong(self) -> bool:
        """Whether the audit calls a wheel wrong that runs on a CPU of its tag, or right one that does not."""
        return (self.verdict, self.imported.get("v1")) in (("mislabelled", RAN), ("true", ILLEGAL))


def examine(wheel: Path, *, imports: bool) -> Result:
    """Audit one wheel, count by objdump, and import it."""
    started = time.process_time()
    audit = audit_wheel(wheel)
    seconds = time.process_time() - started
    at_import = sorted({feature for module in audit.modules for feature in module.unguarded})
    size = sum(module.size for module in audit.modules)
    result = Result(wheel.name, audit.level_found or "-", audit.verdict, at_import, seconds, code_mb=size / 1e6)
    ours = Counter(dict.fromkeys(COUNTED, 0))
    for module in audit.modules:
        ours.update({need.feature: need.count for need in module.needs if need.feature in COUNTED})
    theirs = count_by_objdump(wheel, audit)
    result.counted = theirs.total()
    result.differences = [f"{name}: {ours[name]}, {theirs[name]}" for name in COUNTED if ours[name] != theirs[name]]
    if imports or audit.verdict == "mislabelled":
        result.imported = _import(wheel, audit)
    return result


def count_by_objdump(wheel: Path, audit: WheelAudit) -> Counter[str]:
    """How many instructions of each counted instruction set objdump sees in the x86-64 files of a wheel."""
    found: Counter[str] = Counter()
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
        for module in audit.modules:
            if module.machine == "x86_64" and module.reason is None:
                for name in _disassemble(Path(archive.extract(module.path, folder))):
                    found.update(feature for feature, pattern in _NAMED.items() if pattern.fullmatch(name))
    return found


def _disassemble(library: Path) -> Iterator[str]:
    """The names of all instructions."""
    command = ["objdump", "-d", "--no-show-raw-insn", str(library)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            match = _INSTRUCTION.match(line)
            if match is not None:
                yield match[1]


def _import(wheel: Path, audit: WheelAudit) -> dict[str, str]:
    """What an import on an emulated CPU of each level comes to, in words."""
    machine = platform.machine()
    emulator = find_emulator(machine, machine)
    if isinstance(emulator, str):
        return dict.fromkeys(LEVELS, f"not tried ({emulator})")
    models = load_table(machine).emulators
    # What the package chooses itself is left to it, but not what is said to end the import.
    certain = {module.path for module in audit.modules if module.unguarded}
    chosen = [path for path in audit.find_beyond() if path not in certain]
    with tempfile.TemporaryDirectory() as folder:
        name = parse_wheel_name(wheel.name)
        environment = SmokeEnvironment(wheel, name, Path(folder), Children(), chosen)
        problem = environment.install(sys.executable)
        if problem is not None:
            return dict.fromkeys(LEVELS, f"not tried ({problem})")
        runs = {level: environment.try_import(Cpu(level, level, emulator, models[level])) for level in LEVELS}
    return {level: f"{run.outcome} ({run.reason})" if run.reason else run.outcome for level, run in runs.items()}


def fetch(name: str, folder: Path) -> Path | None:
    """The newest wheel of a project; None if there is none for this Python and platform."""
    place = folder / name
    if not list(place.glob("*.whl")):
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", name]
        command += ["-d", str(place), "--python-version", PYTHON]
        for tag in ("manylinux2014", "manylinux_2_17", "manylinux_2_24", "manylinux_2_26", "manylinux_2_28"):
            command += ["--platform", f"{tag}_x86_64"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            print(f"{name}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
            return None
    return next(place.glob("*.whl"))


def table(results: list[Result]) -> str:
    """The results as a table in Markdown."""
    lines = [
        "| wheel | code, MB | needs | verdict | at import it needs | objdump counts | import on v1 and v2 | CPU s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for result in results:
        name, version = result.wheel.split("-")[:2]
        counts = f"as many ({result.counted})" if result.counted else "as many"
        counts = "; ".join(result.differences) or counts
        cells = [f"{name} {version}", f"{result.code_mb:.1f}", result.needs, result.verdict]
        imported = ", ".join(dict.fromkeys(result.imported.values())) or "-"
        cells += [", ".join(result.at_import) or "-", counts, imported, f"{result.seconds:.1f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _keep(file: Path, results: list[Result]) -> list[Result]:
    """The results of this run and of those before; they are written down."""
    known: dict[str, Result] = {}
    if file.exists():
        known = {entry["wheel"]: Result(**entry) for entry in json.loads(file.read_text("utf-8"))}
    known |= {result.wheel: result for result in results}
    kept = sorted(known.values(), key=lambda result: result.wheel.lower())
    file.write_text(json.dumps([asdict(result) for result in kept], indent=1) + "\n", "utf-8")
    return kept


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--imports", action="store_true")
    parser.add_argument("--largest", type=float, default=LARGEST, metavar="MB", help="skip larger wheels")
    parser.add_argument("--write", type=Path, metavar="DOCUMENT")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    kept = _keep(options.folder / "results.json", [])
    for name in options.only or NAMES:
        wheel = fetch(name, options.folder)
        if wheel is None or wheel.stat().st_size > options.largest * 1e6:
            continue
        result = examine(wheel, imports=options.imports)
        print(table([result]).splitlines()[-1], file=sys.stderr, flush=True)
        kept = _keep(options.folder / "results.json", [result])
    if options.write is not None:
        text = options.write.read_text("utf-8")
        before, after = text.partition(BEGIN)[0], text.partition(END)[2]
        options.write.write_text(f"{before}{BEGIN}\n{table(kept)}{END}{after}", "utf-8")
    print(table(kept), end="")
    return 1 if any(result.is_wrong or result.differences for result in kept) else 0


if __name__ == "__main__":
    sys.exit(main())
