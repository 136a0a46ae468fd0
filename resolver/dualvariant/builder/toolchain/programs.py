"""The programs of the compiler driver, in front of the compilers that PATH has.

A container of cibuildwheel has other compilers than this machine. There this file runs as a program, beside the files
that :mod:`dualvariant.builder.toolchain.container` puts next to it; so it imports nothing of ours, and runs on each
Python that cibuildwheel has (3.8 and later).
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

__all__ = ["BIN", "COMMANDS", "SETTINGS", "find_zig_command", "install_programs"]

#: The folders of the programs and of the records, and the file of settings for a run as a program.
BIN, COMMANDS, SETTINGS = "bin", "commands", "settings.json"

#: The names that compilers have; a number may follow those that are not standards' (``gcc-12``).
_NAMES = (
    "cc", "c++", "c89", "c99", "gcc", "g++", "clang", "clang++", "gfortran", "flang", "f77", "f95", "rustc",
    "ar", "gcc-ar", "llvm-ar",
)  # fmt: skip
_NUMBERED = re.compile(r"(gcc|g\+\+|clang|clang\+\+|gfortran|flang|rustc)-[0-9]+(\.[0-9]+)?")
#: Programs that are called with a compiler as their first argument.
_LAUNCHERS = ("ccache", "sccache", "distcc")
#: Options of programs that start a compiler (env(1)) whose next word is a name or a folder.
_WITH_VALUE = ("-u", "--unset", "-C", "--chdir")
#: zig's own names: ``zig``, ``/opt/zig-0.13.0/zig``, ``zig-0.13``, and PyPI's ``python -m ziglang`` and ``python-zig``.
_ZIG = re.compile(r"(?!-)([^=]*/)?(python-)?zig(lang)?(-?[0-9][^/=]*)?")
#: What zig does as a compiler's or its tools' stand-in.
_ZIG_TOOLS = ("cc", "c++", "ar", "ranlib")
_HERE = Path(__file__).parent


def install_programs(
    folder: Path, settings: Mapping[str, str], environ: Mapping[str, str], variables: Sequence[str]
) -> dict[str, str]:
    """Write the driver's programs; the variables with the driver in place of the compilers that they name.

    Args:
        folder: an existing folder of ours; it must stay as long as the build runs.
        settings: what the driver has to know: the variables that the first lines of ``driver.sh`` list.
        environ: the environment of the build: its PATH has the compilers.
        variables: those that name compilers.
    """
    bin_folder = folder / BIN
    bin_folder.mkdir()
    (folder / COMMANDS).mkdir(exist_ok=True)
    programs = dict(_find_programs(environ["PATH"]))
    changed = {
        variable: _lead_to_driver(shlex.split(environ[variable]), programs, bin_folder, environ["PATH"])
        for variable in variables
        if variable in environ
    }
    settings = {
        **settings,
        "record": str(folder / COMMANDS),
        "python": sys.executable,
        "reader": str(_HERE / "response_files.py"),
    }
    assignments = [f"{name}={shlex.quote(value)}" for name, value in settings.items()]
    cases = [f"        {name}) program={shlex.quote(program)} ;;" for name, program in sorted(programs.items())]
    header = ["#!/bin/sh", *assignments, "choose_program() {", '    case "$1" in', *cases, "    esac", "}"]
    lines = (line.lstrip() for line in (_HERE / "driver.sh").read_text("utf-8").splitlines())
    body = [line for line in lines if line and not line.startswith("#")]  # the shell reads each character at each call
    _write_program(bin_folder / "driver", "\n".join([*header, *body, ""]))
    for name in (*programs, "rustc-wrapper"):
        (bin_folder / name).symlink_to("driver")
    return changed


def _write_program(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
    path.chmod(0o755)


def _find_programs(path: str) -> Iterator[tuple[str, str]]:
    """The compilers on PATH by their names; of two with one name the first.

    A name that is a link to ccache is passed over: ccache would look for the compiler on PATH, and find the driver.
    """
    found: dict[str, str] = {}
    for folder in path.split(os.pathsep):
        try:
            entries = sorted(os.scandir(Path(folder).absolute()), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            is_new = entry.name not in found and _is_compiler(entry.name) and os.access(entry.path, os.X_OK)
            if is_new and Path(entry.path).resolve().name not in _LAUNCHERS:
                found[entry.name] = entry.path
    yield from found.items()


def _is_compiler(name: str) -> bool:
    """Whether a file name is a compiler's: ``gcc``, ``gcc-12``, ``x86_64-linux-gnu-gcc-12``."""
    name = name.rpartition("-linux-gnu-")[2]
    return name in _NAMES or _NUMBERED.fullmatch(name) is not None


def _lead_to_driver(words: list[str], programs: dict[str, str], folder: Path, path: str) -> str:
    """A compiler's command line with the driver in place of the compiler.

    A compiler that another program starts (``env A=1 gcc``, ``zig cc``, ``ccache zig cc``) becomes a program of
    its own, because the level's flags come behind the compiler's name.
    """
    name = Path(words[0]).name
    at = _find_compiler(words)
    if at > 1 or (at == 1 and name not in _LAUNCHERS):
        before, compiler = words[:at], words[at]
        if find_zig_command(words) == []:
            compiler = shutil.which(compiler, path=path) or compiler  # not found on PATH again, where the driver is
        before = [shutil.which(word, path=path) or word if word in _LAUNCHERS else word for word in before]
        name = Path(compiler).name
        started = folder / f"start-{len(programs)}-{name}"
        _write_program(started, f'#!/bin/sh\nexec {shlex.join([*before, compiler])} "$@"\n')
        words = [str(started), *words[at + 1 :]]
    program = shutil.which(words[0], path=path)
    if program is None:
        return shlex.join(words)
    if programs.get(name, program) != program:  # CC=/opt/bin/gcc beside a gcc on PATH
        name = f"named-{len(programs)}-{name}"
    programs[name] = program
    if name in _LAUNCHERS and len(words) > 1:
        words[1] = shutil.which(words[1], path=path) or words[1]  # not found on PATH again, where the driver is
    return shlex.join([str(folder / name), *words[1:]])


def _find_compiler(words: Sequence[str]) -> int:
    """The place of the compiler in a command: neither a variable that ``env`` sets nor an option's value."""
    zig = find_zig_command(words)
    if zig:
        return len(zig)
    for at, word in enumerate(words):
        if _is_compiler(Path(word).name) and "=" not in word and (at == 0 or words[at - 1] not in _WITH_VALUE):
            return at
    return 0


def find_zig_command(words: Sequence[str]) -> list[str]:
    """The words of a command up to zig: ``zig cc``, ``python -m ziglang ar``; none if it is another program's."""
    places = range(1, len(words))
    count = next((at for at in places if words[at] in _ZIG_TOOLS and _ZIG.fullmatch(words[at - 1])), 0)
    return list(words[:count])


def _install_here() -> None:
    """Install the programs beside this file, in front of what PATH has; print their folder.

    Each variable of the settings becomes a file with its value, which cibuildwheel reads.
    """
    document = json.loads((_HERE / SETTINGS).read_text("utf-8"))
    environ = dict(os.environ)
    for variable, program in document["compilers"].items():
        environ[variable] = environ.get(variable) or sysconfig.get_config_var(variable) or program
    bin_folder = _HERE / BIN
    shutil.rmtree(bin_folder, ignore_errors=True)
    wrapper = document["wrapper"]
    settings = {**document["settings"], "rust_chain": environ.get(wrapper, ""), "cross": "no"}
    changed = install_programs(_HERE, settings, environ, list(document["compilers"]))
    for variable, value in {**changed, wrapper: str(bin_folder / "rustc-wrapper")}.items():
        (_HERE / variable).write_text(value, "utf-8")
    repairer = shutil.which(document["repairer"])
    if repairer is not None:
        _write_repairer(bin_folder / document["repairer"], repairer, document["repair_options"])
    sys.stdout.write(f"{bin_folder}\n")


def _write_repairer(path: Path, program: str, options: Sequence[str]) -> None:
    """Write a program that runs the one that repairs wheels: it prints the record before, and adds options.

    Older ones do not know the options.
    """
    known = subprocess.run([program, "repair", "--help"], capture_output=True, check=False).stdout
    printer = shlex.join([sys.executable, "-IS", str(_HERE / "record_printer.py")])
    lines = (
        "#!/bin/sh",
        'case " $* " in',
        '*" repair "*)',
        f'{printer} "$@"',
        f'set -- "$@" {shlex.join(option for option in options if option.encode() in known)} ;;',
        "esac",
        f'exec {shlex.quote(program)} "$@"',
        "",
    )
    _write_program(path, "\n".join(lines))


if __name__ == "__main__":
    _install_here()
