"""Compiles ``stub.c``: the small library that takes the place of a module in a fused wheel."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from dualvariant.builder.toolchain.compilers import CompilerError, Toolchain
from dualvariant.builder.variables import CFLAGS
from dualvariant.core.processes import capture

__all__ = ["compile_stub", "write_module_header"]

#: Nothing but this file is in the library: no start-up code, no C library, no stack protector of one.
_FLAGS = (
    "-Os", "-fPIC", "-shared", "-nostdlib", "-ffreestanding", "-fvisibility=hidden", "-fno-stack-protector",
    "-fno-asynchronous-unwind-tables", "-fno-builtin", "-s",
    "-Wl,--build-id=none", "-Wl,-z,relro,-z,now,-z,noexecstack", "-Wl,--hash-style=both",
)  # fmt: skip


def write_module_header(names: Sequence[str], paths: Mapping[str, str], entry_points: Sequence[str]) -> str:
    """The text of ``module.h``.

    Args:
        names: the variants, best first, and ``none`` last.
        paths: variant → the path of its file, in the stub's folder.
        entry_points: the functions by which Python initialises the module.
    """
    found = {name: Path(paths[name]).name for name in names}
    distinct = list(dict.fromkeys(found.values()))
    longest = max(len(name.encode()) for name in distinct) + 1
    texts = ", ".join(_quote(name) for name in distinct)
    numbers = ", ".join(str(distinct.index(found[name])) for name in names)
    points = " ".join(f"ENTRY_POINT({name})" for name in entry_points)
    return (
        f"static const char files[][{longest}] = {{{texts}}};\n"
        f"static const unsigned char file_of[] = {{{numbers}}};\n"
        f"#define ENTRY_POINTS {points}\n"
    )


def _quote(text: str) -> str:
    """A C string; a module's name may have letters of any alphabet."""
    return '"' + "".join(chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}" for byte in text.encode()) + '"'


def compile_stub(toolchain: Toolchain, conditions: str, module: str, folder: Path) -> bytes:
    """Compile the stub of one module.

    Args:
        toolchain: the compiler for the wheel's platform.
        conditions: the text of ``conditions.h``.
        module: the text of ``module.h``.
        folder: an empty folder of ours.

    Raises:
        CompilerError: the compiler fails.
    """
    source = files("dualvariant.fuse").joinpath("stub.c").read_text(encoding="utf-8")
    for name, text in {"stub.c": source, "conditions.h": conditions, "module.h": module}.items():
        (folder / name).write_text(text, encoding="utf-8")
    # The flags hold the baseline of the architecture: the stub runs on every processor.
    words = [*toolchain.cc, *toolchain.flags[CFLAGS], *_FLAGS, "-o", "stub.so", "stub.c"]
    try:
        done = capture(words, cwd=folder, env=toolchain.environ)
        problem = done.stderr.strip() if done.returncode else ""
    except OSError as error:
        problem = str(error)
    if problem or not (folder / "stub.so").is_file():
        raise CompilerError(
            f"the stub of a fused wheel cannot be compiled ({shlex.join(words[:3])} …):\n{problem}",
            "name another compiler in the variable CC, or use --compiler zig",
        )
    return (folder / "stub.so").read_bytes()
