"""The program that imports a distribution, and what the end of its process says."""

from __future__ import annotations

import re
import signal
from collections.abc import Collection, Mapping
from pathlib import Path

from dualvariant.trial.modules import Importable
from dualvariant.trial.outcomes import CRASHED, FAILED, ILLEGAL, NOT_RUN, REFUSED

__all__ = ["LIMIT", "make_import_command", "make_plain_environ", "read_end"]

#: Seconds that an import may take; an emulated one takes some ten times as long as a native one.
LIMIT = 300

_NOTE = "CPU ISA level is lower than required"
#: The words by which a loader, or a package before its machine code runs, refuses a CPU: glibc's, and NumPy's.
_REFUSALS = re.compile(rf"{_NOTE}|built with baseline optimizations:[^.]*?but your machine doesn't support")
#: Signals by which a program ends because of what it does, and not because somebody ends it.
_FATAL = ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGTRAP", "SIGSYS")
_SHELL = 128  # what a shell adds to the number of the signal that has ended a program

# A module and another one of its package may import each other, so that only the other can be imported first. A package
# may import its module under another name (as cv2 does), and the module may refuse to be imported twice.
_PROGRAM = """
import faulthandler, importlib, importlib.util, os, sys
def is_loaded(name):
    try:
        with open("/proc/self/maps", "rb") as maps:
            loaded = {line.split(None, 5)[-1].rstrip() for line in maps}
        spec = importlib.util.find_spec(name)
    except (OSError, ImportError, ValueError, AttributeError):
        return False
    return spec is not None and spec.has_location and os.fsencode(os.path.realpath(spec.origin)) in loaded
def load(name):
    try:
        importlib.import_module(name)
    except (ImportError, AttributeError) as error:
        if "circular import" not in str(error):
            raise
        last = error.__traceback__
        while last.tb_next is not None:
            last = last.tb_next
        partner = last.tb_frame.f_globals.get("__name__")
        if partner in (None, name, __name__):
            raise
        importlib.import_module(partner)
        importlib.import_module(name)
faulthandler.enable()
try:
    import resource
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
except (ImportError, OSError, ValueError):
    pass
packages, modules = (words.split(",") if words else [] for words in sys.argv[1:3])
sys.path[:0] = sys.argv[3:]
for name in packages:
    importlib.import_module(name)
for name in modules:
    known = is_loaded(name)
    try:
        load(name)
    except ModuleNotFoundError as error:
        print(f"{name} needs a module that is not installed: {error}")
    except ImportError as error:
        if not known:
            raise
        print(f"{name} was loaded before, by its package: {error}")
    except SystemError as error:
        if "without raising an exception" not in str(error):
            raise
        print(f"{name} is loaded by its path, and is no module of Python: {error}")
print("imported")
"""


def make_import_command(python: str | Path, names: Importable, folders: Collection[Path] = ()) -> list[str]:
    """The command line that imports all names, and leaves no core file where one ends it.

    Args:
        python: the interpreter.
        names: what is imported.
        folders: where they are, if not among the interpreter's own folders.
    """
    words = [",".join(names.packages), ",".join(names.modules)]
    # Its working directory is another one than ours.
    return [str(python), "-c", _PROGRAM, *words, *(str(folder.absolute()) for folder in folders)]


def make_plain_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without Python's own variables, which could bring other modules."""
    return {name: value for name, value in environ.items() if not name.startswith("PYTHON")}


def read_end(code: int, output: str, own: Collection[str], roots: Collection[Path] = ()) -> tuple[str, str | None]:
    """The outcome and the reason of an import that did not end with 0.

    Args:
        code: its exit code; minus a number if a signal ended it.
        output: all that it printed.
        own: the first parts of the names that are the distribution's own.
        roots: folders on the path of the process, besides those that are called ``site-packages``.
    """
    other = _find_other_package(output, own, roots)
    if other is not None:
        return NOT_RUN, f"{other}, which it needs, does not run there"
    if _REFUSALS.search(output):
        return REFUSED, None
    ended = -code if code < 0 else code - _SHELL
    if ended == signal.SIGILL:
        return ILLEGAL, None
    fatal = {getattr(signal, name, None): name for name in _FATAL}
    if ended in fatal:
        return CRASHED, fatal[signal.Signals(ended)]
    return FAILED, (output.strip().splitlines() or [f"exit code {code}"])[-1]


def _find_other_package(output: str, own: Collection[str], roots: Collection[Path]) -> str | None:
    """The package of others in which an import ended; None if it ended in one of ours, or nowhere that is known.

    A traceback has the last call at its end, faulthandler's at its beginning; the loader's message has the library.
    """
    files = re.findall(rf"ImportError: (\S+): {_NOTE}", output) or re.findall(r'File "([^"]+)"', output)
    tops = [top for file in files if (top := _find_top(file, roots)) is not None]
    if not tops:
        return None
    last = tops[0] if "most recent call first" in output else tops[-1]
    return None if last in own else last


def _find_top(file: str, roots: Collection[Path]) -> str | None:
    """The top-level name that a file belongs to; None for one that is not installed, such as Python's own."""
    for root in map(str, roots):
        if file.startswith(f"{root}/"):
            return file[len(root) + 1 :].partition("/")[0].partition(".")[0]
    parts = re.split(r"/(?:site-packages|dist-packages|target)/", file)
    return parts[-1].partition("/")[0].partition(".")[0] if len(parts) > 1 else None
