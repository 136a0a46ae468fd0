"""zig, the cross compiler, from PyPI's ``ziglang``.

It compiles parts of a C library at the first use of a target, and keeps them: here for all tests and runs.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from downloads import BUILD_FOLDER

__all__ = ["CACHES", "KEPT", "WITHOUT_LIBRARY", "need_zig", "zig_cc"]

#: Where ``dualvariant build`` keeps what zig has compiled, too.
CACHES = Path(os.environ.get("XDG_CACHE_HOME") or BUILD_FOLDER / "cache") / "dualvariant" / "zig"
#: The variables by which zig finds them.
KEPT = {"ZIG_GLOBAL_CACHE_DIR": str(CACHES / "global"), "ZIG_LOCAL_CACHE_DIR": str(CACHES / "local")}
#: zig then compiles no C library for the target, which takes many times as long as what a test compiles.
WITHOUT_LIBRARY = ("-nostdlib",)


def need_zig() -> None:
    """Skip the test where zig is missing."""
    if find_spec("ziglang") is None:
        pytest.skip("zig is not installed (extra dualvariant[build])")


def zig_cc(folder: Path, target: str, *words: str) -> None:
    """Compile in a folder for a target, such as ``aarch64-linux-gnu.2.17``; skip the test where zig is missing."""
    need_zig()
    command = [sys.executable, "-m", "ziglang", "cc", "-target", target, *words]
    subprocess.run(command, cwd=folder, env={**os.environ, **KEPT}, check=True)
