"""What differs between the wheels of a release, and everything that one wheel of them could not do right.

A fused wheel can hold several files of one module, because Python opens modules by name and a stub answers to the
name. No stub can choose among other files, because programs open them by path. So every other file must be the same in
all wheels. All reasons are collected, and raised together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from attrs import field, frozen

from dualvariant.binary.isa_note import add_isa_note
from dualvariant.fuse.documents import check_documents
from dualvariant.fuse.errors import CannotFuseError
from dualvariant.fuse.native import ELF_MAGIC, Native, read_native
from dualvariant.fuse.parts import Part, Release
from dualvariant.fuse.relink import relink
from variantlib.cpu.levels import find_promised_level
from variantlib.fused import STANDARD

__all__ = ["Module", "Plan", "make_plan"]

#: So many reasons are shown; wheels of different sources differ in every file.
_MOST_PROBLEMS = 12
#: In Python code: ctypes opens a library in many ways, cffi by its ``dlopen`` alone.
_OPENS_BY_PATH = re.compile(rb"^\s*(?:import|from)\s+(?:ctypes|numpy\.ctypeslib)\b|\bdlopen\b", re.MULTILINE)
_ADVICE = (
    "build all wheels from the same sources with the same tools, and publish what cannot be fused as variants: "
    "docs/explanation/fused.md says what can be"
)


@frozen
class Module:
    """A module that differs.

    Args:
        path: its path in the standard wheel, where the stub goes.
        entry_points: the functions by which Python initialises it.
        contents: variant (``none`` too) → its file there.
    """

    path: str
    entry_points: tuple[str, ...]
    contents: Mapping[str, bytes] = field(repr=False)


class Plan(NamedTuple):
    """What a fused wheel has beside the files of the standard wheel.

    Args:
        modules: those that differ, each to be multiplied.
        libraries: path → content and the variants that use it, of libraries that the standard wheel does not have.
    """

    modules: tuple[Module, ...]
    libraries: Mapping[str, tuple[bytes, tuple[str, ...]]]


def make_plan(release: Release, imported: Sequence[str] = ()) -> Plan:
    """Compare the wheels of a release, file by file.

    Args:
        release: the open wheels.
        imported: patterns of modules that are only imported, although they export other functions as well.

    Raises:
        CannotFuseError: with every reason why these wheels cannot be one.
        WheelFileError: a wheel is damaged.
        CompilerError: libraries have to be renamed, and patchelf is not installed.
    """
    problems = list(check_documents(release))
    natives: dict[str, dict[str, Native]] = {part.name: {} for part in release.parts}
    for part in release.parts:
        for path in _files(part):
            if part.archive.read_beginning(path, 4) == ELF_MAGIC:
                native = read_native(path, part.archive.read(path))
                if native is None:
                    problems.append(f"{path!r} ({part.name}) is not a complete 64-bit ELF file")
                else:
                    natives[part.name][path] = native
    problems += _compare_other_files(release, natives)
    for variant in release.variants:
        _forget_notes(natives[STANDARD], natives[variant.name], variant, release)
    plan = _Natives(release, natives, imported)
    problems += plan.find_problems()
    if problems:
        hidden = len(problems) - _MOST_PROBLEMS
        shown = problems[:_MOST_PROBLEMS] + ([f"and {hidden} more"] if hidden > 0 else [])
        raise CannotFuseError(repr(release.standard.archive.name.filename), shown, _ADVICE)
    return plan.make()


def _files(part: Part) -> list[str]:
    """The paths of a wheel's files but those of ``.dist-info``."""
    prefix = f"{part.archive.dist_info}/"
    return [e.filename for e in part.archive.infolist() if not e.is_dir() and not e.filename.startswith(prefix)]


def _compare_other_files(release: Release, natives: Mapping[str, Mapping[str, Native]]) -> Iterator[str]:
    """Files that are no native files, in all wheels the same."""
    standard = {path: release.standard.archive.read(path) for path in _others(release.standard, natives)}
    for part in release.variants:
        found = set(_others(part, natives))
        for path in sorted(found ^ set(standard)):
            where = (part.name, STANDARD) if path in found else (STANDARD, part.name)
            yield f"{path!r} is in the wheel {where[0]!r} and not in {where[1]!r}"
        for path in sorted(found & set(standard)):
            if part.archive.read(path) != standard[path]:
                kind = "Python source" if path.endswith((".py", ".pyi")) else "data"
                yield f"{path!r} differs between {STANDARD!r} and {part.name!r}, and it is {kind}, no native module"


def _others(part: Part, natives: Mapping[str, Mapping[str, Native]]) -> list[str]:
    return [path for path in _files(part) if path not in natives[part.name]]


def _forget_notes(standard: Mapping[str, Native], own: dict[str, Native], part: Part, release: Release) -> None:
    """Take the standard wheel's file where a variant's differs in nothing but the ELF note of its level."""
    if release.architecture != "x86_64" or part.description is None:
        return
    level = find_promised_level(part.description)
    for path, native in own.items():
        same = standard.get(path)
        if level == "v1" or same is None or same.content == native.content:
            continue
        try:
            if add_isa_note(same.content, level) == native.content:
                own[path] = same
        except ValueError:  # no room for a note: then they differ in more
            continue


class _Natives:
    """The native files of all wheels: what differs, and why some of it must not.

    Args:
        release: the wheels.
        natives: wheel → path → file.
        imported: as for :func:`make_plan`.
    """

    def __init__(self, release: Release, natives: Mapping[str, Mapping[str, Native]], imported: Sequence[str]) -> None:
        self._release = release
        self._natives = natives
        self._imported = imported
        paths = sorted({path for files in natives.values() for path in files})
        self._differing = [path for path in paths if len({self._content(name, path) for name in natives}) > 1]
        self._modules = {path for path in self._differing if self._is_module(path)}

    def _content(self, name: str, path: str) -> bytes | None:
        native = self._natives[name].get(path)
        return None if native is None else native.content

    def _of_all(self, path: str) -> list[Native]:
        return [files[path] for files in self._natives.values() if path in files]

    def _is_module(self, path: str) -> bool:
        return all(native.entry_points and not native.dynamic.program for native in self._of_all(path))

    def find_problems(self) -> Iterator[str]:
        """What keeps these native files from being in one wheel."""
        opens = list(self._find_callers()) if self._differing else []
        for path in self._differing:
            if path in self._modules:
                yield from self._check_module(path, opens)
            else:
                yield from self._check_library(path, opens)
        for name, files in self._natives.items():
            for path in self._modules:
                users = [other.path for other in files.values() if path in files and other.needs(files[path])]
                if users:
                    yield f"{users[0]!r} ({name}) is linked to the module {path!r}, whose place a stub takes"
        for part in self._release.variants:
            if not self._differs(part.name):
                yield f"the variant {part.name!r} has the machine code of the standard wheel"

    def _differs(self, name: str) -> bool:
        return any(self._content(name, path) != self._content(STANDARD, path) for path in self._differing)

    def _check_module(self, path: str, opens: Sequence[str]) -> Iterator[str]:
        missing = [name for name, files in self._natives.items() if path not in files]
        if missing:
            has = next(name for name, files in self._natives.items() if path in files)
            yield f"the module {path!r} is in the wheel {has!r} and not in {missing[0]!r}"
        found = self._of_all(path)
        if len({native.entry_points for native in found}) > 1:
            yield f"the module {path!r} has other entry points in some of the wheels"
        named = sorted({name for native in found for name in native.other_functions})
        if named and opens and not any(fnmatchcase(path, pattern) for pattern in self._imported):
            yield (
                f"the module {path!r} may be opened by its path: it exports {_list(named)}, and {opens[0]!r} opens "
                f"libraries (if Python only imports it: --imported {path!r})"
            )

    def _check_library(self, path: str, opens: Sequence[str]) -> Iterator[str]:
        found = self._of_all(path)
        if any(native.dynamic.program for native in found) or ".data/scripts/" in path:
            yield f"{path!r} is a program, which is started by its path"
            return
        for name, files in self._natives.items():
            if path in files and not any(other.needs(files[path]) for other in files.values() if other.path != path):
                yield (
                    f"{path!r} ({name}) is opened by its path, if at all: no entry point (PyInit_…) says that it is a "
                    "module, and no file in the wheel is linked to it"
                )
                return
        stem = found[0].filename.partition(".so")[0].encode()
        source = next((one for one in opens if stem in self._release.standard.archive.read(one)), None)
        if source is not None:
            yield f"the library {path!r} is opened by its path as well, in {source!r}"

    def _find_callers(self) -> Iterator[str]:
        """The Python files that open libraries by path (ctypes, cffi)."""
        archive = self._release.standard.archive
        for path in _files(self._release.standard):
            if path.endswith(".py") and _OPENS_BY_PATH.search(archive.read(path)):
                yield path

    def make(self) -> Plan:
        """The plan, where there is no problem."""
        contents = {name: dict(files) for name, files in self._natives.items()}
        libraries: dict[str, tuple[bytes, tuple[str, ...]]] = {}
        for part in self._release.variants:
            own, moved = relink(contents[part.name], contents[STANDARD], part.name)
            contents[part.name] = own
            for path in moved:
                content, users = libraries.get(path, (own[path].content, ()))
                if content != own[path].content:
                    name = self._release.standard.archive.name.filename
                    problem = f"the library {path!r} differs between {users[0]!r} and {part.name!r}"
                    raise CannotFuseError(repr(name), [problem], _ADVICE)
                libraries[path] = (content, (*users, part.name))
        modules = []
        for path, native in sorted(contents[STANDARD].items()):
            found = {name: files[path].content for name, files in contents.items() if path in files}
            if native.entry_points and len(set(found.values())) > 1:
                modules.append(Module(path, native.entry_points, found))
        return Plan(tuple(modules), libraries)


def _list(names: Iterable[str], most: int = 3) -> str:
    found = list(names)
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more
