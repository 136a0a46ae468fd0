"""What a build compiled: the records of the compiler driver, and whether the level's flags reached a whole wheel.

A module of a wheel is followed from the command that linked it through archives to the commands that compiled its
objects. What no recorded command made was compiled by something that went round the driver, or lay in the sources.
"""

from __future__ import annotations

import os
import shlex
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import field, frozen

__all__ = ["Command", "Reach", "find_reach", "format_commands", "list_modules", "read_commands"]

_SOURCES = frozenset(
    {"c", "cc", "cp", "cpp", "cxx", "c++", "C", "CPP", "i", "ii", "m", "mm", "s", "S", "sx", "cu", "f", "for", "ftn",
     "f90", "f95", "f03", "f08", "F", "FOR", "fpp", "F90", "F95", "F03", "F08"}
)  # fmt: skip
_OBJECTS = frozenset({"o", "obj", "lo", "os", "pic_o"})
#: Options whose next word is no input.
_WITH_VALUE = frozenset(
    {"-o", "-I", "-L", "-l", "-D", "-U", "-x", "-MF", "-MT", "-MQ", "-include", "-imacros", "-isystem", "-iquote",
     "-idirafter", "-isysroot", "-target", "--target", "-Xlinker", "-Xassembler", "-Xpreprocessor", "-Xclang", "-T",
     "-u", "-z", "-soname", "-arch", "--param", "-J"}
)  # fmt: skip
_WORD, _COMMAND = "\037", "\036"


@frozen
class Command:
    """One call of a compiler, a linker or an archiver.

    Args:
        folder: the folder that it ran in.
        language: ``c`` (Fortran too), ``cxx``, ``rust`` or ``archive``.
        natives: how often ``native`` was replaced in it.
        words: its arguments, as the compiler got them.
    """

    folder: str
    language: str
    natives: int
    words: tuple[str, ...]

    @property
    def machine_flags(self) -> tuple[str, ...]:
        """The flags that choose an instruction set, in their order."""
        if self.language == "rust":
            pairs = zip(("", *self.words), self.words, strict=False)
            return tuple(
                word.removeprefix("-C")
                for before, word in pairs
                if word.startswith(("-Ctarget-", "--codegen=target-")) or before in ("-C", "--codegen")
                if "target-cpu=" in word or "target-feature=" in word
            )
        return tuple(word for word in self.words if word.startswith("-m") and not word.startswith(_NO_INSTRUCTIONS))

    def find_inputs(self) -> Iterator[str]:
        """Its input files: words that are no options."""
        words = iter(self.words)
        for word in words:
            if word in _WITH_VALUE:
                next(words, None)
            elif not word.startswith("-") and word:
                yield word

    @property
    def sources(self) -> tuple[str, ...]:
        """The files that it compiled."""
        if self.language == "rust":
            return tuple(word for word in self.find_inputs() if word.endswith(".rs"))
        return tuple(word for word in self.find_inputs() if _suffix(word) in _SOURCES)

    @property
    def output(self) -> str | None:
        """The file that it wrote; None if it wrote none, or is no ordinary compilation."""
        if self.language == "archive":
            named = next((word for word in self.words if word.endswith(".a")), None)
            return None if named is None else self.resolve(named)
        if "-o" in self.words[:-1]:
            at = len(self.words) - 1 - self.words[::-1].index("-o")
            return self.resolve(self.words[at + 1]) if at + 1 < len(self.words) else None
        if "-c" in self.words and len(self.sources) == 1:
            return self.resolve(f"{PurePosixPath(self.sources[0]).stem}.o")
        return None

    @property
    def crate(self) -> str | None:
        """The name of the crate that rustc compiled."""
        pairs = zip(("", *self.words), self.words, strict=False)
        return next((word for before, word in pairs if before == "--crate-name"), None)

    def resolve(self, path: str) -> str:
        """A path of its command line as an absolute one."""
        return os.path.normpath(Path(self.folder, path))


#: Options that begin with ``-m`` and choose how code is scheduled or laid out, not which instructions it has.
_NO_INSTRUCTIONS = (
    "-mtune=", "-mprefer-", "-mno-", "-m64", "-mcmodel=", "-mstackrealign", "-mtls", "-mllvm", "-mindirect-branch",
    "-mfunction-return", "-mbranch", "-mlong", "-mfpmath", "-msoft", "-mhard", "-mred", "-mveclib", "-mrecord",
    "-mshstk", "-mmanual", "-moutline", "-momit",
)  # fmt: skip


#: Options that name a whole CPU.
_CPU = ("-march=", "-mcpu=")


def _suffix(path: str) -> str:
    return PurePosixPath(path).suffix[1:]


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
        for source, chosen in self.own.items():
            yield f"the project's own flags for {source}: {shlex.join(chosen)}"

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


def list_modules(wheel: Path) -> list[str]:
    """The paths of the ELF files in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        found = []
        for entry in archive.infolist():
            with archive.open(entry) as file:
                if file.read(4) == b"\x7fELF":
                    found.append(entry.filename)
    return found


def read_commands(record: Path) -> list[Command]:
    """All recorded commands, in the order in which the processes wrote them down."""
    found = []
    files = [path for path in record.iterdir() if path.suffix != ".rsp"]
    for path in sorted(files, key=lambda path: (path.stat().st_mtime_ns, path.name)):
        for text in path.read_text("utf-8", "surrogateescape").split(_COMMAND)[:-1]:
            folder, language, natives, *words = text.split(_WORD)[:-1]
            found.append(Command(folder, language, int(natives), tuple(_expand(words))))
    return found


def _expand(words: Iterable[str]) -> Iterator[str]:
    """The words, with the content of files of arguments in place of their names."""
    for word in words:
        if word.startswith("@\n"):
            try:
                yield from shlex.split(word[2:])
            except ValueError:
                yield from word[2:].split()
        elif not word.startswith("@"):
            yield word


def format_commands(commands: Sequence[Command]) -> str:
    """The commands as text, one a line, for a log."""
    lines = [f"{command.folder}: {command.language}: {shlex.join(command.words)}" for command in commands]
    return "\n".join([*lines, ""]).encode("utf-8", "backslashreplace").decode("utf-8")


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
        self.commands = commands
        self.cpu = next((flag for flag in reversed(flags) if flag.startswith(_CPU)), None)
        self.level = {flag for flag in flags if flag.startswith("-m")}
        self.made = {command.output: command for command in commands if command.output is not None}
        self.crates = [command for command in commands if command.language == "rust"]
        self.compiled: dict[tuple[str, ...], Command] = {}
        self.unknown: set[str] = set()
        self.seen: set[str] = set()

    def follow(self, modules: Iterable[str]) -> Reach:
        for module in modules:
            command = self._find_link(PurePosixPath(module).name)
            if command is None:
                self.unknown.add(module)
            else:
                self._enter(command)
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

    def _find_link(self, name: str) -> Command | None:
        """The last command that wrote a file of this name, or the crate whose library became it."""
        for command in reversed(self.commands):
            if command.output is not None and PurePosixPath(command.output).name == name:
                return command
        stem = name.partition(".")[0]
        for command in reversed(self.crates):
            if "cdylib" in command.words and command.crate in (stem, stem.removeprefix("lib"), stem.removeprefix("_")):
                return command
        cdylibs = [command for command in self.crates if "cdylib" in command.words]
        return cdylibs[-1] if len(cdylibs) == 1 else None

    def _enter(self, command: Command) -> None:
        if command.language == "rust":
            crates = [crate for crate in self.crates if crate.sources and crate.crate != "build_script_build"]
            self.compiled |= {(crate.folder, *crate.words): crate for crate in crates}
            return
        if command.sources:
            self.compiled |= {(command.folder, *command.words): command}
        for path in command.find_inputs():
            if _suffix(path) in _OBJECTS or path.endswith(".a"):
                self._enter_file(command.resolve(path))
        for library in self._find_archives(command):
            self._enter_file(library)

    def _enter_file(self, path: str) -> None:
        if path in self.seen:
            return
        self.seen.add(path)
        made = self.made.get(path)
        if made is None:
            self.unknown.add(PurePosixPath(path).name)
        else:
            self._enter(made)

    def _find_archives(self, command: Command) -> Iterator[str]:
        """The archives of this build that a command links by ``-lNAME``."""
        words = command.words
        pairs = list(zip(words, (*words[1:], ""), strict=True))
        folders = [word[2:] or after for word, after in pairs if word.startswith("-L")]
        names = [word[2:] or after for word, after in pairs if word.startswith("-l")]
        for name in names:
            for folder in folders:
                path = command.resolve(f"{folder}/lib{name}.a")
                if path in self.made:
                    yield path
