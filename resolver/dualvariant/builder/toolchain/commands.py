"""What a build compiled: the records of the compiler driver, one command of a compiler each.

:mod:`dualvariant.builder.toolchain.reach` follows them to what is in a wheel.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from dualvariant.builder.toolchain.record_printer import list_modules, read_record

__all__ = [
    "OBJECTS",
    "OPTIONS_WITH_VALUE",
    "Command",
    "format_commands",
    "list_modules",
    "parse_commands",
    "read_commands",
]

_SOURCES = frozenset(
    {"c", "cc", "cp", "cpp", "cxx", "c++", "C", "CPP", "i", "ii", "m", "mm", "s", "S", "sx", "cu", "f", "for", "ftn",
     "f90", "f95", "f03", "f08", "F", "FOR", "fpp", "F90", "F95", "F03", "F08"}
)  # fmt: skip
#: What a compiler makes of a source and a linker or a compiler reads; ``bc`` and ``ll`` are LLVM's.
OBJECTS = frozenset({"o", "obj", "lo", "os", "pic_o", "bc", "ll", "a"})
#: Options whose next word is no input.
OPTIONS_WITH_VALUE = frozenset(
    {"-o", "-I", "-L", "-l", "-D", "-U", "-x", "-MF", "-MT", "-MQ", "-include", "-imacros", "-isystem", "-iquote",
     "-idirafter", "-isysroot", "-target", "--target", "-Xassembler", "-Xpreprocessor", "-Xclang", "-T",
     "-u", "-z", "-soname", "-arch", "--param", "-J"}
)  # fmt: skip
_WORD, _COMMAND = "\037", "\036"


class Command(NamedTuple):
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
            joined = (
                word if before in ("-C", "--codegen") else word.removeprefix("-C").removeprefix("--codegen=")
                for before, word in pairs
                if before in ("-C", "--codegen") or word.startswith(("-C", "--codegen="))
            )
            options = (option.replace("_", "-", 1) for option in joined)
            return tuple(option for option in options if option.startswith(("target-cpu=", "target-feature=")))
        return tuple(word for word in self.words if word.startswith("-m") and not word.startswith(_NO_INSTRUCTIONS))

    def find_inputs(self) -> Iterator[str]:
        """Its input files, but for those that only the linker sees; ``-`` is standard input."""
        words = iter(self.words)
        for word in words:
            if word in OPTIONS_WITH_VALUE:
                next(words, None)
            elif word == "-" or (word and not word.startswith("-")):
                yield word

    @property
    def sources(self) -> tuple[str, ...]:
        """The files that it compiled."""
        if self.language == "rust":
            return tuple(word for word in self.find_inputs() if word.endswith(".rs"))
        return tuple(word for word in self.find_inputs() if word == "-" or _suffix(word) in _SOURCES)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The files that it wrote, as absolute paths; none if it is no ordinary compilation."""
        if self.language == "archive":
            found = [word for word in self.words if word.endswith(".a")][:1]
        else:
            pairs = zip(self.words, (*self.words[1:], ""), strict=True)
            found = [word[2:] or after for word, after in pairs if word.startswith("-o")][-1:]
            if not found and "-c" in self.words:
                ending = "bc" if "-emit-llvm" in self.words else "o"
                found = [f"{PurePosixPath(source).stem}.{ending}" for source in self.sources]
        return tuple(self.resolve(path) for path in found if path)

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


def _suffix(path: str) -> str:
    return PurePosixPath(path).suffix[1:]


def read_commands(record: Path) -> list[Command]:
    """All recorded commands, in the order in which the processes wrote them down."""
    return parse_commands(read_record(record))


def parse_commands(text: str) -> list[Command]:
    """The commands in the text of a record."""
    found = []
    for command in text.split(_COMMAND)[:-1]:
        folder, language, natives, *words = command.split(_WORD)[:-1]
        found.append(Command(folder, language, int(natives), tuple(words)))
    return found


def format_commands(commands: Sequence[Command]) -> str:
    """The commands as text, one a line, for a log."""
    lines = [f"{command.folder}: {command.language}: {shlex.join(command.words)}" for command in commands]
    return "\n".join([*lines, ""]).encode("utf-8", "backslashreplace").decode("utf-8")
