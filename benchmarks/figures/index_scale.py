"""``dualvariant index`` over thousands of wheels: a first run, one after a new wheel, one where nothing changed."""

from __future__ import annotations

import hashlib
import resource
import shutil
import subprocess
import sys
import time
import zipfile
from collections import defaultdict
from pathlib import Path
from statistics import median

from figures.environments import Environments, undisturbed
from figures.figure import Figure, at_most, reported, spread
from figures.ranking import exponent

__all__ = ["measure"]

COUNTS = (1_000, 3_000, 10_000)
PER_PROJECT = 10
ROUNDS = 5

FIRST, NEW, NOTHING = "first", "one new wheel", "nothing new"


def measure(environments: Environments, rounds: int) -> list[Figure]:
    """Ten wheels a project, two releases of it, four of five wheels variants."""
    command = str(environments.ours / "bin" / "dualvariant")
    folders = {count: environments.scratch / "scale" / str(count) for count in COUNTS}
    for count, folder in folders.items():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for number in range(count):
            _write_wheel(folder, number // PER_PROJECT, number % PER_PROJECT)
    seconds: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
    processor: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
    for turn in range(ROUNDS):
        for count, folder in folders.items():
            print(f"index, {count} wheels, round {turn + 1} of {ROUNDS}", file=sys.stderr)
            _clean(folder)
            new = None
            for kind in (FIRST, NOTHING, NEW):
                if kind == NEW:
                    new = _write_wheel(folder, count // PER_PROJECT // 2, PER_PROJECT + turn)
                used, start = _processor_seconds(), time.perf_counter()
                done = subprocess.run(
                    [command, "index", str(folder)], env=undisturbed(), capture_output=True, text=True
                )
                seconds[kind, count].append(time.perf_counter() - start)
                processor[kind, count].append(_processor_seconds() - used)
                expected = f"{count // PER_PROJECT} projects, {count + (kind == NEW)} wheels"
                if done.returncode != 0 or not done.stdout.startswith(expected):
                    raise SystemExit(f"index {folder} failed, not {expected!r}:\n{done.stdout}{done.stderr}")
            if new is not None:
                new.unlink()
    return _figures(seconds, processor)


def _figures(
    seconds: dict[tuple[str, int], list[float]], processor: dict[tuple[str, int], list[float]]
) -> list[Figure]:
    slopes = [exponent(COUNTS, [median(used[FIRST, count]) for count in COUNTS]) for used in (processor, seconds)]
    samples = {str(count): {"processor": processor[FIRST, count], "seconds": seconds[FIRST, count]} for count in COUNTS}
    each = ", ".join(f"{median(processor[FIRST, count]) / count * 1e6:.0f}" for count in COUNTS)
    most = COUNTS[-1]
    figures = [
        at_most("index, from 1,000 to 10,000 wheels, exponent", slopes[0], 1.1, "{:.3f}", **samples),
        reported("… of the wall-clock time", f"{slopes[1]:.3f}"),
        reported("… µs a wheel at 1k, 3k, 10k", each),
    ]
    for kind in (NEW, NOTHING):
        ours, first = seconds[kind, most], seconds[FIRST, most]
        name, share = f"index of 10,000 wheels, {kind}, of the first run", _share(ours, first)
        if kind == NEW:
            figures.append(at_most(name, share, 0.05, "{:.3f} ×", ours=ours, first=first))
        else:
            figures.append(reported(name, f"{share:.3f} ×", ours=ours, first=first))
        figures.append(reported("… this run, the first, ms", f"{spread(ours)}, {spread(first)}"))
        share = _share(processor[kind, most], processor[FIRST, most])
        figures.append(reported("… processor time", f"{share:.3f} ×"))
    return figures


def _share(ours: list[float], first: list[float]) -> float:
    """The median over the rounds: both of a round ran under the same weather."""
    return median(our / their for our, their in zip(ours, first, strict=True))


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _clean(folder: Path) -> None:
    """Leave nothing but the wheels."""
    shutil.rmtree(folder / "simple", ignore_errors=True)
    for path in folder.iterdir():
        if path.suffix != ".whl":
            path.unlink()


def _write_wheel(folder: Path, project: int, number: int) -> Path:
    """A wheel with next to nothing in it: reading less is what a later run saves, so this is its hardest case."""
    name, version = f"project_{project:04}", f"1.{number // 5}"
    info = f"{name}-{version}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Python: >=3.10"]
    label = ""
    if number % 5:
        properties = [f"x86_64 :: avx{number % 5} :: on", f"x86_64 :: level :: v{number % 5}"]
        label = hashlib.shake_128("".join(properties).encode()).hexdigest(4)
        metadata += [f"Variant-hash: {label}", *(f"Variant: {text}" for text in properties)]
    path = folder / f"{name}-{version}{label and '~'}{label}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}/__init__.py", f"NUMBER = {number}\n")
        archive.writestr(f"{info}/METADATA", "\n".join([*metadata, "", "What it is for.\n" * 20]))
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path
