"""The vocabulary of wheel variants: properties, labels, wheel names, host profiles, and the choice between wheels.

Nothing here opens a network connection, starts a process or prints; files are read only when handed in. The
application built on it is ``dualvariant``; a provider plugin needs ``variantlib.config`` and nothing else.
"""

__version__ = "0.1.0"

__all__ = ["__version__"]
