"""Whether the level's flags reached everything in a wheel that is compiled.

A module of a wheel is followed from the command that linked it through archives to the commands that compiled its
objects. What no recorded command made was compiled by something that went round the driver, or lay in the sources.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from attrs import field, frozen

from dualvariant.builder.declaration.job import Flags
from dualvariant.builder.toolchain.commands import OBJECTS, Command
from dualvariant.builder.toolchain.linking import SizeReader, read_link
from dualvariant.builder.variables import CFLAGS, CXXFLAGS, RUSTFLAGS

__all__ = ["Reach", "describe_own_flags", "find_reach"]

#: Options that name a whole CPU.
_CPU = ("-march=", "-mcpu=", "target-cpu=")
#: The variables that hold the flags of a language.
_VARIABLES = {"c": CFLAGS, "cxx": CXXFLAGS, "rust": RUSTFLAGS, "archive": ""}


@frozen
class Reach:
    """Whether the level's flags reached everything in a wheel that is compiled.

    Args:
        objects: how many compilations went into the wheel's modules, as far as they are known.
        unknown: modules, objects and libraries in the wheel that no recorded command made.
        own: sources for which the project itself chooses instructions, with these flags.
        overridden: those of them where the project's flags name another CPU than the level's.
        natives: how often ``native`` was replaced in what went into the wheel.
    """

    objects: int = 0
    unknown: tuple[str, ...] = ()
    own: Mapping[str, tuple[str, ...]] = field(factory=dict, hash=False)
    natives: int = 0
    overridden: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether the flags reached every object."""
        return self.objects > 0 and not self.unknown and not self.overridden

    def describe(self, flags: Sequence[str]) -> Iterator[str]:
        """The facts in sentences, for a log.

        Args:
            flags: the level's flags.
        """
        given = shlex.join(flags)
        if self.is_whole:
            yield f"{given} reached every object of the wheel ({self.objects} compilations)"
        else:
            yield f"{given} reached {self.objects} compilations"
        if self.unknown:
            yield f"no recorded command made: {', '.join(self.unknown)}"
        if self.natives:
            yield f"'native' was replaced in them {self.natives} times: no label can say which machine that is"
        yield from describe_own_flags(self.own)

    def to_dict(self) -> dict[str, Any]:
        """As ``build --json`` and the provenance have it."""
        return {
            "objects": self.objects,
            "reached_every_object": self.is_whole,
            "unknown": list(self.unknown),
            "overridden": list(self.overridden),
            "own_flags": {source: list(flags) for source, flags in self.own.items()},
            "native_replaced": self.natives,
        }


def describe_own_flags(own: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The sources for which the project chooses instructions in sentences, one each.

    Args:
        own: the project's flags by source.
    """
    for source, chosen in own.items():
        yield f"the project's own flags for {source}: {shlex.join(chosen)}"


def find_reach(
    commands: Sequence[Command],
    modules: Iterable[str],
    levels: Flags,
    folders: Sequence[str] = (),
    get_size: SizeReader | None = None,
) -> Reach:
    """Follow each module of a wheel to the commands that compiled it.

    Args:
        commands: the record.
        modules: the paths of the native files in the wheel, before other libraries were copied into it.
        levels: the level's flags, as the driver adds them, by variable.
        folders: where the linker looks for libraries after the folders that a command names.
        get_size: the sizes of the libraries there; None if they are on this machine.
    """
    return _Search(commands, levels, folders, get_size).follow(modules)


class _Search:
    def __init__(
        self, commands: Sequence[Command], levels: Flags, folders: Sequence[str], get_size: SizeReader | None
    ) -> None:
        self.levels = {
            language: Command("", language, 0, tuple(levels.get(variable, ()))).machine_flags
            for language, variable in _VARIABLES.items()
        }
        self.folders, self.get_size = folders, get_size
        self.made: dict[str, list[Command]] = {}
        for command in commands:
            for path in command.outputs:
                # An archive may be filled by several commands; of other files, the last one counts.
                others = self.made.get(path, []) if command.language == "archive" else []
                self.made[path] = [*others, command]
        self.crates = [command for command in commands if command.language == "rust"]
        self.compiled: dict[tuple[str, ...], Command] = {}
        self.unknown: set[str] = set()
        self.seen: set[str] = set()

    def follow(self, modules: Iterable[str]) -> Reach:
        for module in modules:
            links = self._find_links(PurePosixPath(module).name)
            if not self._enter_all(links):
                self.unknown.add(module)
        own: dict[str, tuple[str, ...]] = {}
        overridden: set[str] = set()
        for command in self.compiled.values():
            names = [command.crate] if command.crate else [PurePosixPath(source).name for source in command.sources]
            level = self.levels[command.language]
            chosen = [flag for flag in command.machine_flags if flag not in level]
            cpu = _find_cpu(command.machine_flags)
            if cpu and cpu != _find_cpu(level):
                overridden.update(names)
                chosen = list(dict.fromkeys([*chosen, cpu]))
            if chosen:
                own |= dict.fromkeys(names, tuple(chosen))
        natives = sum(command.natives for command in self.compiled.values())
        unknown = tuple(sorted(self.unknown))
        return Reach(len(self.compiled), unknown, dict(sorted(own.items())), natives, tuple(sorted(overridden)))

    def _find_links(self, name: str) -> list[Command]:
        """The commands that wrote a file of this name, or the crate whose library became it.

        A wheel may have modules of one name in several packages, so all of them count.
        """
        found = [made for path, made in self.made.items() if PurePosixPath(path).name == name]
        if found:
            return [command for made in found for command in made]
        stem = name.partition(".")[0]
        libraries = [command for command in self.crates if "cdylib" in command.words]
        known = (stem, stem.removeprefix("lib"), stem.removeprefix("_"))
        named = [command for command in libraries if command.crate in known]
        return named[-1:] or (libraries if len(libraries) == 1 else [])

    def _enter_all(self, commands: Iterable[Command]) -> bool:
        known = [self._enter(command) for command in commands]  # each of them, also after the first that is known
        return any(known)

    def _enter(self, command: Command) -> bool:
        """Follow a command; whether it compiled something, or put together what something made."""
        inputs = self._find_inputs(command)
        others = [path for path in inputs if not _is_rusts_own(path)]
        is_rust = command.language == "rust"
        if is_rust or others != inputs:
            self._enter_crates()
        elif command.sources:
            self.compiled |= {(command.folder, *command.words): command}
        self._enter_files(others)
        return is_rust or bool(command.sources or inputs)

    def _enter_crates(self) -> None:
        """All crates, and the commands by which rustc linked their libraries."""
        crates = [crate for crate in self.crates if crate.sources and crate.crate != "build_script_build"]
        if self.compiled.keys() >= {(crate.folder, *crate.words) for crate in crates}:
            return
        self.compiled |= {(crate.folder, *crate.words): crate for crate in crates}
        names = {f"lib{crate.crate}.so" for crate in crates if "cdylib" in crate.words}
        links = [made for path, made in self.made.items() if PurePosixPath(path).name in names]
        self._enter_all([*crates, *(command for made in links for command in made)])

    def _find_inputs(self, command: Command) -> list[str]:
        """The objects and archives that a command links or packs."""
        link = read_link(command)
        objects = [path for path in link.files if PurePosixPath(path).suffix[1:] in OBJECTS]
        archives = link.find_archives(self.made, self.folders, self.get_size)
        return [path for path in [*objects, *archives] if path not in command.outputs]

    def _enter_files(self, paths: Iterable[str]) -> None:
        for path in paths:
            if path not in self.seen:
                self.seen.add(path)
                if not self._enter_all(self.made.get(path, ())):
                    self.unknown.add(PurePosixPath(path).name)


def _find_cpu(flags: Iterable[str]) -> str | None:
    """The flag that names a whole CPU; of several the last one counts."""
    return next((flag for flag in reversed(list(flags)) if flag.startswith(_CPU)), None)


def _is_rusts_own(path: str) -> bool:
    """Whether rustc made a file for the linker: an object of a crate, or a file in a temporary folder of rustc's."""
    return path.endswith(".rcgu.o") or PurePosixPath(path).parent.name.startswith("rustc")
