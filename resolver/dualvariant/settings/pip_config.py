"""pip's own settings, read as pip reads them, so that a user of dualvariant changes nothing.

Sources: pip's documentation, "Configuration", and ``pip._internal.configuration`` and ``cli.parser`` of pip 21.3 to
26.3, against which a test runs. Asking pip itself (``pip config list``) costs 125 ms a run; reading the files costs 2.
"""

from __future__ import annotations

import io
import math
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from dualvariant.core.dirs import expand_home
from dualvariant.core.errors import RefusedOptionError
from dualvariant.core.files import read_named
from dualvariant.settings.failures import InvalidSettingError, InvalidSettingsFileError
from dualvariant.settings.installer_options import find_options, option_key

if TYPE_CHECKING:
    from dualvariant.network.transport import Transport
    from dualvariant.settings.uv_config import UvConfig

__all__ = ["PipConfig", "make_transport", "make_variable", "read_pip_config", "read_pip_places"]

#: The most bytes of a configuration file that are read.
LARGEST_FILE = 16 << 20

#: How an engine gets the settings that are not its business: sources are in the view, files that can name sources are
#: copied, and the interpreter is the one that it runs for.
_INSTEAD = frozenset({"view", "copies", "target"})

#: Settings that change what the ones before them say, from place to place and from one of a pair to the other.
_CONTROLS = frozenset({"no-binary", "only-binary", "all-releases", "only-final"})

#: Settings to whose values the command line adds.
_REPEATED = frozenset({"abi", "platform", "trusted-host"})

#: Settings of pip that are the negation of another one on the command line only: in a variable or a file, pip gives
#: both the value that is written there.
_SAME_AS = {"no-user": "user"}

KEYRING_PROVIDERS = ("auto", "disabled", "import", "subprocess")

#: The next step where a setting of pip's cannot be used.
_SHOW_CONFIG = "'python -m pip config debug' shows where it is set"

_TRUE = frozenset({"1", "yes", "true", "on", "y", "t"})
_FALSE = frozenset({"0", "no", "false", "off", "n", "f"})


class PipConfig(NamedTuple):
    """The merged settings of ``pip install``.

    Args:
        values: option name (with dashes; of several names, the first) → text, as the strongest place has it.
        variantlib: the section ``[variantlib]``, where the founding documents put ``provider_priority``.
        uv: uv's settings, if uv was asked for. Its sources then count; the values are those of uv's settings that pip
            has too.
        controls: the values of ``no-binary``, ``only-binary``, ``all-releases`` and ``only-final`` of all places, the
            weakest first; each changes what those before it say.
    """

    values: Mapping[str, str] = MappingProxyType({})
    variantlib: Mapping[str, str] = MappingProxyType({})
    uv: UvConfig | None = None
    controls: tuple[tuple[str, str], ...] = ()

    def override(self, values: Mapping[str, str]) -> PipConfig:
        """These settings with others on top, such as those of the command line."""
        controls = tuple((key, text) for key, text in values.items() if key in _CONTROLS)
        changes = {
            key: f"{self.values[key]} {text}" if key in _REPEATED and key in self.values else _expand(key, text)
            for key, text in values.items()
        }
        return self._replace(values={**self.values, **changes}, controls=(*self.controls, *controls))

    def words(self, key: str) -> list[str]:
        """A setting that may hold several values, blanks or line ends between them (none if it is not set)."""
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
            make_variable(key): value
            for key, value in self.values.items()
            if ((option := find_options(key)) is None or option.engine not in _INSTEAD)
            and (key != "no-proxy-env" or self.flag(key))
        }


def make_transport(config: PipConfig) -> Transport:
    """How pip, or uv if it was asked for, would reach the network with these settings.

    Raises:
        InvalidSettingError: a setting has no value that pip takes.
    """
    from dualvariant.network.proxies import PipProxies
    from dualvariant.network.transport import Transport

    values = config.values
    provider = values.get("keyring-provider", "auto")
    if provider not in KEYRING_PROVIDERS:
        raise InvalidSettingError(
            f"pip's setting keyring-provider must be one of {', '.join(KEYRING_PROVIDERS)}: {provider!r}", _SHOW_CONFIG
        )
    transport = Transport(
        cert=_find_certificates(config),
        client_cert=values.get("client-cert"),
        trusted_hosts=config.words("trusted-host"),
        proxies=PipProxies(values.get("proxy", "" if config.flag("no-proxy-env") else None)),
        timeout=_number(values, "timeout", 15.0) or 15.0,  # pip takes 0 as the usual timeout
        retries=max(0, int(_number(values, "retries", 5, whole=True))),  # and any number below 0 as none
        keyring_provider=provider,
        no_input=config.flag("no-input"),
    )
    if config.uv is None:
        return transport
    from dualvariant.settings.uv_network import add_uv_network

    return add_uv_network(transport, config.uv, own_proxy="proxy" in values)


def _find_certificates(config: PipConfig) -> str | None:
    """The certificates that are named: by the variables, which have priority over pip's own setting, or by that.

    The variables are nothing to uv, and pip does not look at them where a proxy is named.
    """
    if config.uv is None and not config.values.get("proxy") and not config.flag("no-proxy-env"):
        variable = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        if variable:
            return variable
    return config.values.get("cert")


def make_variable(key: str) -> str:
    """The name of the variable for a setting: ``PIP_INDEX_URL`` for ``index-url``."""
    return f"PIP_{key.upper().replace('-', '_')}"


def _expand(key: str, text: str) -> str:
    """A value as pip has it: in the path of an option that takes one, ``~`` is the home directory."""
    option = find_options(key)
    return str(expand_home(text)) if option is not None and option.value == "path" and text.startswith("~") else text


def _number(values: Mapping[str, str], key: str, default: float, *, whole: bool = False) -> float:
    text = values.get(key)
    if text is None:
        return default
    try:
        number = int(text) if whole else float(text)
    except ValueError:
        number = math.nan
    if math.isnan(number) or (number < 0 and not whole):
        raise InvalidSettingError(
            f"pip's setting {key} must be a {'whole number' if whole else 'number of seconds'}: {text!r}", _SHOW_CONFIG
        )
    return min(number, 1e9)  # the system's clocks count no further


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


def _files(prefix: Path, *, isolated: bool) -> Iterator[Path]:
    """The files that count, weakest first."""
    named = os.environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    yield from _global_files()
    if not isolated and not (named and Path(named).exists()):
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
    try:
        read = read_named(path, LARGEST_FILE)
    except OSError:
        return {}
    import configparser

    parser, content = configparser.RawConfigParser(), io.BytesIO(read)
    try:
        # As pip does, in the locale's encoding.
        with io.TextIOWrapper(content, "locale" if not sys.flags.utf8_mode else "utf-8") as file:
            parser.read_file(file, str(path))
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


def _read_variables(*, isolated: bool) -> dict[str, str]:
    """pip's variables, as settings."""
    if isolated:
        return {}
    ignored = ("PIP_CONFIG_FILE", "PIP_VERSION", "PIP_HELP")
    found = {name: text for name, text in os.environ.items() if name.startswith("PIP_") and name not in ignored}
    return {_normal(name[4:]): text for name, text in found.items()}


def read_pip_config(
    prefix: Path, command: str = "install", *, isolated: bool = False, refuse: bool = True
) -> PipConfig:
    """pip's settings for one command.

    Args:
        prefix: ``sys.prefix`` of the target interpreter, whose own file counts too.
        command: the pip command whose section is read on top of ``[global]``.
        isolated: leave out the variables and the user's files, as pip does with ``--isolated``.
        refuse: refuse settings that cannot be combined with the choice of variants.

    Raises:
        InvalidSettingsFileError: a file cannot be parsed.
        RefusedOptionError: a setting cannot be combined with the choice of variants.
    """
    # Each place is merged from file to file first: an empty value clears what a weaker file says in the same place.
    places: dict[str, dict[str, str]] = {"global": {}, command: {}, "variantlib": {}}
    for path in _files(prefix, isolated=isolated):
        for name, items in _sections(path).items():
            if name in places:
                places[name].update({_normal(key): value for key, value in items.items()})
    values: dict[str, str] = {}
    controls: list[tuple[str, str]] = []
    variables = _read_variables(isolated=isolated)
    for place in (places["global"], places[command], variables):
        for name, value in place.items():
            key = _SAME_AS.get(name, option_key(name))
            if not value:
                continue
            if refuse:
                _check_decision(key, value, command, variable=place is variables)
            if key in _CONTROLS:
                controls.append((key, value))
            values[key] = f"{values[key]},{value}" if key in _CONTROLS and key in values else _expand(key, value)
    section = {key.replace("-", "_"): value for key, value in places["variantlib"].items()}
    return PipConfig(values, section, controls=tuple(controls))


def read_pip_places(prefix: Path, command: str = "install") -> Iterator[tuple[str, str, str]]:
    """Each setting of pip with the place that sets it, weakest first: ``(place, key, value)``.

    Args:
        prefix: ``sys.prefix`` of the target interpreter.
        command: the pip command whose section counts.

    Raises:
        InvalidSettingsFileError: a file cannot be parsed.
    """
    files = [(path, _sections(path)) for path in _files(prefix, isolated=False)]
    for name in ("global", command, "variantlib"):
        for path, sections in files:
            for key, value in sections.get(name, {}).items():
                yield f"{path} [{name}]", option_key(_normal(key)), value
    for key, value in _read_variables(isolated=False).items():
        yield make_variable(key), option_key(key), value


def _check_decision(key: str, value: str, command: str, *, variable: bool) -> None:
    """Refuse a setting that the table of options refuses; pip ignores one that its command does not have."""
    option = find_options(key)
    if option is None or command not in option.commands:
        return
    if (option.environment if variable else option.configuration) == "refused":
        where = "variable" if variable else "setting"
        name = make_variable(key) if variable else key
        raise RefusedOptionError(f"pip's {where} {name} is refused ({option.reason}): {value!r}", option.next_step)
