"""The providers that come with dualvariant: what an x86-64 or an Arm CPU offers, and how to build for it.

Each class follows the contract that every other plugin follows, and is found by its entry point in the group
``variantlib.plugins``. The tables are in :mod:`variantlib.cpu`.
"""

__version__ = "0.1.0"

__all__ = ["__version__"]
