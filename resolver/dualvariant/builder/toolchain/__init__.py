"""Compilers, their flags, and the build systems that call them.

``choice`` decides which compiler a platform gets; ``compilers`` describes this machine's own and zig; ``cross_python``
prepares this Python's headers and settings for another architecture; ``flags`` asks providers what a property means for
a compiler; ``build_systems`` passes compiler and flags on to setuptools, CMake, Meson and cargo.
"""
