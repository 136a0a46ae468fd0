"""Which compiler a platform gets: this machine's own, or zig."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from dualvariant.builder.declaration.job import LINUX
from dualvariant.builder.toolchain.compilers import Toolchain, host_platform, local_toolchain, zig_toolchain
from dualvariant.core.errors import UsageError

__all__ = ["COMPILERS", "toolchain_for"]

#: What ``--compiler`` takes.
COMPILERS = ("local", "zig")


def toolchain_for(platform: str, compiler: str, carried: Mapping[str, str]) -> Toolchain:
    """The compiler for a platform; zig's for this machine's own platform makes manylinux2014 wheels.

    Args:
        platform: a platform that is declared.
        compiler: ``local``, which is zig all the same for another machine, or ``zig``.
        carried: CC, CFLAGS and the like of whoever asked for the build; those of this process do not count.

    Raises:
        UsageError: there is no compiler for it here.
    """
    import platformdirs

    here = host_platform()
    if here is None:
        raise UsageError(
            "builds run on 64-bit Linux, on x86-64 or Arm (this is another system)",
            "--cibuildwheel builds on others",
        )
    if platform not in LINUX:
        raise UsageError(
            f"there is no compiler for {platform} here", f"on such a machine: --cibuildwheel --platform {platform}"
        )
    ours = ("CC", "CXX", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "RUSTFLAGS")
    environ = {name: value for name, value in os.environ.items() if name not in ours}
    if platform == here and compiler == "local":
        return local_toolchain(platform, {**environ, **carried})
    caches = Path(platformdirs.user_cache_dir("dualvariant", appauthor=False), "zig")
    return zig_toolchain(platform, environ, caches)
