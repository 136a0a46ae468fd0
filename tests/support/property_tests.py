"""How many examples the property tests try, and which seed chooses them.

Three profiles, by ``pytest --hypothesis-profile=NAME``:

- ``default`` keeps examples that failed in ``.hypothesis`` and tries them again first;
- ``ci`` is what ``make test`` runs: with one seed, so that a run is red because of the change that it tests;
- ``night`` tries ten times as many examples, with a new seed for each run.

pytest's header prints the seed.
"""

from __future__ import annotations

import random
from typing import Any

from hypothesis import HealthCheck, settings

__all__ = ["USUAL_EXAMPLES", "choose_seed", "examples", "register_profiles"]

#: How many examples a test tries.
USUAL_EXAMPLES = 100
NIGHT_FACTOR = 10
#: The seed of the profile ``ci``.
CI_SEED = "20261127"


def register_profiles() -> None:
    """Make the profiles known and choose ``default``; call it before pytest reads ``--hypothesis-profile``."""
    # A busy machine is slow and not wrong: no example has a deadline.
    common: dict[str, Any] = {
        "deadline": None,
        "suppress_health_check": [HealthCheck.too_slow],
        "print_blob": True,
        "derandomize": False,
    }
    settings.register_profile("default", max_examples=USUAL_EXAMPLES, **common)
    settings.register_profile("ci", max_examples=USUAL_EXAMPLES, **common)
    settings.register_profile("night", max_examples=USUAL_EXAMPLES * NIGHT_FACTOR, **common)
    settings.load_profile("default")


def examples(usual: int) -> settings:
    """Set another number of examples than the usual one for a test; ``night`` multiplies it as all others."""
    return settings(max_examples=max(1, usual * settings().max_examples // USUAL_EXAMPLES))


def choose_seed(profile: str | None, seed: str | None) -> str | None:
    """Return the seed of a run: the given one, or that of the profile; None if Hypothesis chooses.

    Args:
        profile: the value of ``--hypothesis-profile``.
        seed: the value of ``--hypothesis-seed``.
    """
    if seed is None and profile == "ci":
        return CI_SEED
    if seed is None and profile == "night":
        return str(random.SystemRandom().getrandbits(32))
    return seed
