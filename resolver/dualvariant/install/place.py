"""The place of an installation: where pip puts what it installs, by its options and settings of all places."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dualvariant.settings.pip_config import PipConfig
    from dualvariant.target.interpreter import Interpreter

__all__ = ["InstallPlace"]


class InstallPlace(NamedTuple):
    """Where an installer puts distributions: into the interpreter's own folders, or elsewhere.

    Source: ``pip._internal.commands.install`` (``decide_user_install``, ``get_lib_location_guesses``).

    Args:
        interpreter: the target.
        target: the folder of ``--target``.
        prefix: the folder of ``--prefix``.
        root: the folder of ``--root``.
        user: install for this user only; None if the installer decides.
    """

    interpreter: Interpreter
    target: Path | None = None
    prefix: Path | None = None
    root: Path | None = None
    user: bool | None = None

    @classmethod
    def for_pip(cls, interpreter: Interpreter, config: PipConfig) -> InstallPlace:
        """The place of ``pip install`` with these settings, those of the command line among them.

        Raises:
            InvalidSettingError: a setting has no value that pip takes.
        """
        user = config.flag("user") if "user" in config.values else None
        return cls.for_options(interpreter, config.values, user=user)

    @classmethod
    def for_options(
        cls, interpreter: Interpreter, options: Mapping[str, str], *, user: bool | None = None
    ) -> InstallPlace:
        """The place that ``target``, ``prefix`` and ``root`` name, of which uv has the first two."""
        target, prefix, root = (Path(options[key]) if key in options else None for key in ("target", "prefix", "root"))
        return cls(interpreter, target, prefix, root, user)

    @property
    def is_own(self) -> bool:
        """Whether it is where the interpreter finds its distributions first; no other place holds an older copy."""
        return self.target is None and self.prefix is None and self.root is None

    @property
    def is_user(self) -> bool:
        """Whether it is the user's own site folder: because that is asked for, or as pip falls back to it."""
        if self.user is not None:
            return self.user
        if self.target is not None or self.prefix is not None or not self.interpreter.user_site_enabled:
            return False
        return not all(_is_writable(folder) for folder in map(self._below_root, self.interpreter.site))

    @property
    def folders(self) -> list[Path]:
        """The folders that distributions are installed into."""
        target = self.interpreter
        if self.target is not None:
            found = [self.target]
        elif self.is_user:
            found = [target.user_site]
        elif self.prefix is not None:
            inside = [folder for folder in target.site if folder.is_relative_to(target.prefix)]
            found = [self.prefix / folder.relative_to(target.prefix) for folder in inside] or [self.prefix]
        else:
            found = list(target.site)
        return list(dict.fromkeys(map(self._below_root, found)))

    @property
    def searched(self) -> list[Path]:
        """The folders in which an installed distribution satisfies a requirement, the one that counts first."""
        return [*([self.interpreter.user_site] if self.is_user else []), *self.interpreter.site]

    @property
    def description(self) -> str:
        """The place in words, for a message."""
        folder = self.target or self.prefix or self.root
        return "the environment" if folder is None else repr(str(folder))

    def _below_root(self, folder: Path) -> Path:
        if self.root is None:
            return folder
        return self.root / folder.absolute().relative_to(folder.absolute().anchor)


def _is_writable(folder: Path) -> bool:
    """Whether this user may install into a folder, by the nearest one that exists."""
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return os.access(folder, os.W_OK)
