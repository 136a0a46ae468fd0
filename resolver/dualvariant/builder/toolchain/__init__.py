"""Compilers, their flags, and the build systems that use them."""
