"""What a command links: its options in the spellings of compilers, of linkers and of rustc, read into one form.

A C compiler's options become the linker's own words (gcc(1), "Options for Linking"), rustc's become a C compiler's, and
the linker's words are read by the rules of ld(1).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from dualvariant.builder.toolchain.commands import OPTIONS_WITH_VALUE, Command
from dualvariant.builder.toolchain.response_files import expand_words

__all__ = ["Library", "Link", "SizeReader", "read_link"]

#: Options of ld whose next word is no input, without their dashes.
_LINKER_WITH_VALUE = frozenset(
    {"A", "library", "library-path", "architecture", "b", "format", "c", "mri-script", "defsym",
     "dynamic-linker", "dynamic-list", "e", "entry", "exclude-libs", "F", "f", "auxiliary", "filter", "fini",
     "G", "gpsize", "h", "soname", "I", "init", "m", "Map", "o", "output", "plugin", "plugin-opt", "R",
     "just-symbols", "retain-symbols-file", "rpath", "rpath-link", "T", "script", "Tbss", "Tdata", "Ttext",
     "u", "undefined", "version-script", "wrap", "y", "trace-symbol", "Y", "z"}
)  # fmt: skip
#: The size of an archive without members; the C library has such ones for names that programs still ask for.
_EMPTY = len("!<arch>\n")
#: Kinds of folders that rustc searches by itself, and does not name to the linker.
_RUST_FOLDERS = ("dependency", "crate", "framework")

#: The size of the file of a path, in bytes; None if there is none.
SizeReader = Callable[[str], "int | None"]


class Library(NamedTuple):
    """A library that a command asks for by its name.

    Args:
        file: the name of the archive.
        only_archive: whether a shared library does not do.
    """

    file: str
    only_archive: bool


class Link(NamedTuple):
    """What a command links.

    Args:
        files: the paths of its inputs, in their order.
        folders: where it looks for libraries, in their order.
        libraries: the libraries by name, in their order.
    """

    files: tuple[str, ...]
    folders: tuple[str, ...]
    libraries: tuple[Library, ...]

    def find_archives(
        self, made: Iterable[str], more_folders: Sequence[str] = (), get_size: SizeReader | None = None
    ) -> Iterator[str]:
        """The archives that the linker takes for the libraries.

        Of a folder's archive and shared library it takes the shared one, except where the command asks for archives;
        the first folder that has either counts (ld(1), ``-l``).

        Args:
            made: what the build made, and may have removed since.
            more_folders: where the linker looks last.
            get_size: the sizes of the files there; None if they are on this machine.
        """
        get_size = get_size or _get_size
        known = frozenset(made)
        for library in self.libraries:
            for folder in (*self.folders, *more_folders):
                path = os.path.normpath(f"{folder}/{library.file}")
                if not library.only_archive and get_size(str(Path(path).with_suffix(".so"))) is not None:
                    break
                size = get_size(path)
                if path.endswith(".a") and (path in known or size is not None):
                    if path in known or (size or 0) > _EMPTY:
                        yield path
                    break


def _get_size(path: str) -> int | None:
    try:
        return Path(path).stat().st_size
    except OSError:
        return None


def read_link(command: Command) -> Link:
    """What a recorded command links; paths are absolute."""
    words: Sequence[str] = command.words
    if command.language == "rust":
        words = expand_words(list(_list_rust_words(command.words)), folder=command.folder)
    if command.language == "archive":
        return Link(tuple(map(command.resolve, command.find_inputs())), (), ())
    return _read_linker_words(command, _list_linker_words(words))


def _list_rust_words(words: Iterable[str]) -> Iterator[str]:
    """What rustc hands on to the C compiler by which it links, as far as it chooses libraries (rustc(1)).

    ``-l KIND:MODIFIERS=NAME:OTHER_NAME``, where all but the name is optional, ``-L KIND=FOLDER``, and
    ``-C link-arg=WORD`` and ``-C link-args="WORDS"``, where an underscore is as good as a dash.
    """
    rest = iter(words)
    for word in rest:
        if word.startswith("-L"):
            kind, _, folder = (word[2:] or next(rest, "")).rpartition("=")
            if kind not in _RUST_FOLDERS:
                yield f"-L{folder}"
        elif word.startswith("-l"):
            kind, _, name = (word[2:] or next(rest, "")).rpartition("=")
            name = name.rpartition(":")[2]
            name = f":{name}" if "+verbatim" in kind else name
            yield from ("-Wl,-Bstatic", f"-l{name}", "-Wl,-Bdynamic") if kind.startswith("static") else (f"-l{name}",)
        elif word.startswith(("-C", "-Z", "--codegen")):
            joined = word.removeprefix("--codegen").removeprefix("=") if word.startswith("--") else word[2:]
            option, _, value = (joined or next(rest, "")).partition("=")
            match option.replace("_", "-").removeprefix("pre-"):
                case "link-arg":
                    yield value
                case "link-args":
                    yield from value.split()


def _list_linker_words(words: Sequence[str]) -> list[str]:
    """What the linker gets of a C compiler's arguments: inputs, and options as far as they choose libraries.

    ``-static`` concerns all libraries, wherever it is. (With ``-shared`` clang passes it on, and gcc 12 does not.) The
    compiler's own folders come before those that only the linker reads.
    """
    first: list[str] = []
    found: list[str] = []
    rest = iter(words)
    for word in rest:
        option, is_joined, value = word.partition("=")
        if word.startswith("-Wl,"):
            found += word.split(",")[1:]
        elif option in ("-Xlinker", "--for-linker"):
            found.append(value if is_joined else next(rest, ""))
        elif word in ("-static", "--static", "-static-pie"):
            first.insert(0, "-Bstatic")
        elif option == "--library-directory":
            first.append(f"-L{value if is_joined else next(rest, '')}")
        elif word.startswith("-L"):
            first.append(f"-L{word[2:] or next(rest, '')}")
        elif word == "-l":
            found.append(f"-l{next(rest, '')}")
        elif word in OPTIONS_WITH_VALUE:
            next(rest, None)
        elif word.startswith("-l") or not word.startswith("-"):
            found.append(word)
    return [*first, *found]


def _read_linker_words(command: Command, words: Iterable[str]) -> Link:
    """What ld makes of its words: every folder counts for every library, wherever it is."""
    files: list[str] = []
    folders: list[str] = []
    libraries: list[Library] = []
    states = [False]  # whether only archives are taken; --push-state adds one
    rest = iter(words)
    for word in rest:
        option, value = _read_option(word, rest)
        match option:
            case "":
                files.append(command.resolve(value))
            case "library-path":
                folders.append(command.resolve(value.removeprefix("=")))  # = is the target's file system: this one
            case "library":
                is_file = value.startswith(":")
                libraries.append(Library(value[1:] if is_file else f"lib{value}.a", is_file or states[-1]))
            case "Bstatic" | "dn" | "non_shared" | "static":
                states[-1] = True
            case "Bdynamic" | "dy" | "call_shared":
                states[-1] = False
            case "push-state":
                states.append(states[-1])
            case "pop-state":
                states = states[:-1] or [False]
    return Link(tuple(files), tuple(folders), tuple(libraries))


def _read_option(word: str, rest: Iterator[str]) -> tuple[str, str]:
    """An option of ld by its long name, and its value, which may be the next word; no name if it is an input.

    One dash is as good as two, but not where the name begins with ``l``: ``-library`` is the library ``ibrary``.
    """
    if word.startswith(("-l", "-L")):
        return "library" if word[1] == "l" else "library-path", word[2:] or next(rest, "")
    if not word.startswith("-"):
        return "", word
    option, is_joined, value = word.lstrip("-").partition("=")
    if len(option) > len("library") and "library-path".startswith(option):  # options may be shortened
        option = "library-path"
    if option in _LINKER_WITH_VALUE and not is_joined:
        value = next(rest, "")
    return option, value
