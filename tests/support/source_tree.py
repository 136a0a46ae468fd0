"""The source tree: where each import package is, its files, and what they import."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

__all__ = ["ROOT", "SHIPPED", "SOURCES", "imported_in_cython", "imported_names", "imports_of", "source_files"]

ROOT = Path(__file__).resolve().parents[2]

#: The import packages of this repository and the folder that each is in.
SOURCES = {
    "variantlib": ROOT / "variantlib" / "variantlib",
    "dualvariant_providers": ROOT / "plugins" / "dualvariant_providers",
    "dualvariant": ROOT / "resolver" / "dualvariant",
    "dual_autodiff": ROOT / "dual_core",
    "fictional_hw": ROOT / "plugins" / "fictional_hw",
    "fictional_tech": ROOT / "plugins" / "fictional_tech",
    "mpi_provider": ROOT / "plugins" / "mpi" / "src",
}
#: Import packages that the wheel of this repository consists of.
SHIPPED = ("variantlib", "dualvariant_providers", "dualvariant")


def imported_names(source: str) -> Iterator[str]:
    """Every module that Python source names in an import, or imports by a name that is written out.

    Names imported from a module count as modules of it: ``from urllib import request`` is ``urllib.request``.
    """
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), level=0, names=names):
                yield module
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.Call(
                func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield name
            case ast.Call(
                func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__"),
                args=[ast.JoinedStr(values=[ast.Constant(value=str(name)), *_]), *_],
            ):
                yield name


def imported_in_cython(source: str) -> Iterator[str]:
    """As :func:`imported_names`, for Cython source, line by line."""
    for match in re.finditer(r"^\s*(?:from\s+(\w[\w.]*)\s+c?import|c?import\s+(\w[\w., ]*))", source, re.MULTILINE):
        yield from re.split(r"\s*,\s*", match[1] or match[2])


def source_files(package: str) -> list[Path]:
    """The package's source, without what builds leave behind."""
    files = [
        path
        for path in SOURCES[package].rglob("*")
        if path.suffix in (".py", ".pyi", ".pyx", ".pxd")
        and not {"build", "dist", "tests"} & {*path.relative_to(SOURCES[package]).parts[:-1]}
        and not any(part.startswith(".") for part in path.relative_to(SOURCES[package]).parts)
    ]
    assert files, f"{SOURCES[package]} holds no source"
    return files


def imports_of(package: str) -> dict[str, list[str]]:
    """Imported module → the files that import it."""
    found: dict[str, list[str]] = {}
    for path in source_files(package):
        read = imported_in_cython if path.suffix in (".pyx", ".pxd") else imported_names
        for name in read(path.read_text(encoding="utf-8")):
            found.setdefault(name, []).append(str(path.relative_to(ROOT)))
    return found
