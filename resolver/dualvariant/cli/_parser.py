"""The argument parser that every command uses."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from dualvariant.core.errors import UnknownOptionError, UsageError, did_you_mean

__all__ = ["Parser"]


class Parser(argparse.ArgumentParser):
    """argparse with whole option names only, our wording, and a suggestion for options that it does not know.

    Args:
        command: the command's name.
        summary: what it does, in one sentence.
        engine_options: whether options of the installer may follow ``--``.
    """

    def __init__(self, command: str, summary: str, *, engine_options: bool = False) -> None:
        super().__init__(prog=f"dualvariant {command}", description=summary, allow_abbrev=False)
        self.engine_options = engine_options

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        parsed, unknown = self.parse_known_args(args, namespace)
        if unknown:
            raise self.unknown_error(unknown[0])
        return parsed

    def unknown_error(self, word: str) -> UnknownOptionError:
        """The error for a word that is none of the command's options, with what may have been meant."""
        name = word.split("=", 1)[0]
        near = did_you_mean(name, self._option_string_actions)
        hints = [near] if near else []
        if self.engine_options and name.startswith("-"):
            hints.append(f"options of the installer go behind '--': … -- {word}")
        kind = "option" if name.startswith("-") else "argument"
        return UnknownOptionError(f"unknown {kind}: {name!r}", " ".join(hints) or f"see '{self.prog} --help'")

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, f"see '{self.prog} --help'")
