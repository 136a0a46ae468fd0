"""What a native file in a wheel is: an extension module, a library that others link to, or something else.

An extension module has the name and the entry point that Python looks for (PEP 489; PEP 793 adds ``PyModExport_``).
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from attrs import field, frozen

from dualvariant.binary.dynamic import Dynamic, read_dynamic

__all__ = ["ELF_MAGIC", "Native", "read_native"]

ELF_MAGIC = b"\x7fELF"

_ENTRY = re.compile(r"(PyInit|PyInitU|PyModExport|PyModExportU)_\w+")
#: ``.cpython-311-x86_64-linux-gnu.so``, ``.abi3.so``, ``.abi3t.so``, ``.so``.
_MODULE = re.compile(r"(?P<name>[^.]+)(\.(cpython-[\w-]+|abi3t?))?\.so")
#: What linkers and compilers put there, and the names of C++, which no caller spells out.
_NOT_BY_NAME = re.compile(r"_init|_fini|_Z.*|__.*")


@frozen
class Native:
    """One ELF file of a wheel.

    Args:
        path: its path in the wheel.
        content: its bytes.
        dynamic: what a loader reads of it.
    """

    path: str
    content: bytes = field(repr=False)
    dynamic: Dynamic

    @property
    def filename(self) -> str:
        """Its name without the folder."""
        return PurePosixPath(self.path).name

    @property
    def entry_points(self) -> tuple[str, ...]:
        """The functions by which Python initialises modules; all of them, if the file is an extension module.

        A file whose own name has no entry point is none, whatever it exports.
        """
        found = tuple(sorted(name for name in self.dynamic.exported if _ENTRY.fullmatch(name)))
        return found if any(name in found for name in self._expected()) else ()

    def _expected(self) -> tuple[str, ...]:
        match = _MODULE.fullmatch(self.filename)
        if match is None:
            return ()
        name = match["name"]
        if name == "__init__":  # a package that is an extension module
            name = PurePosixPath(self.path).parent.name
        if name.isascii():
            return (f"PyInit_{name}", f"PyModExport_{name}")
        encoded = name.encode("punycode").replace(b"-", b"_").decode()
        return (f"PyInitU_{encoded}", f"PyModExportU_{encoded}")

    @property
    def other_functions(self) -> list[str]:
        """What callers could look for by name, were the file opened by its path; C++ names and our own do not count."""
        entry_points = self.entry_points
        return sorted(
            name for name in self.dynamic.exported if name not in entry_points and not _NOT_BY_NAME.fullmatch(name)
        )

    @property
    def names(self) -> frozenset[str]:
        """The names by which other files ask the loader for it."""
        return frozenset({self.filename, *filter(None, [self.dynamic.soname])})

    def needs(self, other: Native) -> bool:
        """Whether the loader opens the other file with this one."""
        return not other.names.isdisjoint(self.dynamic.needed)


def read_native(path: str, content: bytes) -> Native | None:
    """Read a native file; None for one that is broken, or no 64-bit little-endian ELF file."""
    dynamic = read_dynamic(content)
    return None if dynamic is None else Native(path, content, dynamic)
