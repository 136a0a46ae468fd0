"""The environment variables by which build systems learn of a compiler and its flags: each name is written here once.

Sources: GNU make, "Variables Used by Implicit Rules"; setuptools (``distutils.sysconfig.customize_compiler``); cargo,
"Environment Variables".
"""

from __future__ import annotations

__all__ = [
    "AR",
    "CC",
    "CFLAGS",
    "COMPILER_VARIABLES",
    "CPPFLAGS",
    "CXX",
    "CXXFLAGS",
    "FLAG_KEYS",
    "FLAG_VARIABLES",
    "FORTRAN_VARIABLES",
    "LDCXXSHARED",
    "LDFLAGS",
    "LDSHARED",
    "LOGGED_VARIABLES",
    "MSVC_FLAGS",
    "RANLIB",
    "RUSTC_WRAPPER",
    "RUSTFLAGS",
    "STRIP",
    "USER_VARIABLES",
]

CC, CXX = "CC", "CXX"
#: The linkers of extension modules, which setuptools reads.
LDSHARED, LDCXXSHARED = "LDSHARED", "LDCXXSHARED"
AR, RANLIB, STRIP = "AR", "RANLIB", "STRIP"
#: The Fortran compiler, by the names that CMake, Meson and make read.
FORTRAN_VARIABLES = ("FC", "F77", "F90")
#: What cargo runs in place of rustc, with rustc as its first argument.
RUSTC_WRAPPER = "RUSTC_WRAPPER"
CFLAGS, CXXFLAGS, CPPFLAGS, LDFLAGS, RUSTFLAGS = "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "RUSTFLAGS"
#: What Microsoft's compiler reads in place of CFLAGS.
MSVC_FLAGS = "CL"

#: The variables that name compilers.
COMPILER_VARIABLES = (CC, CXX)

#: The variables that hold flags.
FLAG_VARIABLES = (CFLAGS, CXXFLAGS, CPPFLAGS, LDFLAGS, RUSTFLAGS)

#: The variables that a build takes over from the user's environment, wherever it runs.
USER_VARIABLES = (*COMPILER_VARIABLES, *FLAG_VARIABLES)

#: The flag variables that a declaration sets, by its keys.
FLAG_KEYS = {"cflags": CFLAGS, "cxxflags": CXXFLAGS, "ldflags": LDFLAGS, "rustflags": RUSTFLAGS}

#: The variables that each build's log starts with.
LOGGED_VARIABLES = (CC, CFLAGS, CXX, CXXFLAGS, LDSHARED, LDFLAGS, RUSTFLAGS)
