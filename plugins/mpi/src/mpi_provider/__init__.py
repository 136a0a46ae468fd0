"""The provider ``mpi``: which MPI library programs of this machine use.

It is asked in a process of its own, with a time limit. Nothing of dualvariant is imported.
"""

from __future__ import annotations

from mpi_provider.provider import MpiProvider

__version__ = MpiProvider.__version__

__all__ = ["MpiProvider", "__version__"]
