"""The provider ``fictional_tech``: technology that this host could use if it existed.

The smallest provider there is: it always gives the same answer. ``fictional_hw`` looks before it answers.
"""

from __future__ import annotations

from fictional_tech import __version__
from variantlib.config import KeyConfig, ProviderConfig

__all__ = ["FictionalTechnology"]


class FictionalTechnology:
    """Tells which technology of fiction this host can use."""

    __provider_name__ = "fictional_tech"
    __version__ = __version__

    def run(self) -> ProviderConfig | None:
        """What this host supports: the most important key first, and in each key the best value first."""
        return ProviderConfig(
            provider=self.__provider_name__,
            configs=[
                KeyConfig(key="technology", values=["auto_chef"]),
                KeyConfig(key="quantum", values=["FOAM", "SUPERPOSITION"]),
                KeyConfig(key="risk_exposure", values=["1000000000", "100000", "25"]),
            ],
        )
