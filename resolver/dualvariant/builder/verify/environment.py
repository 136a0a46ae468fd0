"""An environment in which a wheel is installed, imported and tested, on this host's CPU or an emulated one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from dualvariant.binary.startup import read_startup
from dualvariant.builder.verify.command import split_commands
from dualvariant.builder.verify.cpus import Cpu
from dualvariant.builder.verify.emulators import Emulator
from dualvariant.builder.verify.results import FAILED, ILLEGAL, NOT_RUN, RAN, REFUSED, Run
from dualvariant.core.platforms import split_platform_tags
from dualvariant.core.processes import Children
from variantlib.wheel_name import WheelName

__all__ = ["LIMIT", "SmokeEnvironment", "find_modules"]

#: Seconds that an import may take; an emulated one takes some ten times as long as a native one.
LIMIT = 300

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
        print(f"{name} needs a module that is not installed: {error}")
    except SystemError as error:
        if "without raising an exception" not in str(error):
            raise
        print(f"{name} is loaded by its path, and is no module of Python: {error}")
print("imported")
"""


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
        self.packages, self.modules = find_modules(self.wheel, chosen)
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
        self.environ = _make_plain_environ(os.environ)
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
        self.environ = {**_make_plain_environ(os.environ), "PYTHONPATH": str(target), "PYTHONDONTWRITEBYTECODE": "1"}
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
        words = [self.python, "-c", _IMPORT, ",".join(self.packages), ",".join(self.modules)]
        started = time.monotonic()
        outcome, reason = RAN, None
        try:
            self._run(cpu.command(*words), log)
        except subprocess.TimeoutExpired:
            outcome, reason = FAILED, f"it did not end within {LIMIT} s"
        except subprocess.CalledProcessError as error:
            outcome, reason = self._explain(error.returncode, log.read_text("utf-8", "replace"))
        return Run(cpu.what, cpu.name, outcome, reason, time.monotonic() - started, cpu.exact)

    def _explain(self, code: int, output: str) -> tuple[str, str | None]:
        other = _find_other_package(output, {*self.packages, str(self.name.name).replace("-", "_")})
        if other is not None:
            return NOT_RUN, f"{other}, which it needs, does not run there"
        if _NOTE in output:
            return REFUSED, None
        if code in _SIGILL:
            return ILLEGAL, None
        return FAILED, (output.strip().splitlines() or [f"exit code {code}"])[-1]

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


def _make_plain_environ(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not name.startswith("PYTHON")}


def find_modules(wheel: Path, chosen: Collection[str] = ()) -> tuple[list[str], list[str]]:
    """What Python would import of a wheel: the packages and modules at its top, and its extension modules.

    A native file is an extension module if it has the function ``PyInit_NAME`` of its name; one without is a library
    that is loaded by its path (ctypes, cffi).

    Args:
        wheel: the wheel.
        chosen: native files that the package itself chooses when it runs; they are left to it.
    """
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
                if entry in chosen or not _is_module(stem, suffix, archive.read(entry)):
                    continue
                modules.add(".".join(parts))
                if not folder:
                    tops.add(stem)
            elif file == "__init__.py" and folder.count("/") == 0:
                tops.add(folder)
            elif suffix == "py" and not folder and stem != "__init__":
                tops.add(stem)
    # A folder without an __init__.py is a namespace: its extension modules are all that can be imported.
    return sorted(tops), sorted(modules)


def _is_module(stem: str, suffix: str, content: bytes) -> bool:
    startup = read_startup(content) if suffix == "so" else None
    return startup is None or any(f"{kind}_{stem}" in startup.inits for kind in ("PyInit", "PyModExport"))


def _fits(name: WheelName, python: str) -> bool:
    minor = int(python.rpartition(".")[2])
    for tag in name.python.split("."):
        if tag in (f"cp3{minor}", "py3"):
            return True
        if "abi3" in name.abi.split(".") and tag.startswith("cp3") and tag[3:].isdigit() and int(tag[3:]) <= minor:
            return True
    return False


def _find_other_package(output: str, packages: Collection[str]) -> str | None:
    """The package of others in which an import ended; None if it ended in one of ours.

    A traceback has the last call at its end, faulthandler's at its beginning; the loader's message has the library.
    """
    refused = re.findall(rf"ImportError: (\S+): {_NOTE}", output)
    files = refused or re.findall(r'File "([^"]*/(?:site-packages|target)/[^"]*)"', output)
    if not files:
        return None
    last = files[0] if "most recent call first" in output else files[-1]
    top = re.split(r"/site-packages/|/target/", last)[-1].split("/")[0].partition(".")[0]
    return None if top in packages else top


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it printed nothing"
