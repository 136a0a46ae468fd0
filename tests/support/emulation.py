"""Run programs on other CPUs and on Arm, for any test that needs them.

The emulators are in the folder that the environment variable ``DUALVARIANT_EMULATORS`` names, as
``tools/fetch-emulators.sh`` fills it. Each function returns a command line; without what it needs the test is
skipped and the reason given. Run it with :func:`environment`, and keep stderr apart from output that is parsed: qemu
warns there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

__all__ = ["arm", "arm_python", "arm_tree", "environment", "x86", "x86_tree"]

VARIABLE = "DUALVARIANT_EMULATORS"
TOOLS = Path(__file__).resolve().parents[2] / "tools"


def x86(model: str, *command: str | Path) -> list[str]:
    """One x86-64 program on an emulated CPU; what it starts runs natively and sees the real one (:func:`x86_tree`).

    Args:
        model: as in qemu's ``-cpu``, e.g. ``Haswell,-movbe``.
        command: the program's path, e.g. ``sys.executable``, and its arguments.
    """
    return [str(_qemu("x86_64")), "-cpu", model, *map(str, command)]


def arm(model: str, *command: str | Path) -> list[str]:
    """One arm64 program on an emulated CPU; it can start no other (:func:`arm_tree`)."""
    return [str(_qemu("aarch64")), "-cpu", model, "-L", str(_arm_root()), *map(str, command)]


def x86_tree(model: str, *command: str | Path) -> list[str]:
    """A command and everything that it starts on an emulated x86-64 CPU: shells, pip, provider processes."""
    script = TOOLS / "x86ns.sh"
    line = ["env", f"QEMU={_qemu('x86_64')}", f"CPU={model}", str(script), *map(str, command)]
    _skip_unless_namespaces_work(script, str(_qemu("x86_64")), "/")
    return line


def arm_tree(model: str, *command: str | Path) -> list[str]:
    """A command where arm64 programs, and what they start, run on an emulated CPU; others run natively."""
    script, qemu, root = TOOLS / "armns.sh", str(_qemu("aarch64")), str(_arm_root())
    _skip_unless_namespaces_work(script, qemu, root)
    variables = [f"QEMU={qemu}", f"ROOT={root}", f"QEMU_CPU={model}"]
    return ["env", *variables, str(script), *map(str, command)]


def arm_python() -> Path:
    """The arm64 Python 3.11."""
    return _arm_root() / "usr/bin/python3.11"


def environment(*packages: str, **extra: str) -> dict[str, str]:
    """This process's environment, in which another interpreter finds the packages that this one has.

    This tool's own variables are taken out: they could override what is to be detected.

    Args:
        packages: names of pure-Python packages, by default what the providers need.
        extra: variables to set on top.
    """
    names = packages or ("variantlib", "dualvariant_providers", "attr", "attrs")
    folders = dict.fromkeys(str(_folder(name)) for name in names)
    fixed = {"PYTHONPATH": os.pathsep.join(folders), "PYTHONDONTWRITEBYTECODE": "1"}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DUALVARIANT_")}
    return {**inherited, **fixed, **extra}


def _folder(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None and spec.origin is not None, f"not importable: {package!r}"
    return Path(spec.origin).parent.parent


def _emulators() -> Path:
    folder = os.environ.get(VARIABLE)
    if not folder:
        pytest.skip(f"no emulators: {VARIABLE} is not set (tools/fetch-emulators.sh DIR gets them)")
    return Path(folder).resolve()


def _qemu(machine: str) -> Path:
    if sys.platform != "linux":
        pytest.skip("user-mode emulation needs Linux")
    return _existing(_emulators() / f"qemu/usr/bin/qemu-{machine}-static")


def _arm_root() -> Path:
    root = _emulators() / "arm"
    _existing(root / "usr/bin/python3.11")
    return root


def _existing(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"no emulators: {path} is missing (tools/fetch-emulators.sh DIR gets it)")
    return path.resolve()


def _skip_unless_namespaces_work(script: Path, qemu: str, root: str) -> None:
    code = _namespace_status(script, qemu, root)
    if code != 0:
        pytest.skip(f"no binfmt_misc in a user namespace here (Linux 6.7; {script.name}: exit {code})")


@cache
def _namespace_status(script: Path, qemu: str, root: str) -> int:
    env = {**os.environ, "QEMU": qemu, "ROOT": root, "CPU": "max"}
    return subprocess.run([str(script), "true"], env=env, capture_output=True).returncode
