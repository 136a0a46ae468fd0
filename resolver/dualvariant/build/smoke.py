"""Does a finished wheel run on the processor that its label names, and not on one below?

The wheel is installed into an environment of its own and imported: on an emulated processor of exactly the level that
the label promises, or natively if the host supports the label and there is no emulator for it; and on an emulated one
of the level below, which has to refuse it. What cannot be tried is told of, with the reason, and is no failure.
"""

from __future__ import annotations

import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from dualvariant.audit.instruction_sets import LEVELS, allowed_by, level_of
from dualvariant.build.children import Children
from dualvariant.build.emulators import CPUS, Emulator, find_emulator
from dualvariant.build.job import Job
from variantlib.meta import VariantDescription, VariantMeta
from variantlib.wheel_name import WheelName, parse_wheel_name

__all__ = ["Run", "SmokeResult", "smoke_test"]

#: Seconds that an import may take; an emulated one takes some ten times as long as a native one.
LIMIT = 300

RAN, REFUSED, ILLEGAL, FAILED, NOT_RUN = "ran", "refused", "illegal instruction", "failed", "not run"

_SIGILL = (-4, 132)
_NOTE = "CPU ISA level is lower than required"
_IMPORT = """
import faulthandler, importlib, sys
faulthandler.enable()
packages, modules = (words.split(",") if words else [] for words in sys.argv[1:3])
for name in packages:
    importlib.import_module(name)
for name in modules:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        print(f"{name} needs what is not there: {error}")
print("imported")
"""


@frozen
class Run:
    """One attempt.

    Args:
        what: ``claimed``, ``below`` or ``test-command``.
        cpu: the processor: its level or version, and how it came about.
        outcome: ``ran``, ``refused`` (an ImportError, by the ELF note), ``illegal instruction``, ``failed`` or
            ``not run``.
        reason: why it was not run, or how it failed.
        seconds: what it took.
    """

    what: str
    cpu: str
    outcome: str
    reason: str | None = None
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """As ``build --json`` has it."""
        return {
            "what": self.what,
            "cpu": self.cpu,
            "outcome": self.outcome,
            "reason": self.reason,
            "seconds": round(self.seconds, 3),
        }

    def __str__(self) -> str:
        why = f" ({self.reason})" if self.reason else ""
        match self.what, self.outcome:
            case "test-command", outcome:
                return f"test command: {'passed' if outcome == RAN else outcome}{why}"
            case "below", "ran":
                return f"imports on {self.cpu} as well: nothing refuses it there, and its label may ask for too much"
            case "below", "refused" | "illegal instruction":
                return f"refused on {self.cpu}" + (" by an illegal instruction" if self.outcome == ILLEGAL else "")
            case _, outcome:
                return f"{outcome} on {self.cpu}{why}"


@frozen
class SmokeResult:
    """All attempts with one wheel."""

    runs: tuple[Run, ...]

    @property
    def failed(self) -> bool:
        """Whether it does not run where its label says it does, or its own test fails."""
        return any(run.what != "below" and run.outcome not in (RAN, NOT_RUN) for run in self.runs)

    @property
    def reason(self) -> str | None:
        """Why it failed; None if it did not."""
        return next((str(run) for run in self.runs if run.what != "below" and run.outcome not in (RAN, NOT_RUN)), None)

    @property
    def summary(self) -> str:
        """In one phrase."""
        return "; ".join(map(str, self.runs))

    def to_dict(self) -> dict[str, Any]:
        """As ``build --json`` has it."""
        return {"failed": self.failed, "summary": self.summary, "runs": [run.to_dict() for run in self.runs]}


@frozen
class _Cpu:
    """A processor to try a wheel on: its level, and the command that comes before Python's; None for the host."""

    what: str
    name: str
    emulator: Emulator | None
    model: str | None

    def command(self, *words: str) -> list[str]:
        return self.emulator.command(self.model, *words) if self.emulator and self.model else list(words)


def smoke_test(
    wheel: Path, job: Job, python: str, command: str | None, folder: Path, children: Children
) -> SmokeResult:
    """Try a finished wheel.

    Args:
        wheel: the wheel, labelled or not.
        job: what it was built for.
        python: the interpreter to install it for, where it is for this machine's architecture.
        command: the package's own test, for a shell; it is run where the label is claimed to run.
        folder: an empty folder of ours, for the environment and the logs.
        children: runs the processes.
    """
    name = parse_wheel_name(wheel.name)
    system, _, machine = job.platform.partition("_")
    here = platform.machine()
    if system != "linux" or sys.platform != "linux":
        return _all_not_run(job, command, f"it is for {job.platform}, and this is {sys.platform}")
    emulator = find_emulator(machine, here)
    if machine != here and isinstance(emulator, str):
        return _all_not_run(job, command, emulator)
    stage = _Stage(wheel, name, folder, children)
    if machine == here:
        problem = stage.install(python, job.settings.test_requires if command else ())
    else:
        assert isinstance(emulator, Emulator)
        problem = stage.install_abroad(emulator, machine)
    if problem is not None:
        return _all_not_run(job, command, problem, stage.outcome)
    cpus = _cpus(job, machine, here, emulator)
    runs = [cpu if isinstance(cpu, Run) else stage.try_import(cpu) for cpu in cpus]
    if runs[0].outcome == NOT_RUN and isinstance(cpus[0], _Cpu) and machine == here and _host_lacks(job) is None:
        # What it needs does not run on so old a processor; then a newer one has to do.
        host = f"this host, because {runs[0].reason}"
        runs[0] = stage.try_import(_Cpu("claimed", f"{_claim(job)[0]} ({host})", None, None))
    if command:
        claimed = next((cpu for cpu in cpus if isinstance(cpu, _Cpu) and cpu.what == "claimed"), None)
        runs.append(stage.try_command(command, None if machine == here and _host_lacks(job) is None else claimed))
    return SmokeResult(tuple(runs))


def _all_not_run(job: Job, command: str | None, reason: str, outcome: str = NOT_RUN) -> SmokeResult:
    runs = [Run("claimed", _claim(job)[0], outcome, reason)]
    return SmokeResult((*runs, *([Run("test-command", _claim(job)[0], NOT_RUN, reason)] if command else [])))


def _claim(job: Job) -> tuple[str, tuple[str, ...]]:
    """The level, or version, that the label asks for, and what it asks for beside it."""
    metas: Sequence[VariantMeta] = tuple(job.variant or ())
    if job.platform.endswith("_x86_64"):
        ours = [meta for meta in metas if meta.provider == "x86_64"]
        return level_of(frozenset[str]().union(*(allowed_by(meta.key, meta.value) for meta in ours)))
    ours = [meta for meta in metas if meta.provider == "aarch64"]
    versions = [meta.value for meta in ours if meta.key == "version"]
    return versions[0] if versions else "8a", tuple(str(meta) for meta in ours if meta.key != "version")


def _cpus(job: Job, machine: str, here: str, emulator: Emulator | str) -> list[_Cpu | Run]:
    """The processors to try it on, or why not."""
    level, beside = _claim(job)
    models = CPUS[machine]
    model = models.get(level) if not beside else None
    found: list[_Cpu | Run] = []
    if model and isinstance(emulator, Emulator):
        found.append(_Cpu("claimed", f"{level} ({model}, emulated)", emulator, model))
    elif machine == here and (lacks := _host_lacks(job)) is None:
        found.append(_Cpu("claimed", f"{level} (this host)", None, None))
    elif machine == here:
        no = emulator if isinstance(emulator, str) else "no emulator has it"
        found.append(Run("claimed", level, NOT_RUN, f"{no}; {lacks}"))
    else:
        found.append(Run("claimed", level, NOT_RUN, "no emulator has exactly that processor"))
    below = _below(machine, level, beside)
    if below is not None:
        if isinstance(emulator, Emulator):
            found.append(_Cpu("below", f"{below} ({models[below]}, emulated)", emulator, models[below]))
        else:
            found.append(Run("below", below, NOT_RUN, emulator))
    return found


def _below(machine: str, level: str, beside: Sequence[str]) -> str | None:
    """A lesser processor that can be emulated; None where there is none to speak of."""
    if machine == "x86_64":
        names = list(LEVELS)
        at = names.index(level)
        return names[at - 1] if at else ("v1" if beside else None)
    lesser = [version for version in CPUS[machine] if _version(version) < _version(level)]
    return max(lesser, key=_version) if lesser else None


def _version(text: str) -> tuple[int, ...]:
    """``8.2a`` as numbers; ``8a`` comes before it."""
    return tuple(int(part) for part in re.findall(r"[0-9]+", text))


def _host_lacks(job: Job) -> str | None:
    """What this host lacks for the label, in words; None if nothing."""
    if job.variant is None:
        return None
    from dualvariant.host.detect import detect
    from variantlib.order import Ranking
    from variantlib.verdict import Unsupported

    # Only what the processor offers can be told from here; a label may ask for other things.
    cpu = [meta for meta in job.variant if meta.provider in ("x86_64", "aarch64")]
    if not cpu:
        return None
    profile = detect().profile
    key = Ranking(profile).key(VariantDescription(cpu))
    return f"this host: {Unsupported(key, profile)}" if isinstance(key, VariantMeta) else None


class _Stage:
    """An environment with the wheel in it."""

    def __init__(self, wheel: Path, name: WheelName, folder: Path, children: Children) -> None:
        self.folder, self.name, self.children = folder, name, children
        # An installer takes a variant under its standard name only.
        self.wheel = folder / name.standard_filename
        shutil.copyfile(wheel, self.wheel)
        self.packages, self.modules = _names(self.wheel)
        self.python = ""
        self.environ: dict[str, str] = {}
        #: What it means if it cannot be installed: that it is broken, or that something else is not to be had.
        self.outcome = NOT_RUN

    def install(self, python: str, more: Sequence[str]) -> str | None:
        """Install it for an interpreter of this architecture; why not, if it cannot be."""
        place = self.folder / "environment"
        self.python = str(place / "bin" / "python")
        self.environ = _plain(os.environ)
        self.environ |= {"VIRTUAL_ENV": str(place), "PATH": f"{place / 'bin'}:{os.environ.get('PATH', '')}"}
        log = self.folder / "0-install.log"
        pip = [sys.executable, "-m", "pip", "--python", self.python, "install", "--no-compile", "-q"]
        try:
            self._run([python, "-m", "venv", "--without-pip", str(place)], log)
        except subprocess.SubprocessError:
            return f"no environment can be made with {python} ({_last_line(log)})"
        minor = next((place / "bin").glob("python3.*")).name
        if not _fits(self.name, minor):
            return f"it is for {self.name.python}, and this is {minor}"
        return self._install([*pip, str(self.wheel)], more, log)

    def _install(self, pip: Sequence[str], more: Sequence[str], log: Path) -> str | None:
        try:
            self._run([*pip, "--no-deps"], log)
        except subprocess.SubprocessError:
            self.outcome = FAILED
            return f"it cannot be installed ({_last_line(log)})"
        try:
            self._run([*pip, *more], log)
        except subprocess.SubprocessError:
            return f"what it needs cannot be installed ({_last_line(log)})"
        return None

    def install_abroad(self, emulator: Emulator, machine: str) -> str | None:
        """Install it into a folder, for the Python of another architecture; why not, if it cannot be."""
        assert emulator.root is not None
        pythons = sorted((emulator.root / "usr" / "bin").glob("python3.[0-9]*[0-9]"))
        fitting = [path for path in pythons if _fits(self.name, path.name)]
        if not fitting:
            have = ", ".join(path.name for path in pythons) or "no Python"
            return f"{emulator.root} has {have}, the wheel is for {self.name.python}"
        self.python = str(fitting[0])
        target = self.folder / "target"
        self.environ = {**_plain(os.environ), "PYTHONPATH": str(target), "PYTHONDONTWRITEBYTECODE": "1"}
        log = self.folder / "0-install.log"
        version = fitting[0].name.removeprefix("python")
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-compile", "--only-binary", ":all:"]
        pip += ["--target", str(target), "--python-version", version, "--implementation", "cp"]
        for tag in dict.fromkeys([*self.name.platform.split("."), f"manylinux2014_{machine}"]):
            pip += ["--platform", tag]
        return self._install([*pip, "--upgrade", str(self.wheel)], (), log)

    def _run(self, command: Sequence[str], log: Path) -> None:
        self.children.run(command, str(self.folder), self.environ, log, LIMIT)

    def try_import(self, cpu: _Cpu) -> Run:
        """Import what the wheel brings."""
        log = self.folder / f"{1 if cpu.what == 'claimed' else 2}-{cpu.what}.log"
        words = [self.python, "-c", _IMPORT, ",".join(self.packages), ",".join(self.modules)]
        started = time.monotonic()
        outcome, reason = RAN, None
        try:
            self._run(cpu.command(*words), log)
        except subprocess.TimeoutExpired:
            outcome, reason = FAILED, f"no end after {LIMIT} s"
        except subprocess.CalledProcessError as error:
            outcome, reason = self._why(error.returncode, log.read_text("utf-8", "replace"))
        return Run(cpu.what, cpu.name, outcome, reason, time.monotonic() - started)

    def _why(self, code: int, said: str) -> tuple[str, str | None]:
        stranger = _stranger(said, {*self.packages, str(self.name.name).replace("-", "_")})
        if stranger is not None:
            return NOT_RUN, f"{stranger}, which it needs, does not run there"
        if _NOTE in said:
            return REFUSED, None
        if code in _SIGILL:
            return ILLEGAL, None
        return FAILED, (said.strip().splitlines() or [f"exit code {code}"])[-1]

    def try_command(self, command: str, cpu: _Cpu | None) -> Run:
        """The package's own test: natively (None), or emulated if it is a call of ``python``."""
        log = self.folder / "3-test-command.log"
        words = ["/bin/sh", "-c", command]
        name = "this host"
        if cpu is not None:
            name = cpu.name
            first, *rest = shlex.split(command) or [""]
            if first not in ("python", "python3") and cpu.emulator:
                return Run("test-command", name, NOT_RUN, "only 'python …' can be emulated")
            words = cpu.command(self.python, *rest)
        elif not self.python.startswith(str(self.folder)):
            return Run("test-command", name, NOT_RUN, "no processor to run it on")
        started = time.monotonic()
        outcome, reason = RAN, None
        try:
            self.children.run(words, str(self.folder), self.environ, log)
        except subprocess.CalledProcessError as error:
            outcome, reason = FAILED, f"exit code {error.returncode}"
        return Run("test-command", name, outcome, reason, time.monotonic() - started)


def _plain(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not name.startswith("PYTHON")}


def _names(wheel: Path) -> tuple[list[str], list[str]]:
    """What a wheel brings to import: the packages and modules at its top, and its extension modules."""
    tops: set[str] = set()
    modules: set[str] = set()
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.namelist():
            path = re.sub(r"^[^/]*\.data/(platlib|purelib)/", "", entry)
            folder, _, file = path.rpartition("/")
            stem, suffix = file.partition(".")[0], file.rpartition(".")[2]
            parts = [*folder.split("/"), stem] if folder else [stem]
            if not all(part.isidentifier() for part in parts):
                continue
            if suffix in ("so", "pyd"):
                modules.add(".".join(parts))
                if not folder:
                    tops.add(stem)
            elif file == "__init__.py" and folder.count("/") == 0:
                tops.add(folder)
            elif suffix == "py" and not folder and stem != "__init__":
                tops.add(stem)
    # A folder without an __init__.py is a namespace: its extension modules are all that can be imported.
    return sorted(tops), sorted(modules)


def _fits(name: WheelName, python: str) -> bool:
    minor = int(python.rpartition(".")[2])
    for tag in name.python.split("."):
        if tag in (f"cp3{minor}", "py3"):
            return True
        if "abi3" in name.abi.split(".") and tag.startswith("cp3") and tag[3:].isdigit() and int(tag[3:]) <= minor:
            return True
    return False


def _stranger(said: str, packages: Collection[str]) -> str | None:
    """The package of others in which an import ended; None if it ended in one of ours.

    A traceback has the last call at its end, faulthandler's at its beginning; the loader's message has the library.
    """
    refused = re.findall(rf"ImportError: (\S+): {_NOTE}", said)
    files = refused or re.findall(r'File "([^"]*/(?:site-packages|target)/[^"]*)"', said)
    if not files:
        return None
    last = files[0] if "most recent call first" in said else files[-1]
    top = re.split(r"/site-packages/|/target/", last)[-1].split("/")[0].partition(".")[0]
    return None if top in packages else top


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else "without a word"
