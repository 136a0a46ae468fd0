"""pip's own settings, read as pip reads them, so that a user of dualvariant changes nothing.

Source: pip's documentation, "Configuration", and the behaviour of pip 21.3, 23.2.1 and 26.3. Asking pip itself
(``pip config list``) costs 125 ms a run; reading the files costs 2.
"""

from __future__ import annotations

import configparser
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from attrs import field, frozen

from dualvariant.errors import BadDataError, UsageError

__all__ = ["PipConfig", "read_pip_config"]

#: Settings that name sources: the engine must not see them, because the view stands in their place.
SOURCE_KEYS = frozenset({"index-url", "pypi-url", "extra-index-url", "find-links", "no-index"})

#: Settings that name files which can name sources: read by us, and handed over as copies.
FILE_KEYS = frozenset({"requirement", "constraint"})

#: Settings that ask for another interpreter's wheels than the target's.
TARGET_KEYS = frozenset({"python", "platform", "python-version", "implementation", "abi"})

_FALSE = frozenset({"", "0", "no", "false", "off", "n", "f"})


@frozen
class PipConfig:
    """The merged settings of ``pip install``.

    Args:
        values: option name (with dashes) → text, as the strongest place has it.
        variantlib: the section ``[variantlib]``, where the founding documents put ``provider_priority``.
    """

    values: Mapping[str, str] = field(factory=dict)
    variantlib: Mapping[str, str] = field(factory=dict)

    def words(self, key: str) -> list[str]:
        """A setting that may hold several values, blanks or line ends between them."""
        return self.values.get(key, "").split()

    def flag(self, key: str) -> bool:
        """A yes-or-no setting."""
        return self.values.get(key, "").strip().lower() not in _FALSE

    def engine_environment(self) -> dict[str, str]:
        """Every setting that is no source, as the ``PIP_*`` variables of an engine that reads no files."""
        return {
            f"PIP_{key.upper().replace('-', '_')}": value
            for key, value in self.values.items()
            if key not in SOURCE_KEYS | FILE_KEYS
        }


def _user_files() -> Iterator[Path]:
    home = Path.home()
    if sys.platform == "win32":
        yield home / "pip" / "pip.ini"
        yield Path(os.environ.get("APPDATA", home)) / "pip" / "pip.ini"
        return
    yield home / ".pip" / "pip.conf"
    library = home / "Library" / "Application Support" / "pip"
    if sys.platform == "darwin" and library.is_dir():
        yield library / "pip.conf"
    else:
        yield Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf"


def _global_files() -> Iterator[Path]:
    if sys.platform == "win32":
        yield Path(os.environ.get("PROGRAMDATA", "C:\\ProgramData")) / "pip" / "pip.ini"
    elif sys.platform == "darwin":
        yield Path("/Library/Application Support/pip/pip.conf")
    else:
        for folder in (os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep):
            yield Path(folder) / "pip" / "pip.conf"
        yield Path("/etc/pip.conf")


def _files(prefix: Path) -> Iterator[Path]:
    """The files that count, weakest first."""
    named = os.environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    yield from _global_files()
    if not (named and Path(named).exists()):
        with suppress(RuntimeError):  # no home folder can be told
            yield from _user_files()
    yield prefix / ("pip.ini" if sys.platform == "win32" else "pip.conf")
    if named:
        yield Path(named)


def read_pip_config(prefix: Path, command: str = "install") -> PipConfig:
    """pip's settings for one command.

    Args:
        prefix: ``sys.prefix`` of the target interpreter, whose own file counts too.
        command: the pip command whose section is read on top of ``[global]``.

    Raises:
        BadDataError: a file cannot be parsed.
        UsageError: a setting asks for the wheels of another interpreter than the target's.
    """
    sections: dict[str, dict[str, str]] = {"global": {}, command: {}, "variantlib": {}}
    for path in _files(prefix):
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(text)
        except configparser.Error as error:
            raise BadDataError(f"pip's configuration cannot be read ({error}): {str(path)!r}") from error
        for name, known in sections.items():
            if parser.has_section(name):
                known.update(parser.items(name))
    values = {key.replace("_", "-"): value for name in ("global", command) for key, value in sections[name].items()}
    for name, value in os.environ.items():
        # An empty variable clears nothing.
        if name.startswith("PIP_") and value and name not in ("PIP_CONFIG_FILE", "PIP_VERSION"):
            values[name[4:].lower().replace("_", "-")] = value
    for key in sorted(TARGET_KEYS & values.keys()):
        raise UsageError(
            f"pip's setting {key} cannot be combined with the choice of variants: {values[key]!r}",
            "--python names the interpreter to install for",
        )
    return PipConfig(values, sections["variantlib"])
