"""``dualvariant audit`` of a wheel with 20 MB of machine code, beside ``objdump -d`` of the same library."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from statistics import median

from figures.environments import Environments, python_of
from figures.figure import Figure, at_most, reported, spread
from figures.turns import Command, everyday, in_turn, ratio

__all__ = ["measure"]

SIZE = 20_000_000
ROUNDS = 7
DISASSEMBLER = "iced-x86==1.21.0"

_TAG = "cp311-cp311-linux_x86_64"


def measure(environments: Environments, rounds: int) -> list[Figure]:
    """Whole processes, in turn."""
    missing = [name for name in ("gcc", "objcopy", "objdump") if shutil.which(name) is None]
    if missing or os.uname().machine != "x86_64":
        return [reported("audit of 20 MB of machine code", f"not measured: needs x86-64 and {', '.join(missing)}")]
    install = [python_of(environments.ours), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, DISASSEMBLER], check=True)
    library, wheel = _make(environments.scratch / "audit")
    # A Python that was built for more than the baseline makes the wheel mislabelled, and the exit code 1.
    script = '"$@"; [ $? -le 1 ]'
    audit = [python_of(environments.ours), "-m", "dualvariant", "audit", str(wheel)]
    table = {
        "audit": Command(["sh", "-c", script, "sh", *audit]),
        "objdump": Command(["sh", "-c", 'exec objdump -d "$1" > "$2"', "sh", str(library), os.devnull]),
    }
    seconds, _ = in_turn("audit", table, min(ROUNDS, rounds), everyday(environments), warm_up=1)
    ours, theirs = seconds["audit"], seconds["objdump"]
    return [
        at_most("audit of 20 MB of machine code, of objdump -d", ratio(ours, theirs), 1.0, ours=ours, theirs=theirs),
        at_most("… seconds", median(ours), 3.0, "{:.2f} s"),
        reported("… ours, objdump, ms", ", ".join(map(spread, (ours, theirs)))),
    ]


def _make(folder: Path) -> tuple[Path, Path]:
    """A library that holds this Python's own machine code again and again, and a wheel with it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    code = max((_code(path, folder) for path in _pythons()), key=len)
    (folder / "code.bin").write_bytes(code)
    times = SIZE // len(code) + 1
    lines = [".text", *[f'.incbin "code.bin", 0, {min(len(code), SIZE - n * len(code))}' for n in range(times)]]
    (folder / "code.s").write_text("\n".join([*lines, '.section .note.GNU-stack,"",@progbits', ""]))
    subprocess.run(["gcc", "-shared", "-nostdlib", "code.s", "-o", "code.so"], cwd=folder, check=True)
    wheel = folder / f"big-1.0-{_TAG}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "code.so", "code.so")
        archive.writestr("big-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: big\nVersion: 1.0\n")
        archive.writestr("big-1.0.dist-info/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {_TAG}\n")
        archive.writestr("big-1.0.dist-info/RECORD", "")
    return folder / "code.so", wheel


def _pythons() -> list[Path]:
    shared = Path(str(sysconfig.get_config_var("LIBDIR")), str(sysconfig.get_config_var("INSTSONAME")))
    return [path for path in (Path(sys.executable).resolve(), shared) if path.is_file()]


def _code(path: Path, folder: Path) -> bytes:
    target = folder / "section.bin"
    command = ["objcopy", "-O", "binary", "--only-section=.text", str(path), str(target)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return target.read_bytes()
