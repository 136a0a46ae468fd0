"""Print what the compiler driver recorded in a container: only the output and the wheels come out of it.

Runs as a program in the container, with the words of the command that repairs a wheel. So it imports nothing of ours,
and runs on each Python that cibuildwheel has (3.8 and later). It prints the commands, the modules of the wheel before
other libraries are copied into it, and which libraries are in the folders that the commands name: a static one that
the build did not make may have other instructions than the level.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shlex
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

__all__ = ["BEGIN", "END", "list_modules", "list_search_folders", "read_record"]

#: The lines around a record.
BEGIN, END = "-----BEGIN DUALVARIANT RECORD-----", "-----END DUALVARIANT RECORD-----"
_HERE = Path(__file__).parent


def read_record(folder: Path) -> str:
    """The files of a record as one text, in the order in which the processes wrote them."""
    files = [path for path in folder.iterdir() if path.suffix != ".rsp"]
    files.sort(key=lambda path: (path.stat().st_mtime_ns, path.name))
    return "".join(path.read_text("utf-8", "surrogateescape") for path in files)


def list_modules(wheel: Path) -> list[str]:
    """The paths of the ELF files in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        found = []
        for entry in archive.infolist():
            with archive.open(entry) as file:
                if file.read(4) == b"\x7fELF":
                    found.append(entry.filename)
    return found


def list_search_folders(compiler: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """Where a compiler's linker looks for libraries after the folders of a command; none if it does not say."""
    command = [*compiler, "-print-search-dirs"]
    environ = {**environ, "LC_ALL": "C"}
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding=sys.getfilesystemencoding(),
            errors="surrogateescape",
            timeout=60,
            env=environ,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    lines = [line.partition(" =")[2] for line in done.stdout.splitlines() if line.startswith("libraries: =")]
    return [folder for line in lines for folder in line.split(os.pathsep)]


def _find_named_folders(commands: str) -> set[str]:
    """Every folder that a word of a command names, as a whole or in a part: more than the linker looks into."""
    named = set()
    for command in commands.split("\036")[:-1]:
        folder, *words = command.split("\037")[:-1]
        parts = {part for word in words for part in (word, *re.split("[=,:]", word))}
        named |= {os.path.normpath(Path(folder, path)) for part in parts for path in (part, part[2:]) if path}
    return named


def _find_libraries(folders: Iterable[str]) -> dict[str, int]:
    """The sizes of the libraries in some folders, in bytes, by their paths; a folder may not exist."""
    found = {}
    for folder in folders:
        try:
            for entry in os.scandir(folder):
                if entry.name.endswith((".a", ".so")) and entry.is_file():
                    found[entry.path] = entry.stat().st_size
        except OSError:
            continue
    return found


def _print_record(words: Sequence[str]) -> None:
    commands = read_record(_HERE / "commands")
    search = list_search_folders(shlex.split((_HERE / "CC").read_text("utf-8")), os.environ)
    folders = _find_named_folders(commands) | {os.path.normpath(folder) for folder in search}
    for wheel in (Path(word) for word in words if word.endswith(".whl")):
        record = {
            "wheel": wheel.name,
            "identifier": os.environ.get("CIBUILDWHEEL_BUILD_IDENTIFIER", ""),
            "modules": list_modules(wheel),
            "commands": commands,
            "search": search,
            "libraries": _find_libraries(folders),
        }
        text = base64.encodebytes(zlib.compress(json.dumps(record).encode())).decode()
        sys.stdout.write(f"\n{BEGIN}\n{text}{END}\n")


if __name__ == "__main__":
    _print_record(sys.argv[1:])
