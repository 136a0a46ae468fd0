"""The providers that come with dualvariant: what an x86-64 or an Arm CPU offers, and how to build for it.

Each class obeys the contract of a stranger's plugin, is found by its entry point in the group ``variantlib.plugins``,
and can move to a distribution of its own by moving its files.
"""

__version__ = "0.1.0"

__all__ = ["__version__"]
