"""What the end of an import says: whose fault it is, and whether another wheel is the remedy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dualvariant.trial.importing import make_import_command, read_end
from dualvariant.trial.modules import Importable
from dualvariant.trial.outcomes import CRASHED, FAILED, ILLEGAL, NOT_RUN, REFUSED, Trial
from natives import compiled

OURS = (
    "Fatal Python error: Illegal instruction\n\nCurrent thread (most recent call first):\n"
    '  File "/e/site-packages/demo/__init__.py", line 1 in <module>\n'
)
THEIRS = OURS.replace("demo", "numpy")
NOTE = "ImportError: /e/site-packages/{}/x.so: CPU ISA level is lower than required\n"
NUMPY = (
    'Traceback (most recent call last):\n  File "/e/site-packages/{}/__init__.py", line 3, in <module>\n'
    "RuntimeError: NumPy was built with baseline optimizations: \n(X86_V2) but your machine doesn't support:\n"
    "(X86_V2).\n"
)


@pytest.mark.parametrize(
    ("code", "output", "outcome", "is_fault"),
    [
        (-4, OURS, ILLEGAL, True),
        (132, "", ILLEGAL, True),
        (-11, OURS, CRASHED, True),
        (-6, "", CRASHED, True),
        (139, "", CRASHED, True),
        (-9, "", FAILED, False),  # somebody has ended it
        (-15, "", FAILED, False),
        (1, NOTE.format("demo"), REFUSED, True),
        (1, NUMPY.format("demo"), REFUSED, True),
        (1, "ImportError: libcuda.so.1: cannot open shared object file\n", FAILED, False),
        (-4, THEIRS, NOT_RUN, False),
        (1, NOTE.format("numpy"), NOT_RUN, False),
        (1, NUMPY.format("numpy"), NOT_RUN, False),
    ],
)
def test_how_an_import_ended(code: int, output: str, outcome: str, is_fault: bool) -> None:
    found, reason = read_end(code, output, {"demo"})
    assert (found, Trial(found, reason).is_fault_of_code) == (outcome, is_fault)


#: Modules that import each other: ``inner`` can only be imported by way of ``outer``, which takes a name from it.
#: So it is with scipy.linalg's _matfuncs_sqrtm and its compiled part.
CYCLE = {
    "__init__": "",
    "inner": "from pkg.outer import first\nsecond = first\n",
    "outer": "first = 1\nfrom pkg.inner import second\n",
    "late": "import pkg.by_attribute\nsecond = 1\n",
    "by_attribute": "import pkg.late\nsecond = pkg.late.second\n",
    "broken": "from pkg.other import first\nsecond = first\n",
    "other": "from pkg.broken import second\nfirst = 1\n",
    "bad": "raise ImportError('undefined symbol: x')\n",
    "lacks": "import a_module_that_is_not_there\n",
}


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("inner", None),
        ("late", None),
        ("lacks", None),
        ("broken", "cannot import name 'first' from partially initialized module 'pkg.other'"),
        ("bad", "undefined symbol: x"),
    ],
)
def test_modules_that_import_each_other(module: str, said: str | None, tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    for name, text in CYCLE.items():
        (tmp_path / "pkg" / f"{name}.py").write_text(text)
    command = make_import_command(sys.executable, Importable(("pkg",), (f"pkg.{module}",)), [tmp_path])
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode == 0) == (said is None), done.stderr
    assert said is None or said in done.stderr


#: A module that is imported once in a process; NEVER makes it one that is not imported at all.
ONCE = """
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "tiny", NULL, -1, NULL};
static int imported;
PyMODINIT_FUNC PyInit_tiny(void) {
#ifndef NEVER
    if (!imported++) return PyModule_Create(&module);
#endif
    PyErr_SetString(PyExc_ImportError, "not this name");
    return NULL;
}
"""
#: A package that imports its module under a name of its own, as cv2 does, and one that leaves that to its users.
UNDER_ANOTHER_NAME = """
import importlib.util, os
spec = importlib.util.spec_from_file_location("tiny", os.path.join(os.path.dirname(__file__), "tiny.so"))
native = importlib.util.module_from_spec(spec)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="what is loaded is read from /proc")
@pytest.mark.parametrize(
    ("package", "flags", "said"),
    [(UNDER_ANOTHER_NAME, [], None), ("", [], None), ("", ["-DNEVER"], "ImportError: not this name")],
)
def test_a_module_that_its_package_imports_under_another_name(
    package: str, flags: list[str], said: str | None, tmp_path: Path
) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text(package)
    (tmp_path / "pkg" / "tiny.so").write_bytes(compiled(tmp_path / "built", *flags, source=ONCE))
    command = make_import_command(sys.executable, Importable(("pkg",), ("pkg.tiny",)), [tmp_path])
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode == 0) == (said is None), done.stderr
    assert said is None or said in done.stderr
