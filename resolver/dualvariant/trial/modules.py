"""What Python would import of a distribution: the packages and modules at its top, and its extension modules."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Collection, Iterable
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import NamedTuple

from dualvariant.binary.startup import read_inits
from dualvariant.binary.version_names import is_named_version
from dualvariant.core.files import open_regular
from dualvariant.target.record import list_recorded_paths

__all__ = ["Importable", "find_modules", "list_installed_modules", "list_wheel_modules"]


class Importable(NamedTuple):
    """The importable names of a distribution.

    Args:
        packages: packages and modules at its top.
        modules: its extension modules, with the packages that they are in.
    """

    packages: tuple[str, ...]
    modules: tuple[str, ...]

    @property
    def top_levels(self) -> frozenset[str]:
        """The first parts of all names: what a traceback has to end in for the distribution to be at fault."""
        return frozenset(name.partition(".")[0] for name in (*self.packages, *self.modules))


def find_modules(paths: Iterable[str], read: Callable[[str], bytes | mmap], chosen: Collection[str] = ()) -> Importable:
    """What Python would import of these files.

    A native file is an extension module if it has the function ``PyInit_NAME`` of its name; one without is a library
    that is loaded by its path (ctypes, cffi).

    Args:
        paths: relative to the folder that is on ``sys.path``, with slashes.
        read: the content of a native file.
        chosen: native files that the package itself chooses when it runs; they are left to it.
    """
    tops: set[str] = set()
    modules: set[str] = set()
    for path in paths:
        folder, _, file = path.rpartition("/")
        stem, suffix = file.partition(".")[0], file.rpartition(".")[2]
        parts = [*folder.split("/"), stem] if folder else [stem]
        if not all(part.isidentifier() for part in parts):
            continue
        if suffix in ("so", "pyd"):
            if path in chosen or not _is_module(stem, suffix, read(path)):
                continue
            modules.add(".".join(parts))
            if not folder:
                tops.add(stem)
        elif file == "__init__.py" and folder.count("/") == 0:
            tops.add(folder)
        elif suffix == "py" and not folder and stem != "__init__":
            tops.add(stem)
    # A folder without an __init__.py is a namespace: its extension modules are all that can be imported.
    return Importable(tuple(sorted(tops)), tuple(sorted(modules)))


def list_wheel_modules(wheel: Path, chosen: Collection[str] = ()) -> Importable:
    """What Python would import of a wheel.

    Args:
        wheel: the wheel.
        chosen: the entries of native files that the package itself chooses when it runs.
    """
    with zipfile.ZipFile(wheel) as archive:
        entries = {re.sub(r"^[^/]*\.data/(platlib|purelib)/", "", entry): entry for entry in archive.namelist()}
        left = {path for path, entry in entries.items() if entry in chosen}
        return find_modules(entries, lambda path: archive.read(entries[path]), left)


def list_installed_modules(metadata: Path) -> Importable:
    """What Python would import of an installed distribution, by its RECORD; nothing if that cannot be read.

    Native files whose names say that they are the version for some processors are left to the package, which chooses.

    Args:
        metadata: its ``.dist-info`` folder.
    """
    paths, folder = list_recorded_paths(metadata), metadata.parent
    versions = [path for path in paths if path.endswith((".so", ".pyd")) and is_named_version(path)]

    def read(path: str) -> bytes | mmap:
        try:
            with open_regular(folder / path) as file:
                return mmap(file.fileno(), 0, access=ACCESS_READ)  # of a large library, little is looked at
        except (OSError, ValueError):
            return b""  # the import will say what is wrong with it

    return find_modules(paths, read, versions)


def _is_module(stem: str, suffix: str, content: bytes | mmap) -> bool:
    inits = read_inits(content) if suffix == "so" else None
    return inits is None or any(f"{kind}_{stem}" in inits for kind in ("PyInit", "PyModExport"))
