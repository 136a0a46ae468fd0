"""Small packages of C modules, compiled for several levels and made into wheels, to be fused."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from dualvariant.builder.finish.label import tag_wheel
from samples import make_wheel
from variantlib.meta import VariantDescription
from variantlib.wheel_archive import rewrite_wheel

__all__ = [
    "ABI3",
    "FAKE_PYTHON",
    "LEVELS",
    "MULTI",
    "SINGLE",
    "SUFFIX",
    "TAG",
    "compile_library",
    "make_wheels",
    "module_source",
]

SUFFIX = sysconfig.get_config_var("EXT_SUFFIX") or ".so"
ABI3 = ".abi3.so"
TAG = f"cp3{sys.version_info.minor}-cp3{sys.version_info.minor}-manylinux_2_17_x86_64"

#: In C, what a stub calls of Python, for a program without it: an error's text goes to its error stream.
FAKE_PYTHON = r"""
PyObject *PyExc_ImportError;
PyObject *PyErr_Format(PyObject *kind, const char *format, ...) { fputs(format, stderr); return 0; }
void PyErr_Clear(void) {}
PyObject *PySys_GetObject(const char *name) { return 0; }
PyObject *PyObject_CallObject(PyObject *function, PyObject *arguments) { return 0; }
long PyLong_AsLong(PyObject *number) { return -1; }
void Py_DecRef(PyObject *object) {}
"""

#: Variant → what it needs and the compiler flags that its modules get. LEVEL is what a module says that it is.
LEVELS = {
    "none": ("", ["-march=x86-64"]),
    "v2": ("x86_64 :: level :: v2", ["-march=x86-64-v2"]),
    "v3": ("x86_64 :: level :: v3", ["-march=x86-64-v3"]),
}

_BEGINNING = """
#define PY_SSIZE_T_CLEAN
#include <Python.h>
static PyObject *level(PyObject *self, PyObject *none) { return PyUnicode_FromString(LEVEL); }
static double numbers[512];
static PyObject *sum(PyObject *self, PyObject *none) {
    double found = 0;
    for (int i = 0; i < 512; i++) numbers[i] = numbers[i] * 0.5 + i;
    for (int i = 0; i < 512; i++) found += numbers[i];
    return PyFloat_FromDouble(found);
}
static PyMethodDef methods[] = {
    {"level", level, METH_NOARGS, "The level."}, {"sum", sum, METH_NOARGS, "A number."}, {NULL}};
"""

#: Single-phase initialisation, with the global state that such modules have.
SINGLE = """
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "NAME", "A module.", -1, methods};
PyMODINIT_FUNC PyInit_NAME(void) { return PyModule_Create(&module); }
"""

#: Multi-phase initialisation (PEP 489), a type that can be pickled, and a C function for other modules (__pyx_capi__).
MULTI = """
static int add(int one, int other) { return one + other; }
typedef struct { PyObject_HEAD } thing;
static PyObject *reduce(PyObject *self, PyObject *none) { return Py_BuildValue("O()", Py_TYPE(self)); }
static PyMethodDef thing_methods[] = {{"__reduce__", reduce, METH_NOARGS, ""}, {NULL}};
static PyType_Slot slots_of_thing[] = {{Py_tp_methods, thing_methods}, {0}};
static PyType_Spec spec = {"PACKAGE.NAME.Thing", sizeof(thing), 0, Py_TPFLAGS_DEFAULT, slots_of_thing};
static int execute(PyObject *module) {
    PyObject *type = PyType_FromSpec(&spec), *shared = PyDict_New();
    if (!type || !shared || PyModule_AddObject(module, "Thing", type) < 0) return -1;
    PyObject *capsule = PyCapsule_New((void *)add, "int (int, int)", NULL);
    if (!capsule || PyDict_SetItemString(shared, "add", capsule) < 0) return -1;
    return PyModule_AddObject(module, "__pyx_capi__", shared);
}
static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)execute}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "NAME", "A module.", 0, methods, slots};
PyMODINIT_FUNC PyInit_NAME(void) { return PyModuleDef_Init(&module); }
"""

#: Imports another module of its package when it is initialised, and calls a C function of it.
USER = """
static PyObject *call(PyObject *self, PyObject *none) {
    PyObject *other = PyImport_ImportModule("PACKAGE._multi");
    PyObject *shared = other ? PyObject_GetAttrString(other, "__pyx_capi__") : NULL;
    PyObject *capsule = shared ? PyDict_GetItemString(shared, "add") : NULL;
    int (*add)(int, int) = capsule ? (int (*)(int, int))PyCapsule_GetPointer(capsule, "int (int, int)") : NULL;
    return add ? PyLong_FromLong(add(40, 2)) : NULL;
}
static PyMethodDef more[] = {{"call", call, METH_NOARGS, ""}, {"level", level, METH_NOARGS, ""}, {NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "NAME", "A module.", -1, more};
PyMODINIT_FUNC PyInit_NAME(void) {
    PyObject *other = PyImport_ImportModule("PACKAGE._multi");
    return other ? PyModule_Create(&module) : NULL;
}
"""

#: Calls a function of a library that it is linked to.
LINKED = """
extern const char *helper_level(void);
static PyObject *ask(PyObject *self, PyObject *none) { return PyUnicode_FromString(helper_level()); }
static PyMethodDef more[] = {{"ask", ask, METH_NOARGS, ""}, {"level", level, METH_NOARGS, ""}, {NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "NAME", "A module.", -1, more};
PyMODINIT_FUNC PyInit_NAME(void) { return PyModule_Create(&module); }
"""


def module_source(name: str, end: str = SINGLE, package: str = "pkg") -> str:
    """The source of a module; it says with which LEVEL it was compiled."""
    return (_BEGINNING + end).replace("PACKAGE", package).replace("NAME", name)


def compile_library(folder: Path, source: str, level: str, *flags: str) -> bytes:
    """A library that gcc makes for a level of :data:`LEVELS`; without gcc for x86-64 the test is skipped."""
    if shutil.which("gcc") is None or sysconfig.get_platform() != "linux-x86_64":
        pytest.skip("there is no gcc for x86-64 on Linux")
    include = sysconfig.get_path("include")
    if not Path(include, "Python.h").exists():
        pytest.skip("this Python has no headers")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "source.c").write_text(source)
    command = [
        "gcc",
        "-O3",
        "-shared",
        "-fPIC",
        "-s",
        "-Wno-cast-function-type",
        f'-DLEVEL="{level}"',
        *LEVELS[level][1],
    ]
    command += ["-I", include, "source.c", "-o", "library.so", *flags]
    subprocess.run(command, cwd=folder, check=True)
    return (folder / "library.so").read_bytes()


def make_wheels(
    folder: Path,
    files: Mapping[str, Mapping[str, bytes]],
    common: Mapping[str, bytes] = {},
    *,
    name: str = "pkg-demo",
    tag: str = TAG,
    headers: Iterable[str] = (),
) -> dict[str, Path]:
    """A standard wheel and its hash variants.

    Args:
        folder: where to.
        files: variant of :data:`LEVELS` → path → content.
        common: files that all wheels have.
        name: the project.
        tag: the tags of all wheels.
        headers: further lines of METADATA.
    """
    found = {}
    plain = make_wheel(folder / "plain", name, "1.0", tag=tag, headers=headers, body="")
    for variant, contents in files.items():
        place = folder / variant
        place.mkdir(parents=True, exist_ok=True)
        wheel = rewrite_wheel(plain, place / plain.name, {**common, **contents})
        needs = LEVELS[variant][0]
        found[variant] = (
            tag_wheel(wheel, VariantDescription.from_strings([needs]), folder / "variants") if needs else wheel
        )
    return found
