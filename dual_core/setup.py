"""The compiled modules; everything else about the distribution is in pyproject.toml.

``DUAL_AUTODIFF_PURE=1`` leaves them out, and the wheel is then ``py3-none-any``, with the same names in plain Python.
"""

import os

from setuptools import Extension, setup

SOURCE = "src/dual_autodiff"
# Part of the modules' meaning, not of a CPU level, which CFLAGS says: every level compiles the same source.
# -ffp-contract=off: what is written as two operations rounds twice everywhere.
# No -ffast-math: it breaks nan and infinity, and switches subnormals off for the whole process.
SCALARS = ["-O3", "-fno-math-errno", "-ffp-contract=off"]
ARRAYS = [*SCALARS, "-fno-trapping-math"]


def extensions() -> list[Extension]:
    """The modules to compile; none for a pure wheel."""
    if os.environ.get("DUAL_AUTODIFF_PURE", "0") not in {"", "0"}:
        return []
    flags = " ".join([*os.environ.get("CFLAGS", "").split(), *ARRAYS])
    return [
        Extension("dual_autodiff._core", [f"{SOURCE}/_core.pyx"], extra_compile_args=SCALARS),
        Extension(
            "dual_autodiff._engine",
            [f"{SOURCE}/{name}" for name in ("_engine.pyx", "kernels.c", "build_info.c")],
            depends=[f"{SOURCE}/{name}.h" for name in ("kernels", "elementary", "coefficients")],
            include_dirs=[SOURCE],
            define_macros=[("BUILD_FLAGS", f'"{flags}"')],
            extra_compile_args=ARRAYS,
        ),
    ]


setup(
    ext_modules=extensions(),
    options={
        "build_ext": {
            # Generated C stays in the build directory, out of the sources and of the next sdist.
            "cython_c_in_temp": True,
            # An object file knows nothing of the CFLAGS it was made with, so none is ever reused.
            "force": True,
        }
    },
)
