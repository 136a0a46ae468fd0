"""The preview of wheel variants in the real uv: which label wheel it installs, and in which order it prefers them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

import clients
from dualvariant.network.client import Client
from dualvariant.network.transport import Transport
from dualvariant.repository.content_cache import ContentCache
from dualvariant.repository.sources import Sources, SourceSettings
from dualvariant.repository.variant_metadata import MetadataReader
from dualvariant.selection.choice import Choice
from dualvariant.selection.view import View
from processes import PATIENCE
from servers import IndexServer
from variantlib.profile import HostProfile
from variantlib.verdict import Outcome

__all__ = ["CPU_FLAGS", "find_order", "install", "our_order", "preview_uv", "run_with_cpu"]

FLAG = ("--preview-features", "wheel-variants")

#: For each level of x86-64 the flags of ``/proc/cpuinfo`` that it needs beyond the one before.
CPU_FLAGS = {
    "v1": "fpu cx8 cmov fxsr mmx sse sse2 syscall lm",
    "v2": "cx16 lahf_lm popcnt pni ssse3 sse4_1 sse4_2",
    "v3": "avx avx2 bmi1 bmi2 f16c fma abm movbe xsave",
}


@cache
def preview_uv() -> Path:
    """Return the uv program; the test is skipped where it has no preview of wheel variants."""
    program = clients.uv()
    said = subprocess.run([program, "pip", "list", *FLAG, "--no-config"], capture_output=True, text=True).stderr
    if "wheel-variants" in said:  # "Unknown preview feature"
        pytest.skip(f"this uv has no preview of wheel variants: {said.strip()}")
    return program


def _command(server: IndexServer, project: str, folder: Path) -> list[str]:
    command = [str(preview_uv()), "pip", "install", *FLAG, "--no-config", "--no-cache", "--no-deps", "-q"]
    return [*command, "--index-url", server.url, "--target", str(folder), "--python", sys.executable, project]


def install(server: IndexServer, project: str, folder: Path, prefix: tuple[str, ...] = ()) -> str | None:
    """Install a project from an index, and return the file name of the wheel that uv took; None if it took none.

    Args:
        server: the index.
        project: the project.
        folder: where to install; it is removed again.
        prefix: a command that runs uv in other surroundings.
    """
    before = len(server.requests)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
    command = [*prefix, *_command(server, project, folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    shutil.rmtree(folder, ignore_errors=True)
    wheels = [path for path, _ in server.requests[before:] if path.endswith(".whl")]
    return wheels[-1].rpartition("/")[2] if done.returncode == 0 and wheels else None


def find_order(server: IndexServer, project: str, folder: Path, prefix: tuple[str, ...] = ()) -> list[str]:
    """The wheels of a project in uv's order of preference: the page loses the best one, and uv is asked again.

    The wheels are taken away from the index's folder.
    """
    order: list[str] = []
    while (wheel := install(server, project, folder, prefix)) is not None:
        assert wheel not in order, order
        order.append(wheel)
        (server.folder / wheel).unlink()
    return order


def our_order(server: IndexServer, name: str, profile: HostProfile) -> list[str]:
    """The label and standard wheels of a project that fit, in our order of preference."""
    client = Client(Transport(timeout=PATIENCE, retries=0))
    choice = Choice(profile, ("py3-none-any",), "3.11.7")
    view = View(Sources(SourceSettings(server.url), client), choice, lambda: MetadataReader(client, ContentCache(None)))
    project = view.project(canonicalize_name(name))
    assert project is not None
    (release,) = project.releases.values()
    fitting = [v.candidate.wheel.filename for v in release.verdicts if v.outcome is not Outcome.REJECTED]
    return [name for name in fitting if "~" not in name]


def run_with_cpu(level: str, folder: Path) -> tuple[str, ...]:
    """The beginning of a command that makes the rest see a CPU of a level in ``/proc/cpuinfo``.

    The test is skipped where this user may not mount a file of its own over that one.
    """
    flags = " ".join(text for name, text in CPU_FLAGS.items() if name <= level)
    fake = folder / f"cpuinfo-{level}"
    fake.write_text(re.sub(r"(?m)^(flags\s*:).*$", rf"\1 {flags}", Path("/proc/cpuinfo").read_text()))
    script = 'mount --bind "$1" /proc/cpuinfo && shift && exec "$@"'
    prefix = ("unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", str(fake))
    try:
        done = subprocess.run([*prefix, "grep", "flags", "/proc/cpuinfo"], capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no unshare here")
    if done.returncode != 0 or flags not in done.stdout:
        pytest.skip(f"/proc/cpuinfo cannot be replaced here: {done.stderr.strip()}")
    return prefix
