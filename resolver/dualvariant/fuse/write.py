"""The fused wheel: the standard wheel, a stub in place of each module that differs, and the module's files beside it.

The files of ``pkg/_core.cpython-311-x86_64-linux-gnu.so`` are ``pkg/_core.cpython-311-x86_64-linux-gnu.v3.so`` and so
on. They are in the module's own folder, so that ``$ORIGIN`` means the same for them. No import finds them, because no
module has a dot in its name.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import field, frozen

from dualvariant.builder.toolchain.choice import choose_toolchain
from dualvariant.builder.toolchain.compilers import Toolchain
from dualvariant.core.errors import UsageError
from dualvariant.core.scratch import make_scratch_dir
from dualvariant.fuse.compare import Module, Plan, make_plan
from dualvariant.fuse.conditions import write_conditions
from dualvariant.fuse.documents import collect_records
from dualvariant.fuse.parts import Release, open_release
from dualvariant.fuse.stub import compile_stub, write_module_header
from variantlib.fused import FILENAME, FusedVariant, FusedWheel

__all__ = ["Fused", "fuse"]


@frozen
class Fused:
    """A fused wheel that has been written.

    Args:
        path: where it is.
        document: what it holds.
        parts: wheel → its size in bytes, ``none`` for the standard wheel.
        size: its own size in bytes.
        stubs: the bytes of all stubs in it.
    """

    path: Path
    document: FusedWheel
    parts: Mapping[str, int] = field(hash=False)
    size: int
    stubs: int


def fuse(
    standard: Path,
    variants: Sequence[Path],
    directory: Path,
    *,
    compiler: str = "local",
    imported: Sequence[str] = (),
) -> Fused:
    """Write one wheel from a standard wheel and its variants, under the standard wheel's name.

    The same wheels and the same compiler give the same bytes.

    Args:
        standard: the standard wheel.
        variants: its variants, of either dialect.
        directory: the folder for the new wheel, another one than the standard wheel's; it is created if necessary.
        compiler: ``local``, which means zig for another architecture, or ``zig``.
        imported: patterns of modules that are only imported, although they export other functions as well.

    Raises:
        CannotFuseError: these wheels cannot be one; the message has all reasons.
        UsageError: there is no compiler, or another file has the new wheel's name.
        WheelNameError, WheelFileError: a wheel is damaged.
    """
    target = directory / standard.name
    if target.resolve() == standard.resolve():
        raise UsageError(
            f"the fused wheel has the standard wheel's name and would replace it: {str(standard)!r}",
            "name another folder with -o",
        )
    with open_release(standard, variants) as release:
        plan = make_plan(release, imported)
        toolchain = choose_toolchain(release.platform, compiler, _read_compiler())
        document = _describe(release, plan)
        stubs = _compile_stubs(release, plan, document, toolchain)
        changes = {**_collect(plan, document), **stubs, **collect_records(release)}
        changes[f"{release.standard.archive.dist_info}/{FILENAME}"] = document.dump().encode()
        _refuse_taken(release, changes, stubs)
        path = _write(release, changes, target)
        sizes = {part.name: _size_of(part.archive.name.filename, [standard, *variants]) for part in release.parts}
    return Fused(path, document, sizes, path.stat().st_size, sum(map(len, stubs.values())))


def _read_compiler() -> dict[str, str]:
    return {name: os.environ[name] for name in ("CC",) if name in os.environ}


def _size_of(filename: str, paths: Sequence[Path]) -> int:
    return next(path.stat().st_size for path in paths if path.name == filename)


def _describe(release: Release, plan: Plan) -> FusedWheel:
    variants = tuple(
        FusedVariant(part.name, part.description, part.archive.name.filename)
        for part in release.variants
        if part.description is not None
    )
    return FusedWheel(
        release.architecture,
        release.standard.archive.name.filename,
        variants,
        {module.path: _find_paths(module) for module in plan.modules},
        {path: users for path, (_, users) in plan.libraries.items()},
    )


def _find_paths(module: Module) -> dict[str, str]:
    """Variant → the path of its file; variants with the same content have one file, named after the most modest."""
    stem = module.path.removesuffix(".so")
    names: dict[str, str] = {}
    for name in reversed(list(module.contents)):
        names.setdefault(hashlib.sha256(module.contents[name]).hexdigest(), name)
    return {
        name: f"{stem}.{names[hashlib.sha256(content).hexdigest()]}.so" for name, content in module.contents.items()
    }


def _compile_stubs(release: Release, plan: Plan, document: FusedWheel, toolchain: Toolchain) -> dict[str, bytes]:
    described = [(variant.name, variant.description) for variant in document.variants]
    conditions = write_conditions(release.architecture, described)
    found = {}
    for module in plan.modules:
        header = write_module_header(document.names, document.modules[module.path], module.entry_points)
        with make_scratch_dir() as folder:
            found[module.path] = compile_stub(toolchain, conditions, header, folder)
    return found


def _collect(plan: Plan, document: FusedWheel) -> dict[str, bytes]:
    """The native files that the standard wheel does not have under these paths."""
    found = {path: content for path, (content, _) in plan.libraries.items()}
    for module in plan.modules:
        for name, content in module.contents.items():
            found[document.modules[module.path][name]] = content
    return found


def _refuse_taken(release: Release, changes: Mapping[str, bytes], stubs: Mapping[str, bytes]) -> None:
    taken = sorted((changes.keys() - stubs.keys()) & set(release.standard.archive.namelist()))
    if taken:
        raise UsageError(
            f"the standard wheel has a file of a name that the fused wheel needs: {taken[0]!r}",
            "rename that file in the project",
        )


def _write(release: Release, changes: Mapping[str, bytes], target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    info = release.standard.archive.dist_info
    signatures = {f"{info}/RECORD.jws", f"{info}/RECORD.p7s"}
    with make_scratch_dir(target.parent) as scratch:
        new = scratch / target.name
        with new.open("w+b") as file:
            release.standard.archive.rewrite(file, changes, removed=signatures)
        if target.exists() and target.read_bytes() != new.read_bytes():
            raise UsageError(
                f"another file has the fused wheel's name: {str(target)!r}", "remove it, or name another folder with -o"
            )
        return new.replace(target)
