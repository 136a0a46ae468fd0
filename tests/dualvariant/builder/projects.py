"""Small projects, generated for one test each."""

from __future__ import annotations

from pathlib import Path

from natives import LOOPS

__all__ = ["DECLARATION", "write_dispatch", "write_project"]

# Loops that every compiler vectorises, and marks that tests look for.
SOURCE = """\
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#ifdef BROKEN_WITH_AVX512
#ifdef __AVX512F__
#error "no AVX-512 here"
#endif
#endif

static PyObject *dot(PyObject *self, PyObject *args) {
    static double a[512], b[512];
    double sum = 0.0, scale;
    if (!PyArg_ParseTuple(args, "d", &scale)) return NULL;
    for (int i = 0; i < 512; i++) { a[i] = scale * (i % 17); b[i] = a[i] * a[i] + scale; }
    for (int i = 0; i < 512; i++) sum += b[i];
    return PyFloat_FromDouble(sum);
}

static PyMethodDef methods[] = {{"dot", dot, METH_VARARGS, "A number."}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "tiny", NULL, -1, methods};
PyMODINIT_FUNC PyInit_tiny(void) { return PyModule_Create(&module); }
"""

CYTHON = """\
def dot(double scale):
    cdef double[512] a
    cdef double total = 0.0
    cdef int i
    for i in range(512):
        a[i] = scale * (i % 17)
        total += a[i] * a[i] + scale
    return total
"""

DECLARATION = """
[tool.variantlib.build]
cflags = ["-O3"]

[tool.variantlib.build.linux_x86_64]
variants = ["x86_64 :: level :: v3", "x86_64 :: level :: v4"]
"""


def write_project(
    folder: Path,
    declaration: str = DECLARATION,
    *,
    source: str = "tiny.c",
    requires: str = '"setuptools>=77"',
    more: str = "",
    pure: bool = False,
) -> Path:
    """A setuptools project of one extension module, ``tiny``.

    Args:
        folder: where to.
        declaration: what its pyproject.toml says beyond the ordinary.
        source: ``tiny.c`` or ``tiny.pyx``.
        requires: its build requirements, as TOML.
        more: arguments for the Extension.
        pure: leave the extension out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(
        f'[build-system]\nrequires = [{requires}]\nbuild-backend = "setuptools.build_meta"\n'
        f'[project]\nname = "tiny"\nversion = "1.0"\n{declaration}'
    )
    extension = f'ext_modules=[Extension("tiny", ["{source}"], {more})]' if not pure else 'py_modules=["tiny"]'
    (folder / "setup.py").write_text(f"from setuptools import Extension, setup\nsetup({extension})\n")
    (folder / "tiny.py" if pure else folder / source).write_text(
        "" if pure else CYTHON if source.endswith(".pyx") else SOURCE
    )
    return folder


#: A declaration of dispatch, for one instruction set.
_ALLOW = """
[[tool.variantlib.build.audit.allow]]
file = "kernels.*.so"
feature = "FEATURE"
reason = "tiny_pick imports it where the flags of /proc/cpuinfo say so"
"""


def write_dispatch(folder: Path) -> Path:
    """A project with a standard wheel, and with a module ``kernels`` that needs AVX2 and is chosen at run time."""
    allow = "".join(_ALLOW.replace("FEATURE", feature) for feature in ("avx", "avx2"))
    write_project(folder, f"[tool.variantlib.build]\nlinux_x86_64 = {{}}\n{allow}")
    (folder / "kernels.c").write_text(LOOPS.replace("tiny", "kernels"))
    extensions = 'Extension("tiny", ["tiny.c"]), Extension("kernels", ["kernels.c"], extra_compile_args=["-mavx2"])'
    (folder / "setup.py").write_text(f"from setuptools import Extension, setup\nsetup(ext_modules=[{extensions}])\n")
    return folder
