"""The compiler driver in a container, to which only the sources and an environment come from this machine.

The driver's files go into a hidden folder of the sources. ``CIBW_ENVIRONMENT``, whose commands cibuildwheel runs in
the container, installs it there. The program that repairs a wheel prints the record first; so the output of the run
has it.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import field, frozen

from dualvariant.builder.declaration.job import Flags
from dualvariant.builder.toolchain.commands import Command, parse_commands
from dualvariant.builder.toolchain.driver import make_driver_settings
from dualvariant.builder.toolchain.programs import SETTINGS
from dualvariant.builder.toolchain.reach import Reach, find_reach
from dualvariant.builder.toolchain.record_printer import BEGIN, END
from dualvariant.builder.variables import CC, CXX, RUSTC_WRAPPER

__all__ = ["ContainerDriver", "ContainerRecord", "pack_driver", "read_container_records"]

#: The folder in the sources; packages cannot have its name.
_FOLDER = ".dualvariant-driver"
_FILES = ("programs.py", "record_printer.py", "response_files.py", "driver.sh")
#: The compilers that a build gets, if neither the user nor Python names one.
_COMPILERS = {CC: "cc", CXX: "c++"}
_BLOCK = re.compile(rf"\n?^{BEGIN}\r?\n(.*?)^{END}\r?\n", re.MULTILINE | re.DOTALL)


@frozen
class ContainerDriver:
    """A driver in sources, which a container will get.

    Args:
        assignments: the variables of the build that install it, as words of bash, in their order.
        levels: the level's flags, as the driver adds them, by variable.
    """

    assignments: Mapping[str, str] = field(hash=False)
    levels: Flags = field(hash=False)


def pack_driver(
    tree: Path, start: Path, levels: Flags, rustflags: Sequence[str], repair_options: Sequence[str]
) -> ContainerDriver:
    """Put the driver into sources.

    Args:
        tree: a source tree that is ours.
        start: the folder in which cibuildwheel runs, and which becomes the working directory in the container.
        levels: the level's flags, by variable.
        rustflags: the other flags for rustc.
        repair_options: the options of ``auditwheel repair``, where it knows them.
    """
    folder = tree / _FOLDER
    folder.mkdir()
    for name in _FILES:
        shutil.copyfile(Path(__file__).with_name(name), folder / name)
    document = {
        "settings": make_driver_settings(levels, rustflags),
        "compilers": _COMPILERS,
        "wrapper": RUSTC_WRAPPER,
        "repairer": "auditwheel",
        "repair_options": list(repair_options),
    }
    (folder / SETTINGS).write_text(json.dumps(document), "utf-8")
    (folder / ".gitignore").write_text("*\n", "utf-8")  # build backends that ask git do not take it into the wheel
    place = folder.relative_to(start)
    reads = {name: f'"$(cat {_quote(place / name)})"' for name in (*_COMPILERS, RUSTC_WRAPPER)}
    return ContainerDriver({"PATH": f'"$(python {_quote(place / "programs.py")}):$PATH"', **reads}, levels)


def _quote(path: Path) -> str:
    """A path as a word of bash; cibuildwheel's reader does not understand all that :func:`shlex.quote` writes."""
    return '"{}"'.format(re.sub(r'([\\"$`])', r"\\\1", str(path)))


@frozen
class ContainerRecord:
    """What the driver recorded until a wheel was repaired.

    Args:
        wheel: the file name of the wheel before it was repaired.
        identifier: cibuildwheel's name of the build (``cp312-manylinux_x86_64``).
        modules: the native files that were in it.
        commands: the commands.
        folders: where the linker looks for libraries after the folders that a command names.
        libraries: the sizes of the libraries in all these folders, in bytes, by path.
    """

    wheel: str
    identifier: str
    modules: tuple[str, ...]
    commands: tuple[Command, ...]
    folders: tuple[str, ...]
    libraries: Mapping[str, int] = field(hash=False)

    def belongs_to(self, wheel: str) -> bool:
        """Whether a repaired wheel is this one, by its file name: all but the platform tag stays."""
        same_name = wheel.rpartition("-")[0] == self.wheel.rpartition("-")[0]
        return same_name and ("musllinux" in wheel) == ("musllinux" in self.identifier)

    def find_reach(self, levels: Flags) -> Reach:
        """Whether the level's flags reached everything in the wheel."""
        return find_reach(self.commands, self.modules, levels, self.folders, self.libraries.get)


def read_container_records(output: str) -> tuple[str, list[ContainerRecord]]:
    """The output of a run without the records, and these."""
    return _BLOCK.sub("", output), list(_read_blocks(output))


def _read_blocks(output: str) -> Iterator[ContainerRecord]:
    for block in _BLOCK.finditer(output):
        try:
            found: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(block[1])))
        except (ValueError, zlib.error):
            continue  # the end of another output is between its lines
        yield ContainerRecord(
            found["wheel"],
            found["identifier"],
            tuple(found["modules"]),
            tuple(parse_commands(found["commands"])),
            tuple(found["search"]),
            found["libraries"],
        )
