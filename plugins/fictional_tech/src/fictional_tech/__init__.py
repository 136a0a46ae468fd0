"""A provider of wheel variants for technology that nobody has: an example to copy."""

__version__ = "1.0.0"

__all__ = ["__version__"]
