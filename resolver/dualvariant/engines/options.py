"""Options of the installer on our command line: what they mean to us, and those that would bypass the choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from dualvariant.core.errors import RefusedOptionError, UsageError
from dualvariant.settings.installer_options import (
    InstallerOption,
    OptionParser,
    OptionSyntaxError,
    find_options,
    list_pip_options,
    list_uv_options,
)

__all__ = ["EngineOptions"]

#: Options behind ``--`` for which the engine gets something else: they belong before it.
_INSTEAD = frozenset({"view", "copies", "target"})

#: Options that decide which release or file is chosen: they belong before ``--`` too.
_BEFORE = frozenset({"pre", "no-binary", "only-binary"})

#: Options that may be repeated, and what stands between their values in a setting.
_REPEATED = {"no-binary": ",", "only-binary": ",", "all-releases": ",", "only-final": ",", "platform": " ", "abi": " "}

#: Flags that are the negation of another setting of pip.
_NEGATIONS = {"no-user": "user"}


class EngineOptions(NamedTuple):
    """Options for the engine, as pip spells them.

    Args:
        arguments: the options and their values.
        settings: what they say, as settings of pip: name → text. A value that may be repeated holds all of them, with
            blanks between.
    """

    arguments: tuple[str, ...] = ()
    settings: Mapping[str, str] = MappingProxyType({})

    @classmethod
    def combine(cls, known: Sequence[str], passed_on: Sequence[str], command: str = "install") -> EngineOptions:
        """Options among ours that the engine gets, and those behind ``--``.

        The latter are recognised as pip recognises them, abbreviations too, and in uv's own spelling. Options of other
        versions are kept as they are.

        Args:
            known: options before ``--``, with their values.
            passed_on: what follows ``--``.
            command: the command of pip.

        Raises:
            RefusedOptionError: an option behind ``--`` would bypass the choice.
            UsageError: pip would not take the words.
        """
        reader = _Reader(command)
        reader.read(known)
        reader.behind = True
        reader.read(passed_on)
        return cls(tuple(reader.arguments), reader.settings)


class _Reader:
    """Reads words, and keeps what they mean to the engine and to us."""

    def __init__(self, command: str) -> None:
        self.arguments: list[str] = []
        self.settings: dict[str, str] = {}
        self.behind = False
        options = list_pip_options(command)
        pips = {name for option in options for name in option.names}
        of_uv = [option for option in list_uv_options() if command == "install" and pips.isdisjoint(option.names)]
        self._of_uv = {name: option for option in of_uv for name in option.names}
        self._options = {name: option for option in options for name in option.names} | self._of_uv
        whole = [(name, option.takes_value) for name, option in self._of_uv.items()]
        self._parser = OptionParser(options, self._found, self.arguments.append, whole=whole, unknown=True)

    def read(self, words: Sequence[str]) -> None:
        try:
            self._parser.read(words)
        except OptionSyntaxError as error:
            last = self._options.get(words[-1])
            if self.behind and last is not None:
                _check(last, words[-1])  # it lacks its value, and would be refused with one
            raise UsageError(str(error), "'python -m pip help install' lists the options of pip") from None

    def _found(self, name: str, value: str | None, given: str) -> None:
        option = self._options[name]
        if self.behind:
            _check(option, given)
        self.arguments += [name] if value is None else [name, value]
        if name not in self._of_uv:
            self._keep(option.key, "1" if value is None else value)

    def _keep(self, key: str, text: str) -> None:
        if key in _NEGATIONS:
            key, text = _NEGATIONS[key], "0"
        option = find_options(key)
        between = " " if option is not None and option.asks else _REPEATED.get(key)
        before = self.settings.get(key)
        self.settings[key] = text if before is None or between is None else f"{before}{between}{text}"


def _check(option: InstallerOption, given: str) -> None:
    """Refuse an option behind ``--`` that would bypass the choice."""
    if option.line == "refused":
        raise RefusedOptionError(f"{given!r} after '--' is refused ({option.reason})", option.next_step)
    if option.engine in _INSTEAD or option.key in _BEFORE:
        raise RefusedOptionError(f"{given!r} after '--' would bypass the choice of variants", "put it before '--'")
