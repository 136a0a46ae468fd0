"""pip's own settings, read as pip reads them, so that a user of dualvariant changes nothing.

Sources: pip's documentation, "Configuration", and ``pip._internal.configuration`` and ``cli.parser`` of pip 21.3 to
26.3, against which a test runs. Asking pip itself (``pip config list``) costs 125 ms a run; reading the files costs 2.
"""

from __future__ import annotations

import configparser
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from dualvariant.core.dirs import expand_home
from dualvariant.core.errors import RefusedOptionError
from dualvariant.settings.failures import InvalidSettingError, InvalidSettingsFileError

if TYPE_CHECKING:
    from dualvariant.network.transport import Transport
    from dualvariant.settings.uv_config import UvConfig

__all__ = ["PipConfig", "make_transport", "read_pip_config"]

#: Settings that name sources: the engine must not see them, because the view takes their place.
SOURCE_KEYS = frozenset({"index-url", "pypi-url", "extra-index-url", "find-links", "no-index"})

#: Settings that name files which can name sources: dualvariant reads them, and the engine gets copies.
FILE_KEYS = frozenset({"requirement", "constraint"})

#: Settings that name another interpreter than the target.
TARGET_KEYS = frozenset({"python"})

#: Other names of pip's options; the last one that is set counts, whichever name it has.
ALIASES = {"pypi-url": "index-url", "default-timeout": "timeout"}

#: Settings that add to each other from place to place; of all others the strongest place counts alone.
GROWING = frozenset({"no-binary", "only-binary"})

KEYRING_PROVIDERS = ("auto", "disabled", "import", "subprocess")

#: The next step where a setting of pip's cannot be used.
_SHOW_CONFIG = "'python -m pip config debug' shows where it is set"

_TRUE = frozenset({"1", "yes", "true", "on", "y", "t"})
_FALSE = frozenset({"0", "no", "false", "off", "n", "f"})


@frozen
class PipConfig:
    """The merged settings of ``pip install``.

    Args:
        values: option name (with dashes) → text, as the strongest place has it.
        variantlib: the section ``[variantlib]``, where the founding documents put ``provider_priority``.
        uv: uv's settings, if uv was asked for. Its sources then count; the values are those of uv's settings that pip
            has too.
    """

    values: Mapping[str, str] = field(factory=dict)
    variantlib: Mapping[str, str] = field(factory=dict)
    uv: UvConfig | None = None

    def override(self, values: Mapping[str, str]) -> PipConfig:
        """These settings with others on top, such as those of the command line."""
        return evolve(self, values={**self.values, **values})

    def words(self, key: str) -> list[str]:
        """A setting that may hold several values, blanks or line ends between them."""
        return self.values.get(key, "").split()

    def flag(self, key: str) -> bool:
        """A yes-or-no setting.

        Raises:
            InvalidSettingError: it is neither of them.
        """
        text = self.values.get(key, "no").lower()
        if text not in _TRUE | _FALSE:
            raise InvalidSettingError(
                f"pip's setting {key} must be yes/no, true/false, on/off or 1/0: {text!r}", _SHOW_CONFIG
            )
        return text in _TRUE

    def engine_environment(self) -> dict[str, str]:
        """Every setting that is no source, as the ``PIP_*`` variables of an engine that reads no files."""
        return {
            f"PIP_{key.upper().replace('-', '_')}": value
            for key, value in self.values.items()
            if key not in SOURCE_KEYS | FILE_KEYS
        }


def make_transport(config: PipConfig) -> Transport:
    """How pip would reach the network with these settings.

    Raises:
        InvalidSettingError: a setting has no value that pip takes.
    """
    from dualvariant.network.transport import Transport

    values = config.values
    provider = values.get("keyring-provider", "auto")
    if provider not in KEYRING_PROVIDERS:
        raise InvalidSettingError(
            f"pip's setting keyring-provider must be one of {', '.join(KEYRING_PROVIDERS)}: {provider!r}", _SHOW_CONFIG
        )
    return Transport(
        cert=values.get("cert"),
        client_cert=values.get("client-cert"),
        trusted_hosts=config.words("trusted-host"),
        proxy=values.get("proxy"),
        timeout=_number(values, "timeout", 15.0),
        retries=int(_number(values, "retries", 5, whole=True)),
        keyring_provider=provider,
        no_input=config.flag("no-input"),
    )


def _number(values: Mapping[str, str], key: str, default: float, *, whole: bool = False) -> float:
    text = values.get(key)
    if text is None:
        return default
    try:
        number = int(text) if whole else float(text)
    except ValueError:
        number = -1
    if not 0 <= number < 1e9 or (number == 0 and not whole):
        raise InvalidSettingError(
            f"pip's setting {key} must be a {'whole number' if whole else 'number of seconds'}: {text!r}", _SHOW_CONFIG
        )
    return number


def _user_files() -> Iterator[Path]:
    home = expand_home("~")
    if sys.platform == "win32":
        yield home / "pip" / "pip.ini"
        yield Path(os.environ.get("APPDATA", home)) / "pip" / "pip.ini"
        return
    yield home / ".pip" / "pip.conf"
    library = home / "Library" / "Application Support" / "pip"
    if sys.platform == "darwin" and library.is_dir():
        yield library / "pip.conf"
    elif sys.platform == "darwin":
        yield home / ".config" / "pip" / "pip.conf"
    else:
        yield _xdg("XDG_CONFIG_HOME", home / ".config") / "pip" / "pip.conf"


def _xdg(variable: str, default: Path) -> Path:
    named = os.environ.get(variable, "").strip()
    return expand_home(named) if named else default


def _global_files() -> Iterator[Path]:
    if sys.platform == "win32":
        yield Path(os.environ.get("PROGRAMDATA", "C:\\ProgramData")) / "pip" / "pip.ini"
    elif sys.platform == "darwin":
        yield Path("/Library/Application Support/pip/pip.conf")
    else:
        named = os.environ.get("XDG_CONFIG_DIRS", "")
        for folder in (named if named.strip() else "/etc/xdg").split(os.pathsep):
            if folder.strip():
                yield expand_home(folder) / "pip" / "pip.conf"
        yield Path("/etc/pip.conf")


def _files(prefix: Path) -> Iterator[Path]:
    """The files that count, weakest first."""
    named = os.environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    yield from _global_files()
    if not (named and Path(named).exists()):
        yield from _user_files()
    yield prefix / ("pip.ini" if sys.platform == "win32" else "pip.conf")
    if named:
        yield Path(named)


def _normal(name: str) -> str:
    """An option's name as pip compares it."""
    return name.lower().replace("_", "-").removeprefix("--")


def _sections(path: Path) -> Mapping[str, Mapping[str, str]]:
    """The sections of one file; none if there is no file, or it may not be read.

    Raises:
        InvalidSettingsFileError: it cannot be parsed. pip ends there too.
    """
    parser = configparser.RawConfigParser()
    try:
        # As pip does, in the locale's encoding.
        with path.open(encoding=None if not sys.flags.utf8_mode else "utf-8") as file:
            parser.read_file(file, str(path))
    except OSError:
        return {}
    except UnicodeDecodeError as error:
        raise InvalidSettingsFileError(
            f"pip's configuration is not in {error.encoding}: {str(path)!r}",
            "pip cannot read it either: correct the file",
        ) from error
    except configparser.Error as error:
        raise InvalidSettingsFileError(
            f"pip's configuration cannot be read ({error}): {str(path)!r}",
            "pip cannot read it either: correct the file",
        ) from error
    return {name: dict(parser.items(name)) for name in parser.sections()}


def read_pip_config(prefix: Path, command: str = "install") -> PipConfig:
    """pip's settings for one command.

    Args:
        prefix: ``sys.prefix`` of the target interpreter, whose own file counts too.
        command: the pip command whose section is read on top of ``[global]``.

    Raises:
        InvalidSettingsFileError: a file cannot be parsed.
        RefusedOptionError: a setting asks for the wheels of another interpreter than the target's.
    """
    # Each place is merged from file to file first: an empty value clears what a weaker file says in the same place.
    places: dict[str, dict[str, str]] = {"global": {}, command: {}, "variantlib": {}}
    for path in _files(prefix):
        for name, items in _sections(path).items():
            if name in places:
                places[name].update({_normal(key): value for key, value in items.items()})
    variables = {
        _normal(name[4:]): value
        for name, value in os.environ.items()
        if name.startswith("PIP_") and name not in ("PIP_CONFIG_FILE", "PIP_VERSION", "PIP_HELP")
    }
    values: dict[str, str] = {}
    for place in (places["global"], places[command], variables):
        for name, value in place.items():
            key = ALIASES.get(name, name)
            if not value:
                continue
            values[key] = f"{values[key]},{value}" if key in GROWING and key in values else value
    for key in sorted(TARGET_KEYS & values.keys()):
        raise RefusedOptionError(
            f"pip's setting {key} cannot be combined with the choice of variants: {values[key]!r}",
            "--python names the interpreter to install for",
        )
    return PipConfig(values, {key.replace("-", "_"): value for key, value in places["variantlib"].items()})
