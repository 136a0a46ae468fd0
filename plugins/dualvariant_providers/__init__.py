"""The providers that come with dualvariant: what an x86-64 or an Arm CPU, or an NVIDIA GPU, offers.

Each class follows the contract that every other plugin follows, and is found by its entry point in the group
``variantlib.plugins``. The tables of CPUs are in :mod:`variantlib.cpu`.
"""

__version__ = "0.1.0"

__all__ = ["__version__"]
