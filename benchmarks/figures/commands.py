"""Whole commands, as a user waits for them, in turn with pip's and uv's."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from figures.environments import PIPS, UV, Environments, python_of, undisturbed
from figures.figure import Figure, at_most, reported, spread
from figures.serving import served
from figures.tiny import PROJECT, write_wheel
from figures.turns import Command, Samples, difference, everyday, in_turn, ratio

__all__ = ["measure"]

#: pip → how much longer than its own an install through us may take.
LIMITS = {"26.3": 1.4, "23.2.1": 1.6}

#: Seconds that we may add to uv's own time, and the same as a part of pip's own time for the same install.
UV_LIMIT, UV_SHARE = 0.15, 0.33

KINDS = ("file", "http")
#: A program in Python that imports a part of what we do, and starts uv.
_LEAST = Path(__file__).resolve().parent.parent / "workers" / "least_start.py"


def measure(environments: Environments, rounds: int) -> list[Figure]:
    """``--version``, ``host`` and ``install``, against pip and uv."""
    ours = str(environments.ours / "bin" / "dualvariant")
    index = _index(environments)
    with served(index) as address:
        table: dict[str, Command] = {
            "pip --version": Command([str(environments.pips[PIPS[0]] / "bin" / "pip"), "--version"]),
            "dualvariant --version": Command([ours, "--version"]),
            "dualvariant host": Command([ours, "host"]),
        }
        for kind, url in zip(KINDS, ((index / "simple").as_uri(), f"{address}/simple"), strict=True):
            source = ["--index-url", url, PROJECT]
            for version, folder in environments.pips.items():
                fills, target = _filled(folder), ["--python", str(folder)]
                table[f"pip {version}, {kind}"] = Command([str(folder / "bin" / "pip"), "install", *source], fills)
                words = [ours, "install", "--engine", "pip", *source, *target]
                table[f"dualvariant {version}, {kind}"] = Command(words, fills)
            # The same target as the newest pip's, so that both engines fill the same environment.
            folder = environments.pips[PIPS[0]]
            fills, target = _filled(folder), ["--python", str(folder)]
            uv = [str(environments.uv / "bin" / "uv"), "pip", "install", *source, *target]
            table[f"uv, {kind}"] = Command(uv, fills)
            table[f"least uv, {kind}"] = Command([python_of(environments.ours), str(_LEAST), *uv], fills)
            table[f"dualvariant uv, {kind}"] = Command([ours, "install", "--engine", "uv", *source, *target], fills)
        seconds, processor = in_turn("commands", table, rounds, everyday(environments))
    return [*_starts(seconds), *_with_pip(seconds, processor), *_with_uv(seconds, processor)]


def _starts(seconds: Samples) -> list[Figure]:
    pip, version, host = (seconds[name] for name in ("pip --version", "dualvariant --version", "dualvariant host"))
    return [
        at_most("dualvariant --version, of pip --version", ratio(version, pip), 0.6, ours=version, theirs=pip),
        at_most("dualvariant host, cached, of pip --version", ratio(host, pip), 0.9, ours=host, theirs=pip),
        reported("… --version, host, pip --version, ms", ", ".join(map(spread, (version, host, pip)))),
    ]


def _with_pip(seconds: Samples, processor: Samples) -> list[Figure]:
    figures = []
    for version in PIPS:
        for kind in KINDS:
            our_name, their_name = f"dualvariant {version}, {kind}", f"pip {version}, {kind}"
            ours, theirs = seconds[our_name], seconds[their_name]
            name = f"dualvariant install, of pip {version} install ({kind}: index)"
            figures.append(at_most(name, ratio(ours, theirs), LIMITS[version], ours=ours, theirs=theirs))
            figures.append(reported("… ours, pip, ms", ", ".join(map(spread, (ours, theirs)))))
            ours, theirs = processor[our_name], processor[their_name]
            figures.append(reported("… processor time", f"{ratio(ours, theirs):.2f} ×", ours=ours, theirs=theirs))
    return figures


def _with_uv(seconds: Samples, processor: Samples) -> list[Figure]:
    figures = []
    for kind in KINDS:
        our_name, their_name, pip = f"dualvariant uv, {kind}", f"uv, {kind}", seconds[f"pip {PIPS[0]}, {kind}"]
        ours, theirs = seconds[our_name], seconds[their_name]
        name = f"dualvariant install --engine uv, more than uv {UV} ({kind}: index), ms"
        more = difference(ours, theirs) * 1e3
        figures.append(at_most(name, more, UV_LIMIT * 1e3, "{:.0f}", ours=ours, theirs=theirs))
        added = [our - their for our, their in zip(ours, theirs, strict=True)]
        figures.append(at_most(f"… as a part of pip {PIPS[0]} install", ratio(added, pip), UV_SHARE))
        least = [one - their for one, their in zip(seconds[f"least uv, {kind}"], theirs, strict=True)]
        name = "… the same of a program that imports attrs, packaging and platformdirs and starts uv"
        figures.append(reported(name, f"{ratio(least, pip):.2f}"))
        figures.append(at_most(f"… of pip {PIPS[0]} install", ratio(ours, pip), 1.0, ours=ours, theirs=pip))
        figures.append(reported("… ours, uv, pip, ms", ", ".join(map(spread, (ours, theirs, pip)))))
        ours, theirs = processor[our_name], processor[their_name]
        more = difference(ours, theirs) * 1e3
        figures.append(reported("… processor time, more than uv, ms", f"{more:.0f}", ours=ours, theirs=theirs))
    return figures


def _filled(environment: Path) -> list[Path]:
    """What an install of the tiny wheel makes."""
    site = next((environment / "lib").glob("python*/site-packages"))
    return [site / PROJECT, site / f"{PROJECT}-1.0.dist-info"]


def _index(environments: Environments) -> Path:
    """A static index of a tiny wheel: standard, and as a variant that every x86-64 CPU can take."""
    index = environments.scratch / "index"
    shutil.rmtree(index, ignore_errors=True)
    index.mkdir()
    wheel = write_wheel(index)
    ours = [python_of(environments.ours), "-m", "dualvariant"]
    tag = [*ours, "tag", str(wheel), "-p", "x86_64 :: level :: v1", "-o", str(index)]
    for command in (tag, [*ours, "index", str(index)]):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=undisturbed())
    return index
