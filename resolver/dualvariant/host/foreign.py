"""Notice another project's ``variantlib``: PyPI has one, and only one of the two can be imported."""

from __future__ import annotations

import dualvariant
import variantlib
from dualvariant.host.discovery import Installed, installed_distributions

__all__ = ["find_foreign_variantlib"]


def find_foreign_variantlib(distributions: list[Installed] | None = None) -> str | None:
    """What is wrong with this environment, in a sentence; None if ``variantlib`` is ours and the only one.

    Ours comes with the distribution ``dualvariant`` and carries its version; a distribution that is itself called
    ``variantlib`` is always another project's, and shares the folder with ours if both are installed.
    """
    found = installed_distributions() if distributions is None else distributions
    for distribution in found:
        if distribution.normalized == "variantlib":
            return (
                f"another project's 'variantlib' is installed beside dualvariant ({distribution.metadata}); "
                "the two overwrite each other, so give dualvariant an environment of its own (pipx, uv tool install)"
            )
    if getattr(variantlib, "__version__", None) != dualvariant.__version__:
        return (
            f"'import variantlib' finds another project's module ({variantlib.__file__}); "
            "give dualvariant an environment of its own (pipx, uv tool install)"
        )
    return None
