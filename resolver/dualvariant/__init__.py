"""dualvariant: the wheel that was built for this machine, through the installer you already have."""

__version__ = "0.1.0"

__all__ = ["__version__"]
