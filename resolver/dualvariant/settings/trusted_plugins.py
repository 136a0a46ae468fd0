"""Which plugins of other tools may be asked: ``trusted_plugins`` in the user's own ``variant.toml``.

A provider of our own entry-point group is there because the user has installed it beside dualvariant, and is asked. A
plugin of PEP 850 may have come with something else, so the user has to name its distribution. A file in the working
directory is never asked whom to trust.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Callable
from pathlib import Path

from dualvariant.core.dirs import config_dir
from dualvariant.settings.own_files import TRUSTED_KEY, read_own_setting

__all__ = ["how_to_trust", "normalize_distribution", "read_trusted_plugins"]


def read_trusted_plugins(note: Callable[[str], None]) -> frozenset[str]:
    """The normalized names of the distributions whose plugins may be asked.

    Args:
        note: gets a message for a setting that has no effect.
    """
    folder = config_dir()
    trusted: set[str] = set()
    for place, value in read_own_setting(TRUSTED_KEY, lambda message: None):
        if folder is None or Path(place).parent != folder:
            note(f"{place}: {TRUSTED_KEY} has no effect here, only in the user's own variant.toml")
        elif isinstance(value, list) and all(isinstance(name, str) for name in value):
            trusted |= set(map(normalize_distribution, value))
        else:
            note(f"{place}: {TRUSTED_KEY} must be a list of names, so it is not used: {reprlib.repr(value)}")
    return frozenset(trusted)


def normalize_distribution(name: str) -> str:
    """A distribution's name in the form that is compared (PEP 503); packaging need not be imported for it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def how_to_trust(distribution: str) -> str:
    """What makes dualvariant ask the plugin of a distribution, in words."""
    folder = config_dir()
    place = "variant.toml in the configuration folder" if folder is None else repr(str(folder / "variant.toml"))
    return f'{TRUSTED_KEY} = ["{distribution}"] under [variantlib] in {place} allows it'
