"""Whether the level's flags reached everything in a wheel that is compiled.

A module of a wheel is followed from the command that linked it through archives to the commands that compiled its
objects. What no recorded command made was compiled by something that went round the driver, or lay in the sources.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import field, frozen

from dualvariant.builder.toolchain.commands import Command

__all__ = ["Reach", "describe_own_flags", "find_reach"]

#: Options that name a whole CPU.
_CPU = ("-march=", "-mcpu=")


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


def find_reach(commands: Sequence[Command], modules: Iterable[str], flags: Sequence[str]) -> Reach:
    """Follow each module of a wheel to the commands that compiled it.

    Args:
        commands: the record.
        modules: the paths of the native files in the wheel, before other libraries were copied into it.
        flags: the level's flags, as the driver adds them.
    """
    return _Search(commands, flags).follow(modules)


class _Search:
    def __init__(self, commands: Sequence[Command], flags: Sequence[str]) -> None:
        self.cpu = next((flag for flag in reversed(flags) if flag.startswith(_CPU)), None)
        self.level = {flag for flag in flags if flag.startswith("-m")}
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
            if command.language == "rust":
                continue
            names = [PurePosixPath(source).name for source in command.sources]
            chosen = [flag for flag in command.machine_flags if flag not in self.level]
            cpus = [flag for flag in command.machine_flags if flag.startswith(_CPU)]
            if cpus and cpus[-1] != self.cpu:  # the last one counts
                overridden.update(names)
                chosen = list(dict.fromkeys([*chosen, cpus[-1]]))
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
        if command.language == "rust":
            crates = [crate for crate in self.crates if crate.sources and crate.crate != "build_script_build"]
            self.compiled |= {(crate.folder, *crate.words): crate for crate in crates}
            for crate in crates:
                self._enter_files(self._find_archives(crate))
            return True
        if command.sources:
            self.compiled |= {(command.folder, *command.words): command}
        inputs = [*command.objects, *self._find_archives(command)]
        self._enter_files(inputs)
        return bool(command.sources or inputs)

    def _enter_files(self, paths: Iterable[str]) -> None:
        for path in paths:
            if path not in self.seen:
                self.seen.add(path)
                if not self._enter_all(self.made.get(path, ())):
                    self.unknown.add(PurePosixPath(path).name)

    def _find_archives(self, command: Command) -> Iterator[str]:
        """The archives that a command links by ``-lNAME``, ``-l:FILE`` or, in Rust, ``-lstatic=NAME``.

        Of an archive that this build did not make and a shared library beside it, linkers take the library, except
        where the command asks for the archive.
        """
        is_rust = command.language == "rust"
        words = command.words if is_rust else tuple(_list_linker_words(command.words))
        folders = list(_list_values(words, "-L"))
        if is_rust:  # -L KIND=FOLDER
            folders = [folder.partition("=")[2] or folder for folder in folders]
        for file, is_asked in _list_rust_archives(words) if is_rust else _list_archives(words):
            for folder in folders:
                path = command.resolve(f"{folder}/{file}")
                if path in self.made:
                    yield path
                    break
                if not is_asked and Path(path).with_suffix(".so").exists():
                    break
                if file.endswith(".a") and Path(path).exists():
                    yield path
                    break


def _list_values(words: Iterable[str], option: str) -> Iterator[str]:
    """The values of an option of two characters, joined to it or in the next word."""
    rest = iter(words)
    for word in rest:
        if word.startswith(option):
            yield word[2:] or next(rest, "")


def _list_linker_words(words: Sequence[str]) -> Iterator[str]:
    """What the linker gets of a C compiler's arguments, as far as it chooses libraries.

    ``-static`` concerns all of them, wherever it is. (With ``-shared`` clang passes it on, and gcc 12 does not.)
    """
    if not {"-static", "--static", "-static-pie"}.isdisjoint(words):
        yield "-Bstatic"
    rest = iter(words)
    for word in rest:
        if word.startswith("-Wl,"):
            yield from word.split(",")[1:]
        elif word == "-Xlinker":
            yield next(rest, "")
        elif word in ("-L", "-l"):
            yield word + next(rest, "")
        elif word.startswith(("-L", "-l")):
            yield word


def _list_archives(words: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """The archives that a linker may take for its ``-l`` options, and whether it takes no shared library (ld(1))."""
    states = [False]
    rest = iter(words)
    for word in rest:
        match "-" + word.lstrip("-"):
            case "-Bstatic" | "-dn" | "-non_shared" | "-static":
                states[-1] = True
            case "-Bdynamic" | "-dy" | "-call_shared":
                states[-1] = False
            case "-push-state":
                states.append(states[-1])
            case "-pop-state":
                states = states[:-1] or [False]
            case option if option.startswith("-l"):
                name = word[2:] or next(rest, "")
                is_file = name.startswith(":")
                yield name[1:] if is_file else f"lib{name}.a", is_file or states[-1]


def _list_rust_archives(words: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The same for rustc's ``-l KIND:MODIFIERS=NAME:OTHER_NAME``, where all but the name is optional."""
    for value in _list_values(words, "-l"):
        kind, _, name = value.rpartition("=")
        yield f"lib{name.rpartition(':')[2]}.a", kind.startswith("static")
