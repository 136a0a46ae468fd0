"""The options of pip and uv: what each means to dualvariant, and how pip recognises them in a list of words.

The tables ``pip_options.json`` and ``uv_options.json`` are made by ``tools/installer_options.py`` from pip's own parser
and uv's help; the decisions in them are made by hand. pip parses its command line and requirement files with
:mod:`optparse`, and so does this module: abbreviations, ``--name=value``, ``-rFILE`` and ``-qq`` mean what they mean to
pip by construction.
"""

from __future__ import annotations

import json
import optparse
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from dualvariant.settings.pip_version import is_at_least

__all__ = [
    "InstallerOption",
    "OptionParser",
    "OptionSyntaxError",
    "describe_pip_option",
    "find_options",
    "find_values",
    "list_file_options",
    "list_pip_options",
    "list_uv_options",
    "option_key",
]


class InstallerOption(NamedTuple):
    """One option of an installer. Each decision is ``ours``, ``passed``, ``refused``, or None where it cannot be set.

    Args:
        names: its names, short ones first.
        value: the type of its value as :mod:`optparse` calls it; ``count`` for a flag that may be repeated; None for a
            flag.
        commands: the commands that have it.
        in_file: whether it may be on a ``line`` of its own in a requirement file, or behind a ``requirement``.
        since: the first pip that knows it in a requirement file; None if every one does that we support.
        line: the decision for the command line.
        environment: the decision for a variable.
        configuration: the decision for a configuration file.
        file: the decision for a requirement file.
        engine: how the installer gets an option that is ours: on its ``line``, by its ``environment``, by the ``view``,
            by ``copies`` of files, by the ``target``; None if it does not.
        asks: whether it says what is to be installed.
        reason: why it is refused.
        next_step: what the user can do instead.
    """

    names: tuple[str, ...]
    value: str | None
    commands: tuple[str, ...]
    in_file: str | None
    since: str | None
    line: str | None
    environment: str | None
    configuration: str | None
    file: str | None
    engine: str | None
    asks: bool
    reason: str
    next_step: str

    @property
    def name(self) -> str:
        """Its first long name, such as ``--index-url``."""
        return next(name for name in self.names if name.startswith("--"))

    @property
    def key(self) -> str:
        """The name of the setting, such as ``index-url``."""
        return self.name[2:]

    @property
    def takes_value(self) -> bool:
        """Whether a value follows it."""
        return self.value not in (None, "count")

    @classmethod
    def from_entry(cls, entry: dict[str, Any]) -> InstallerOption:
        """Read an entry of a table."""
        return cls(
            names=tuple(entry["names"]),
            value=entry.get("value"),
            commands=tuple(entry.get("commands", ())),
            in_file=entry.get("in_file"),
            since=entry.get("since"),
            line=entry.get("line"),
            environment=entry.get("environment"),
            configuration=entry.get("configuration"),
            file=entry.get("file"),
            engine=entry.get("engine"),
            asks=entry.get("asks", False),
            reason=entry.get("reason", ""),
            next_step=entry.get("next", ""),
        )


@cache
def _read_table(tool: str) -> tuple[InstallerOption, ...]:
    text = Path(__file__).with_name(f"{tool}_options.json").read_bytes()
    return tuple(InstallerOption.from_entry(entry) for entry in json.loads(text)["options"])


def list_pip_options(command: str) -> list[InstallerOption]:
    """The options of one command of pip."""
    return [option for option in _read_table("pip") if command in option.commands]


@cache
def list_file_options(pip: str | None = None) -> Sequence[InstallerOption]:
    """The options that pip knows in a requirement file; one that it does not know makes no abbreviation ambiguous.

    Args:
        pip: its version; None, or one that is none, for the newest.
    """
    options = [option for option in _read_table("pip") if option.in_file is not None]
    return [option for option in options if option.since is None or is_at_least(pip, option.since)]


def list_uv_options() -> list[InstallerOption]:
    """The options of ``uv pip install``."""
    return list(_read_table("uv"))


@cache
def _keys() -> dict[str, InstallerOption]:
    return {name[2:]: option for option in _read_table("pip") for name in option.names if name.startswith("--")}


def find_options(key: str) -> InstallerOption | None:
    """pip's option whose long name is ``--KEY``, of any command; None if there is none."""
    return _keys().get(key)


def asks(settings: Iterable[str], besides: str = "") -> bool:
    """Whether a setting, besides one, says what is to be installed, so that no requirement is needed.

    Args:
        settings: the keys of those that are set.
        besides: the key that does not count.
    """
    found = (find_options(key) for key in settings if key != besides)
    return any(option is not None and option.asks for option in found)


def option_key(key: str) -> str:
    """The one key of a setting that may be written by several names: ``default-timeout`` is ``timeout``."""
    option = find_options(key)
    return key if option is None else option.key


def find_values(arguments: Sequence[str], names: Sequence[str]) -> list[tuple[str, str]]:
    """Some options of a command line, in their order, each with its value.

    Args:
        arguments: the words, ``--name value`` or ``--name=value``.
        names: the options.
    """
    found = []
    for word, after in zip(arguments, [*arguments, ""][1:], strict=True):
        option, equals, value = word.partition("=")
        if option in names:
            found.append((option, value if equals else after))
    return found


@cache
def _read_words() -> dict[str, str]:
    words: dict[str, str] = json.loads(Path(__file__).with_name("pip_option_words.json").read_bytes())
    return words


def describe_pip_option(name: str) -> str:
    """What an option of pip does, in our words.

    Args:
        name: its first long name, such as ``--index-url``.
    """
    return _read_words().get(name, "as in pip")


class OptionSyntaxError(ValueError):
    """pip would not take these words: an unknown or ambiguous option, or one without its value.

    Args:
        message: what is wrong, as optparse says it.
        option: the word that is no option; empty if the option is known.
    """

    def __init__(self, message: str, option: str = "") -> None:
        super().__init__(message)
        self.option = option


class OptionParser(optparse.OptionParser):
    """pip's parser for some of its options; what it finds is handed over one by one, in the order of the words.

    Args:
        options: the options that are known, and abbreviated.
        whole: further names that are known, but not by abbreviations, each with whether it takes a value. Of one name
            in both, this one counts.
        found: gets the full name of an option, its value (None for a flag), and the option as it was given.
        other: gets each word that is neither an option nor a value. With ``unknown`` options too.
        unknown: take options that are not known for such words, as a parser must that knows only some; else they are
            errors.
    """

    def __init__(
        self,
        options: Iterable[InstallerOption],
        found: Callable[[str, str | None, str], None],
        other: Callable[[str], None],
        *,
        whole: Iterable[tuple[str, bool]] = (),
        unknown: bool = False,
    ) -> None:
        super().__init__(add_help_option=False)
        self._found, self._other, self._unknown = found, other, unknown
        self._whole = dict(whole)
        for option in options:
            names = [name for name in option.names if name not in self._whole]
            if names:
                self._add(names, option.name if option.name in names else names[0], takes_value=option.takes_value)
        self._abbreviated = set(self._long_opt)
        for name, takes_value in self._whole.items():
            self._add([name], name, takes_value=takes_value)

    def _add(self, names: Sequence[str], name: str, *, takes_value: bool) -> None:
        def found(option: optparse.Option, word: str, value: Any, parser: optparse.OptionParser) -> None:
            self._found(name, value, word if value is None else f"{word}={value}" if word[1] == "-" else word + value)

        self.add_option(*names, action="callback", callback=found, type="string" if takes_value else None)

    def read(self, words: Sequence[str]) -> None:
        """Hand over what the words hold.

        Raises:
            OptionSyntaxError: pip would not take them.
        """
        self.parse_args(list(words))

    def _match_long_opt(self, opt: str) -> str:
        if opt in self._long_opt:
            return opt
        near = sorted(name for name in self._abbreviated if name.startswith(opt))
        if len(near) == 1:
            return near[0]
        if near:
            raise optparse.AmbiguousOptionError(opt, near)
        raise optparse.BadOptionError(opt)

    def _process_args(self, largs: list[Any], rargs: list[Any], values: optparse.Values) -> None:
        while rargs:
            word: str = rargs[0]
            known = len(rargs)
            try:
                if word == "--":
                    del rargs[0]
                    for rest in rargs:
                        self._other(rest)
                    del rargs[:]
                elif word.startswith("--"):
                    self._process_long_opt(rargs, values)
                elif word.startswith("-") and len(word) > 1:
                    self._process_short_opts(rargs, values)
                else:
                    self._other(rargs.pop(0))
            except optparse.BadOptionError as error:
                if not self._unknown or isinstance(error, optparse.AmbiguousOptionError):
                    raise OptionSyntaxError(str(error), word) from None
                if len(rargs) == known:
                    del rargs[0]
                self._other(word)

    def error(self, msg: str) -> NoReturn:
        """Raise the error; optparse itself would end the process."""
        raise OptionSyntaxError(msg)
