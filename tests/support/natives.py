"""Small libraries of machine code, compiled for one test each, and wheels that hold them."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from dualvariant.builder.finish.label import tag_wheel
from samples import make_wheel
from variantlib.meta import VariantDescription
from variantlib.wheel_archive import rewrite_wheel

__all__ = ["LOOPS", "V3", "compiled", "native_wheel"]

V3 = "x86_64 :: level :: v3"

#: An extension module whose loops every compiler vectorises; ``dot`` has a name that is exported.
LOOPS = """
#define PY_SSIZE_T_CLEAN
#include <Python.h>

double dot_of(double scale) {
    static double a[512], b[512];
    double sum = 0.0;
    for (int i = 0; i < 512; i++) { a[i] = scale * (i % 17); b[i] = a[i] * a[i] + scale; }
    for (int i = 0; i < 512; i++) sum += b[i];
    return sum;
}
static PyObject *dot(PyObject *self, PyObject *args) {
    double scale;
    return PyArg_ParseTuple(args, "d", &scale) ? PyFloat_FromDouble(dot_of(scale)) : NULL;
}
static PyMethodDef methods[] = {{"dot", dot, METH_VARARGS, "A number."}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "tiny", NULL, -1, methods};
PyMODINIT_FUNC PyInit_tiny(void) { return PyModule_Create(&module); }
"""


def compiled(folder: Path, *flags: str, source: str = LOOPS) -> bytes:
    """A library that gcc made of C source; without gcc for x86-64 the test is skipped."""
    if shutil.which("gcc") is None:
        pytest.skip("there is no gcc")
    machine = subprocess.run(["gcc", "-dumpmachine"], capture_output=True, text=True).stdout
    if not machine.startswith("x86_64-") or "linux" not in machine:
        pytest.skip("gcc compiles for another machine than x86-64 with Linux")
    include = sysconfig.get_path("include")
    if "Python.h" in source and not Path(include, "Python.h").exists():
        pytest.skip("this Python has no headers")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tiny.c").write_text(source)
    command = ["gcc", "-O3", "-shared", "-fPIC", "-I", include, *flags, "tiny.c", "-o", "tiny.so"]
    subprocess.run(command, cwd=folder, check=True)
    return (folder / "tiny.so").read_bytes()


def native_wheel(
    folder: Path,
    files: Mapping[str, bytes],
    properties: Iterable[str] = (),
    *,
    tag: str = "cp311-cp311-linux_x86_64",
    name: str = "native",
) -> Path:
    """A wheel with these files in it; with properties it is a variant.

    The standard wheel is written to ``folder/standard``.
    """
    plain = make_wheel(folder / "plain", name, "1.0", tag=tag)
    standard = folder / "standard"
    standard.mkdir(parents=True, exist_ok=True)
    wheel = rewrite_wheel(plain, standard / plain.name, files)
    listed = list(properties)
    return tag_wheel(wheel, VariantDescription.from_strings(listed), folder) if listed else wheel
