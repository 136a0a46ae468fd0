"""Files of arguments (``@FILE``) in command lines of compilers, linkers and archivers, read as these read them.

The compiler driver runs this file as a program, which is why it imports nothing of ours: for ``LANGUAGE WORD…`` it
prints the words that the compiler would see, quoted for a shell.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator, Sequence

__all__ = ["expand_words", "split_arguments"]

#: How many files one command may have, as libiberty has it: a file may name itself.
_LIMIT = 2000


def expand_words(words: Sequence[str], language: str = "c", folder: str = "") -> list[str]:
    """A command's words with the contents of files of arguments in place of their names.

    gcc, clang, ld and ar read files that such files name as well (libiberty's argv.c), and rustc does not; a compiler
    hands ``-Wl,@FILE`` on to the linker, which reads it. A file that cannot be read stays as the word that it is.

    Args:
        words: the command's arguments.
        language: ``rust`` for rustc's, anything else for those of the others.
        folder: the folder that the command ran in, if it is another one than this process's.
    """
    found: list[str] = []
    waiting = list(reversed(words))
    left = _LIMIT
    while waiting:
        word = waiting.pop()
        text = _read_file(os.path.join(folder, word[1:])) if word.startswith("@") and left else None  # noqa: PTH118  # starts in half the time without pathlib
        if text is not None:
            left -= 1
            if language == "rust":
                found += text.splitlines()
            else:
                waiting += reversed(split_arguments(text))
        elif word.startswith("-Wl,") and ",@" in word and language != "rust":
            found += _expand_linker_words(word, folder)
        else:
            found.append(word)
    return found


def _expand_linker_words(word: str, folder: str) -> Iterator[str]:
    """``-Wl,ONE,@FILE`` as options of a compiler of one linker's word each: the file's words may have commas."""
    for part in expand_words(word.split(",")[1:], folder=folder):
        yield from ("-Xlinker", part)


def _read_file(path: str) -> str | None:
    """The text of a file; none if there is none, or if it is a pipe: its content would be gone for the compiler."""
    try:
        if not os.path.isfile(path):  # noqa: PTH113  # see above
            return None
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:  # noqa: PTH123  # see above
            return file.read()
    except (OSError, ValueError):
        return None


def split_arguments(text: str) -> list[str]:
    """The words of a file of arguments, which white space separates that no quote or backslash keeps (libiberty).

    :func:`shlex.split` reads them as a shell does, where a backslash between single quotes is a plain character.
    """
    words: list[str] = []
    word: list[str] | None = None
    quote = ""
    characters = iter(text)
    for character in characters:
        if not quote and character in " \t\n\v\f\r":
            if word is not None:
                words.append("".join(word))
            word = None
            continue
        word = [] if word is None else word
        if character == "\\":
            word.append(next(characters, ""))
        elif character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote = character
        else:
            word.append(character)
    return words if word is None else [*words, "".join(word)]


if __name__ == "__main__":
    sys.stdout.buffer.write(os.fsencode(shlex.join(expand_words(sys.argv[2:], sys.argv[1]))))
