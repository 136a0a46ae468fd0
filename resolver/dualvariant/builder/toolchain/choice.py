"""Choose the compiler for a platform: this machine's own, or zig."""

from __future__ import annotations

import os
from collections.abc import Mapping

from dualvariant.builder.toolchain.compilers import Toolchain, find_local_toolchain, find_zig_toolchain
from dualvariant.builder.variables import USER_VARIABLES
from dualvariant.core.dirs import cache_dir
from dualvariant.core.errors import UsageError
from dualvariant.core.platforms import LINUX_PLATFORMS, find_host_platform

__all__ = ["COMPILERS", "choose_toolchain"]

#: The values of ``--compiler``.
COMPILERS = ("local", "zig")


def choose_toolchain(platform: str, compiler: str, user_variables: Mapping[str, str]) -> Toolchain:
    """The compiler for a platform; zig's for this machine's own platform makes manylinux2014 wheels.

    Args:
        platform: a platform that is declared.
        compiler: ``local``, which means zig for the platform of another machine, or ``zig``.
        user_variables: CC, CFLAGS and the like of the user who asked for the build, perhaps on another machine; those
            of this process do not count.

    Raises:
        UsageError: there is no compiler for it here.
    """
    here = find_host_platform()
    if here not in LINUX_PLATFORMS:
        raise UsageError(
            "builds run on 64-bit Linux, on x86-64 or Arm (this is another system)",
            "--cibuildwheel builds on macOS and Windows",
        )
    if platform not in LINUX_PLATFORMS:
        raise UsageError(
            f"there is no compiler for {platform} here", f"on such a machine: --cibuildwheel --platform {platform}"
        )
    environ = {name: value for name, value in os.environ.items() if name not in USER_VARIABLES}
    if platform == here and compiler == "local":
        return find_local_toolchain(platform, {**environ, **user_variables})
    return find_zig_toolchain(platform, environ, cache_dir("zig"))
