"""uv's own settings, read as uv reads them, so that a user of uv changes nothing.

They count where uv was asked for as the engine; pip's settings then do not. Source: uv's documentation, "Package
indexes", "Settings" and "Environment variables"; ``uv pip install --show-settings`` is what a test compares with.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from attrs import evolve, field, frozen

from dualvariant.network.urls import Url, replace_login
from dualvariant.settings.options import SourceOptions
from dualvariant.settings.uv_files import combine_tables, make_uv_address, read_flag, read_uv_files

__all__ = [
    "FILE_VARIABLES",
    "INDEX_VARIABLES",
    "SOURCE_VARIABLES",
    "UvConfig",
    "UvIndex",
    "find_used_indexes",
    "read_uv_config",
]

#: The variables of uv that name sources, or files that can name them: the view takes their place.
SOURCE_VARIABLES = (
    "UV_CONFIG_FILE",
    "UV_DEFAULT_INDEX",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_INDEX",
    "UV_INDEX_STRATEGY",
    "UV_INDEX_URL",
    "UV_NO_CONFIG",
    "UV_NO_INDEX",
)

#: Those of them that name an index or a find-links location.
INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS")

#: Variables of uv that name requirement files, which may name sources: the engine gets copies. Name → option.
FILE_VARIABLES = {
    "UV_CONSTRAINT": "-c",
    "UV_OVERRIDE": "--overrides",
    "UV_EXCLUDE": "--excludes",
    "UV_BUILD_CONSTRAINT": "--build-constraints",
}

#: Settings of uv's files that name sources, or say how they are merged: the engine does not get them.
_SOURCE_KEYS = frozenset({"index", "index-url", "extra-index-url", "find-links", "no-index", "index-strategy"})

#: Settings of uv's files that are requirements. Name → option with the same effect.
_REQUIREMENT_KEYS = {
    "constraint-dependencies": "-c",
    "override-dependencies": "--overrides",
    "exclude-dependencies": "--excludes",
}

#: uv's default index.
PYPI = "https://pypi.org/simple"

_NAME = re.compile(r"[A-Za-z0-9._-]*", re.ASCII)


@frozen
class UvIndex:
    """One index of uv.

    Args:
        url: its address, with the login that its name has in the environment.
        name: its name, or None.
        default: it is the one that takes the place of PyPI, and comes last.
        explicit: only a ``[tool.uv.sources]`` can ask for it.
        flat: a page, or folder, with links to files of any project, as ``--find-links`` names one.
        ignored_codes: status codes that count as "it does not have the project".
        settings: all that the file says of it, among that ``exclude-newer``.
    """

    url: str = field(repr=False)
    name: str | None = None
    default: bool = False
    explicit: bool = False
    flat: bool = False
    ignored_codes: frozenset[int] = frozenset()
    settings: Mapping[str, Any] = field(factory=dict, repr=False)

    @property
    def authenticate(self) -> str:
        """Whether its server gets a login: ``always``, ``never``, or ``auto``, if it asks for one."""
        return str(self.settings.get("authenticate", "auto"))


@frozen
class UvConfig:
    """uv's settings of the environment and of all files.

    Args:
        environment: the environment.
        document: the files together, in the form of ``uv.toml``.
        folder: the working directory.
    """

    environment: Mapping[str, str] = field(factory=dict, repr=False)
    document: Mapping[str, Any] = field(factory=dict, repr=False)
    folder: Path = Path()

    def value(self, key: str) -> Any:
        """A setting of ``uv pip``: the variable ``UV_…`` of its name, else ``[pip]`` over the top of the files.

        Args:
            key: its name in ``uv.toml``, for example ``exclude-newer``.

        Returns:
            Text where a variable sets it, else the value of the files; None if nothing does.
        """
        variable = self.environment.get(f"UV_{key.upper().replace('-', '_')}")
        if variable:
            return variable
        return combine_tables(self._table("pip"), self.document).get(key)

    def value_of_files(self, key: str) -> Any:
        """As :meth:`value`, without the environment."""
        return combine_tables(self._table("pip"), self.document).get(key)

    def ignores_hashes(self, arguments: Sequence[str]) -> bool:
        """Whether uv compares no hash of a requirement file: ``--no-verify-hashes`` without ``--require-hashes``.

        Args:
            arguments: uv's command line, which comes before the settings.
        """
        required = "--require-hashes" in arguments or self.is_on("require-hashes")
        ignored = "--no-verify-hashes" in arguments or read_flag(self.environment, "UV_NO_VERIFY_HASHES")
        return not required and (ignored or self.value_of_files("verify-hashes") is False)

    def is_on(self, key: str) -> bool:
        """Whether a yes-or-no setting is on: by its variable, or in the files."""
        variable = f"UV_{key.upper().replace('-', '_')}"
        return read_flag(self.environment, variable) or self.value_of_files(key) is True

    def all_indexes(self, options: SourceOptions) -> list[UvIndex]:
        """The indexes of the command line, else of the environment, and those of the files, as uv lists them.

        Args:
            options: the command line; each of its options takes the place of one variable.
        """
        default = options.uv_default_index or self.environment.get("UV_DEFAULT_INDEX")
        indexes = " ".join(options.uv_indexes) or self.environment.get("UV_INDEX", "")
        extra = options.extra_index_urls or self.environment.get("UV_EXTRA_INDEX_URL", "").split(" ")
        index_url = options.index_url or self.environment.get("UV_INDEX_URL")
        return [
            *([self.parse_index(default, default=True)] if default else []),
            *map(self.parse_index, indexes.split()),
            *(self._index({"url": make_uv_address(url, self.folder)}) for url in extra if url),
            *([self._index({"url": make_uv_address(index_url, self.folder), "default": True})] if index_url else []),
            *self.indexes,
        ]

    def all_find_links(self, options: SourceOptions) -> list[str]:
        """The find-links locations of the command line, else of the environment, and those of the files."""
        places = options.find_links or self.environment.get("UV_FIND_LINKS", "").split(",")
        return [*(make_uv_address(place, self.folder) for place in places if place), *self.find_links]

    @property
    def indexes(self) -> list[UvIndex]:
        """The indexes of the files, strongest first, as uv lists them."""
        extra = self.value_of_files("extra-index-url") or ()
        default = self.value_of_files("index-url")
        return [
            *(self._index(index) for index in self.document.get("index", ())),
            *(self._index({"url": url}) for url in extra),
            *([self._index({"url": default, "default": True})] if default else []),
        ]

    @property
    def find_links(self) -> list[str]:
        """The find-links locations of the files."""
        return list(self.value_of_files("find-links") or ())

    @property
    def no_index(self) -> bool:
        """Whether the files say that no index counts."""
        return self.value_of_files("no-index") is True

    def as_pip_values(self) -> dict[str, str]:
        """What pip has the same setting for, by its name in pip: how to reach the network, and what may be installed.

        Raises:
            InvalidSettingError: a variable has a value that uv refuses.
        """
        hosts = self.value_of_files("allow-insecure-host") or ()
        values = {
            "timeout": self._first_variable("UV_HTTP_TIMEOUT", "UV_REQUEST_TIMEOUT", "HTTP_TIMEOUT") or "30",
            "retries": self._first_variable("UV_HTTP_RETRIES") or "3",
            "keyring-provider": "subprocess" if self.value("keyring-provider") == "subprocess" else "disabled",
            "trusted-host": self.environment.get("UV_INSECURE_HOST") or " ".join(map(str, hosts)),
            "no-binary": self._formats("no-binary", "no-binary"),
            "only-binary": self._formats("only-binary", "no-build"),
        }
        return {key: value for key, value in values.items() if value}

    def _formats(self, key: str, flag: str) -> str:
        """The names of a list of ``[pip]``, and what a flag, or a list at the top of the files, adds to them.

        A flag at the top that is false takes the list beside it away.
        """
        own, top = self._table("pip"), self.document
        names, packages = own.get(key), top.get(f"{flag}-package")
        found = list(names) if isinstance(names, list) else []
        if own.get(flag) is True or top.get(flag) is True:
            found.append(":all:")
        elif isinstance(packages, list) and top.get(flag) is not False:
            found += packages
        return ",".join(map(str, found))

    def _first_variable(self, *names: str) -> str:
        return next((self.environment[name] for name in names if self.environment.get(name)), "")

    def named_files(self) -> list[tuple[str, str]]:
        """The requirement files of variables: option of uv and path or address."""
        return [
            (option, place)
            for name, option in FILE_VARIABLES.items()
            for place in self.environment.get(name, "").split()
        ]

    def named_requirements(self) -> list[tuple[str, str]]:
        """The requirements of the files that limit or replace others: option of uv with the same effect, and text."""
        return [
            (option, text)
            for key, option in _REQUIREMENT_KEYS.items()
            for text in self.document.get(key, ())
            if isinstance(text, str)
        ]

    def parse_index(self, text: str, *, default: bool = False) -> UvIndex:
        """An index as ``UV_INDEX`` and ``--index`` name one: ``URL``, ``NAME=URL``, or the name of one in a file.

        Args:
            text: the value.
            default: it is the default index.
        """
        if _NAME.fullmatch(text):
            known = next((index for index in self.indexes if index.name == text), None)
            if known is not None and not (self.folder / text).exists():
                return evolve(known, default=default, explicit=False)
        name, equals, url = text.partition("=")
        if equals and ":" not in name:
            return self._index({"url": make_uv_address(url, self.folder), "name": name, "default": default})
        return self._index({"url": make_uv_address(text, self.folder), "default": default})

    def document_without_sources(self, named: Sequence[UvIndex]) -> dict[str, Any]:
        """What the engine gets in the place of all files: everything but the sources.

        A ``[tool.uv.sources]`` may ask for an index by its name, past every order of indexes. So indexes with names
        stay, as ones that nothing else asks.

        Args:
            named: the indexes with names, those of the environment among them.
        """
        kept = {key: value for key, value in self.document.items() if key not in _SOURCE_KEYS | {"pip", "variantlib"}}
        pip = {key: value for key, value in self._table("pip").items() if key not in _SOURCE_KEYS}
        if pip:
            kept["pip"] = pip
        indexes = [
            {**_without(index.settings, "default"), "name": index.name, "explicit": True}
            for index in named
            if index.name is not None
        ]
        if indexes:
            kept["index"] = indexes
        return kept

    def _table(self, key: str) -> Mapping[str, Any]:
        table = self.document.get(key, {})
        return table if isinstance(table, dict) else {}

    def _index(self, table: Mapping[str, Any]) -> UvIndex:
        name = table.get("name")
        index = UvIndex(
            table["url"],
            name,
            table.get("default") is True,
            table.get("explicit") is True,
            table.get("format") == "flat",
            _ignored_codes(table),
            table,
        )
        return index if index.authenticate == "never" else evolve(index, url=self._with_login(index.url, name))

    def _with_login(self, url: str, name: str | None) -> str:
        """The address with the login of ``UV_INDEX_NAME_USERNAME`` and ``…_PASSWORD``, which is the stronger one."""
        if not name:
            return url
        prefix = f"UV_INDEX_{re.sub(r'[^A-Za-z0-9]', '_', name).upper()}"
        user, password = self.environment.get(f"{prefix}_USERNAME"), self.environment.get(f"{prefix}_PASSWORD")
        if user is None and password is None:
            return url
        login = quote(user or "", safe="") + (f":{quote(password, safe='')}" if password is not None else "")
        return replace_login(url, login)


def read_uv_config(
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    note: Callable[[str], None] = lambda message: None,
    accepts: Callable[[Mapping[str, Any]], bool] = lambda document: True,
    *,
    of_project: bool = True,
) -> UvConfig:
    """uv's settings as ``uv pip install`` would find them.

    Args:
        folder: the working directory; None for ours.
        environment: None for ours.
        note: gets a message for each file that is passed over.
        accepts: whether uv accepts a document of the form of ``uv.toml``.
        of_project: as for :func:`~dualvariant.settings.uv_files.read_uv_files`.

    Raises:
        InvalidSettingsFileError: a file cannot be used. uv ends there too.
        InvalidSettingError: a variable has a value that uv refuses.
    """
    environment = os.environ if environment is None else environment
    folder = Path.cwd() if folder is None else folder
    return UvConfig(environment, read_uv_files(folder, environment, note, accepts, of_project=of_project), folder)


def find_used_indexes(indexes: Sequence[UvIndex]) -> list[UvIndex]:
    """The indexes that uv asks for a project, in its order: the first of each name, the first default one last.

    Args:
        indexes: all of them, as :meth:`UvConfig.all_indexes` lists them. PyPI is the default one where none is.
    """
    named: set[str] = set()
    first = []
    for index in indexes:
        if index.name is None or index.name not in named:
            first.append(index)
            named |= {index.name} if index.name is not None else set()
    default = next((index for index in first if index.default), UvIndex(PYPI, default=True))
    used = [*(index for index in first if not index.default), default]
    return [index for index in used if not index.explicit]


def _ignored_codes(table: Mapping[str, Any]) -> frozenset[int]:
    """The status codes of ``ignore-error-codes``. PyTorch's index answers 403 for what it does not have."""
    codes = table.get("ignore-error-codes")
    if codes is None:
        return frozenset({403} if Url.parse(table["url"]).server.host == "download.pytorch.org" else ())
    return frozenset(code for code in codes if isinstance(code, int))


def _without(table: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name != key}
