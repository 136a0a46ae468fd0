"""An environment in which a wheel is installed, imported and tested, on this host's CPU or an emulated one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Collection, Sequence
from pathlib import Path

from dualvariant.builder.verify.command import split_commands
from dualvariant.builder.verify.cpus import Cpu
from dualvariant.builder.verify.emulators import Emulator
from dualvariant.builder.verify.results import Run
from dualvariant.core.platforms import split_platform_tags
from dualvariant.core.processes import Children
from dualvariant.trial.importing import LIMIT, make_import_command, make_plain_environ, read_end
from dualvariant.trial.modules import list_wheel_modules
from dualvariant.trial.outcomes import FAILED, NOT_RUN, RAN
from variantlib.wheel_name import WheelName

__all__ = ["SmokeEnvironment"]


class SmokeEnvironment:
    """An environment with one wheel in it.

    Args:
        wheel: the wheel.
        name: its name, which may differ from the file's.
        folder: an empty folder of ours.
        children: runs the processes.
        chosen: native files that the package itself chooses when it runs.
    """

    def __init__(
        self, wheel: Path, name: WheelName, folder: Path, children: Children, chosen: Collection[str] = ()
    ) -> None:
        self.folder, self.name, self.children = folder, name, children
        # Installers install a variant under its standard name only.
        self.wheel = folder / name.standard_filename
        shutil.copyfile(wheel, self.wheel)
        self.names = list_wheel_modules(self.wheel, chosen)
        self.python = ""
        self.environ: dict[str, str] = {}
        self.pip: list[str] = []
        self.log = folder / "0-install.log"
        #: The outcome to report if the installation fails: FAILED where the wheel itself is at fault.
        self.outcome = NOT_RUN

    def install(self, python: str) -> str | None:
        """Install the wheel for an interpreter of this architecture; the reason if that is not possible."""
        place = self.folder / "environment"
        self.python = str(place / "bin" / "python")
        self.environ = make_plain_environ(os.environ)
        self.environ |= {"VIRTUAL_ENV": str(place), "PATH": f"{place / 'bin'}:{os.environ.get('PATH', '')}"}
        self.pip = [sys.executable, "-m", "pip", "--python", self.python, "install", "--no-compile", "-q"]
        try:
            self._run([python, "-m", "venv", "--without-pip", str(place)], self.log)
        except subprocess.SubprocessError:
            return f"no environment can be made with {python} ({_last_line(self.log)})"
        minor = next((place / "bin").glob("python3.*")).name
        if not _fits(self.name, minor):
            return f"it is for {self.name.python}, and this is {minor}"
        return self._install()

    def install_for_machine(self, emulator: Emulator, machine: str) -> str | None:
        """Install the wheel into a folder, for another architecture's Python; the reason if that is not possible."""
        assert emulator.root is not None
        pythons = sorted((emulator.root / "usr" / "bin").glob("python3.[0-9]*[0-9]"))
        fitting = [path for path in pythons if _fits(self.name, path.name)]
        if not fitting:
            have = ", ".join(path.name for path in pythons) or "no Python"
            return f"{emulator.root} has {have}, the wheel is for {self.name.python}"
        self.python = str(fitting[0])
        target = self.folder / "target"
        self.environ = {**make_plain_environ(os.environ), "PYTHONPATH": str(target), "PYTHONDONTWRITEBYTECODE": "1"}
        version = fitting[0].name.removeprefix("python")
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-compile", "--only-binary", ":all:", "--upgrade"]
        pip += ["--target", str(target), "--python-version", version, "--implementation", "cp"]
        for tag in dict.fromkeys([*split_platform_tags(self.name.platform), f"manylinux2014_{machine}"]):
            pip += ["--platform", tag]
        self.pip = pip
        return self._install()

    def _install(self) -> str | None:
        try:
            self._run([*self.pip, str(self.wheel), "--no-deps"], self.log)
        except subprocess.SubprocessError:
            self.outcome = FAILED
            return f"it cannot be installed ({_last_line(self.log)})"
        try:
            self._run([*self.pip, str(self.wheel)], self.log)
        except subprocess.SubprocessError:
            return f"its dependencies cannot be installed ({_last_line(self.log)})"
        return None

    def require(self, requirements: Sequence[str]) -> str | None:
        """Install the requirements of the package's own test; the reason if that is not possible."""
        if not requirements:
            return None
        try:
            # The wheel is named again, so that a requirement that depends on it does not replace it by one of an index.
            self._run([*self.pip, str(self.wheel), *requirements], self.log)
        except subprocess.SubprocessError:
            return f"the requirements of the test cannot be installed ({_last_line(self.log)})"
        return None

    def _run(self, command: Sequence[str], log: Path) -> None:
        self.children.run(command, str(self.folder), self.environ, log, LIMIT)

    def try_import(self, cpu: Cpu) -> Run:
        """Import the packages and modules of the wheel."""
        log = self.folder / f"{1 if cpu.what == 'claimed' else 2}-{cpu.what}.log"
        words = make_import_command(self.python, self.names)
        started = time.monotonic()
        outcome, reason = RAN, None
        try:
            self._run(cpu.command(*words), log)
        except subprocess.TimeoutExpired:
            outcome, reason = FAILED, f"it did not end within {LIMIT} s"
        except subprocess.CalledProcessError as error:
            own = {*self.names.packages, str(self.name.name).replace("-", "_")}
            outcome, reason = read_end(error.returncode, log.read_text("utf-8", "replace"), own)
        return Run(cpu.what, cpu.name, outcome, reason, time.monotonic() - started, cpu.exact)

    def try_command(self, command: str, cpu: Cpu) -> Run:
        """The package's own test, in an empty folder: by a shell on this host, or emulated if it calls ``python``."""
        lines = [["/bin/sh", "-c", command]]
        if cpu.emulator is not None:
            emulated = [self._emulate(words, cpu) for words in split_commands(command) or [[]]]
            lines = [words for words in emulated if words is not None]
            if len(lines) < len(emulated):
                return Run("test-command", cpu.name, NOT_RUN, "only calls of Python can be emulated")
        place = self.folder / "test"
        place.mkdir()
        started = time.monotonic()
        outcome, reason = RAN, None
        try:
            for words in lines:
                self.children.run(words, str(place), self.environ, self.folder / "3-test-command.log")
        except subprocess.CalledProcessError as error:
            outcome, reason = FAILED, f"exit code {error.returncode}"
        return Run("test-command", cpu.name, outcome, reason, time.monotonic() - started)

    def _emulate(self, words: Sequence[str], cpu: Cpu) -> list[str] | None:
        """A command by the emulator: ``python …``, or a script that the environment has; None if it is another."""
        first, *rest = words or [""]
        if first in ("python", "python3"):
            return cpu.command(self.python, *rest)
        script = Path(self.python).with_name(first) if first and "/" not in first else None
        if script is not None and script.is_file() and script.read_bytes().startswith(b"#!"):
            return cpu.command(self.python, str(script), *rest)
        return None


def _fits(name: WheelName, python: str) -> bool:
    minor = int(python.rpartition(".")[2])
    for tag in name.python.split("."):
        if tag in (f"cp3{minor}", "py3"):
            return True
        if "abi3" in name.abi.split(".") and tag.startswith("cp3") and tag[3:].isdigit() and int(tag[3:]) <= minor:
            return True
    return False


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it printed nothing"
