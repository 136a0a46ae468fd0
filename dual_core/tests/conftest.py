"""Profiles of the property tests, where Hypothesis is installed: ``pytest --hypothesis-profile=ci`` or ``night``.

``ci`` prints the seed of the run in pytest's header; ``night`` also tries ten times as many examples.
"""

import random
from importlib.util import find_spec

import pytest

if find_spec("hypothesis") is not None:
    from property_tests import register_profiles

    register_profiles()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose the seed before Hypothesis reads it."""
    if config.getoption("hypothesis_profile", None) in ("ci", "night") and config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(random.SystemRandom().getrandbits(32))


def pytest_report_header(config: pytest.Config) -> str | None:
    """Print the seed, so that a run can be repeated."""
    seed = config.getoption("hypothesis_seed", None)
    return None if seed is None else f"property tests: --hypothesis-seed={seed} repeats this run"
