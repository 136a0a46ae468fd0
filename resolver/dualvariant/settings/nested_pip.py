"""pip's settings for the pips that a build calls: the user's, but for what and where to install."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from dualvariant.settings.pip_config import PipConfig, make_variable, read_pip_config

__all__ = ["make_nested_environment", "settings_for_builds"]

#: Settings that say what the user wants to install, and where.
_NOT_NESTED = frozenset(
    {
        "abi", "dest", "dry-run", "editable", "force-reinstall", "group", "ignore-installed", "implementation",
        "isolated", "no-deps", "no-require-hashes", "only-deps", "platform", "prefix", "python", "python-version",
        "report", "require-hashes", "require-virtualenv", "requirement", "requirements-from-script", "root", "src",
        "target", "upgrade", "upgrade-strategy", "user", "wheel-dir",
    }
)  # fmt: skip


def make_nested_environment(config: PipConfig) -> dict[str, str]:
    """The settings that also count for a pip which brings what a build needs, as its ``PIP_*`` variables.

    Where to look, how to reach it and what may be taken count; what the user wants to install, and where, does not. The
    variables take the place of all files.
    """
    kept = {key: value for key, value in config.values.items() if key not in _NOT_NESTED}
    return {**{make_variable(key): value for key, value in kept.items()}, "PIP_CONFIG_FILE": os.devnull}


@contextmanager
def settings_for_builds(command: str = "install") -> Iterator[None]:
    """Give the pips that a build calls the settings of :func:`make_nested_environment` until the block ends.

    ``PIP_TARGET``, ``PIP_USER`` or ``PIP_REQUIRE_VIRTUALENV``, in a file too, would have them install elsewhere than
    into the environment of the build, or not at all.

    Args:
        command: the command of pip that is called.

    Raises:
        InvalidSettingsFileError: a file cannot be parsed.
    """
    before = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    nested = make_nested_environment(read_pip_config(Path(sys.prefix), command, refuse=False))
    try:
        _replace_variables(nested)
        yield
    finally:
        _replace_variables(before)


def _replace_variables(variables: Mapping[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        del os.environ[name]
    os.environ.update(variables)
