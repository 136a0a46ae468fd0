"""The compiled module; everything else about the distribution is in pyproject.toml."""

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "dual_autodiff.dual",
            ["src/dual_autodiff/dual.pyx"],
            # Part of the module's meaning, not of its speed: a fused multiply-add rounds once where
            # the formulas round twice, and results would differ from one CPU to the next.
            # Optimisation flags come from CFLAGS.
            extra_compile_args=["-ffp-contract=off"],
        )
    ],
    options={
        "build_ext": {
            # Generated C stays in the build directory, out of the sources and of the next sdist.
            "cython_c_in_temp": True,
            # An object file knows nothing of the CFLAGS it was made with, so none is ever reused.
            "force": True,
        }
    },
)
