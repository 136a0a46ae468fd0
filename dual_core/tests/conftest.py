"""Profiles of the property tests, where Hypothesis is installed: ``pytest --hypothesis-profile=ci`` or ``night``.

``ci`` has one seed, ``night`` a new one for each run and ten times as many examples; pytest's header prints the seed.
"""

import random
from importlib.util import find_spec

import pytest

if find_spec("hypothesis") is not None:
    from property_tests import register_profiles

    register_profiles()

#: The seed of the profile ``ci``: a run is red because of the change that it tests.
CI_SEED = "20261127"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose the seed before Hypothesis reads it."""
    profile = config.getoption("hypothesis_profile", None)
    if profile in ("ci", "night") and config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = CI_SEED if profile == "ci" else str(random.SystemRandom().getrandbits(32))


def pytest_report_header(config: pytest.Config) -> str | None:
    """Print the seed, so that a run can be repeated."""
    seed = config.getoption("hypothesis_seed", None)
    return None if seed is None else f"property tests: --hypothesis-seed={seed} repeats this run"
