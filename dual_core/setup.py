"""The compiled modules; everything else about the distribution is in pyproject.toml.

``DUAL_AUTODIFF_PURE=1`` leaves them out, and the wheel is then ``py3-none-any``, with the same names in plain Python.
"""

import os
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import setuptools
from setuptools import Extension, setup

SOURCE = "src/dual_autodiff"
# The oldest tools that this file works with; pip reads the same bounds in pyproject.toml.
OLDEST = {"setuptools": 77, "Cython": 3}
# Part of the modules' meaning, not of a CPU level, which CFLAGS says: every level compiles the same source.
# -ffp-contract=off: what is written as two operations rounds twice everywhere.
# No -ffast-math: it breaks nan and infinity, and switches subnormals off for the whole process.
SCALARS = ["-O3", "-fno-math-errno", "-ffp-contract=off"]
ARRAYS = [*SCALARS, "-fno-trapping-math"]
# Debug information would be three quarters of the wheel. A -g in the user's CFLAGS comes later and puts it back.
os.environ["CFLAGS"] = " ".join(["-g0", *os.environ.get("CFLAGS", "").split()])


PURE = os.environ.get("DUAL_AUTODIFF_PURE", "0") not in {"", "0"}


def check_tools() -> None:
    """End with what to do instead, where somebody runs this file and its tools are too old or missing.

    Without this, an old setuptools ends with a traceback about ``project.license``, and a missing Cython with
    an option that does not exist.
    """
    found = {"setuptools": setuptools.__version__}
    if not PURE:
        try:
            found["Cython"] = version("Cython")
        except PackageNotFoundError:
            found["Cython"] = "none"
    for name, text in found.items():
        if text == "none" or int(text.split(".")[0]) < OLDEST[name]:
            bounds = " ".join(f'"{tool}>={oldest}"' for tool, oldest in OLDEST.items())
            sys.exit(
                f"dual_autodiff: setup.py needs {name} {OLDEST[name]} or newer, and this Python has {text}.\n"
                "`python -m pip install -e .` needs no preparation and compiles the same modules. To run setup.py all "
                f"the same, first run: python -m pip install {bounds}"
            )


def extensions() -> list[Extension]:
    """The modules to compile; none for a pure wheel."""
    if PURE:
        return []
    flags = " ".join([*os.environ.get("CFLAGS", "").split(), *ARRAYS])
    return [
        Extension(
            "dual_autodiff._core",
            [f"{SOURCE}/_core.pyx"],
            depends=sorted(map(str, Path(SOURCE).glob("*/*.pxi"))),
            extra_compile_args=SCALARS,
        ),
        Extension("dual_autodiff.pipeline.trace", [f"{SOURCE}/pipeline/trace.py"], extra_compile_args=SCALARS),
        Extension(
            "dual_autodiff._engine",
            [f"{SOURCE}/{name}" for name in ("_engine.pyx", "kernels.c", "build_info.c")],
            depends=[f"{SOURCE}/{name}.h" for name in ("kernels", "elementary", "coefficients")],
            include_dirs=[SOURCE],
            define_macros=[("BUILD_FLAGS", f'"{flags}"')],
            extra_compile_args=ARRAYS,
        ),
    ]


check_tools()
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
