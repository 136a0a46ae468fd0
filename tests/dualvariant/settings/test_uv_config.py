"""uv's settings as uv itself reads them: ``uv pip install --show-settings`` is asked for every case too."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

import clients
from dualvariant.core.toml import format_toml
from dualvariant.settings.failures import InvalidSettingError, InvalidSettingsFileError
from dualvariant.settings.options import SourceOptions
from dualvariant.settings.uv_config import UvConfig, UvIndex, find_used_indexes, read_uv_config
from property_tests import examples

#: One index as uv's debugging output shows it, field by field.
_INDEX = re.compile(
    r"Index \{\s*name: (?P<name>None|Some\(\s*IndexName\(\s*\"(?P<word>[^\"]*)\".*?),\s*url: .*?"
    r"scheme: \"(?P<scheme>.*?)\",.*?username: \"(?P<user>.*?)\",\s*password: (?P<password>None|Some\(.*?\)),\s*"
    r"host: (?P<host>None|Some\(.*?\)),\s*port: (?P<port>None|Some\(.*?\)),\s*path: \"(?P<path>.*?)\".*?"
    r"explicit: (?P<explicit>\w+),\s*default: (?P<default>\w+),.*?format: (?P<format>\w+),",
    re.DOTALL,
)


def ask_uv(folder: Path, environment: Mapping[str, str], *arguments: str) -> str | None:
    """uv's own settings, in its words; None if it refuses them."""
    command = [str(clients.uv()), "pip", "install", "--show-settings", "demo", *arguments]
    clean = {"PATH": os.environ["PATH"], **environment}
    done = subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


def shown_indexes(shown: str, field: str) -> list[tuple[Any, ...]]:
    """The indexes of one field of uv's output, as tuples that can be compared."""
    end = "flat_index: [" if field == "indexes" else "no_index:"
    text = shown.partition(f"{field}: [")[2].partition(end)[0]
    found = []
    for match in _INDEX.finditer(text):
        words = {
            key: re.sub(r"\s|Some\(|Domain\(|Ipv4\(|[\",()*]", "", value or "")
            for key, value in match.groupdict().items()
        }
        found.append(
            (
                words["word"] or None,
                words["scheme"],
                words["host"].replace("None", ""),
                words["port"].replace("None", ""),
                words["path"].rstrip("/"),
                words["explicit"] == "true",
                words["default"] == "true",
                words["format"] == "Flat",
            )
        )
    return found


def ours(index: UvIndex) -> tuple[Any, ...]:
    """An index of ours, in the form of :func:`shown_indexes`."""
    parts = urlsplit(index.url)
    port = "" if parts.port is None else str(parts.port)
    path = parts.path.rstrip("/")
    return (
        index.name, parts.scheme, parts.hostname or "", port, path, index.explicit, index.default, index.flat,
    )  # fmt: skip


def write(folder: Path, files: Mapping[str, Mapping[str, Any]]) -> None:
    """Write TOML documents under ``folder``."""
    for name, document in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(format_toml(document), encoding="utf-8")


# --- generated: any files, any environment, the same indexes in the same order

_urls = st.sampled_from(
    [
        "https://one.test/simple",
        "https://user@two.test:8443/simple/",
        "./wheels",
        "../up",
        "http://three.test/a",
        "/abs",
    ]
)
_names = st.sampled_from(["corp", "a-b.c", "X"])
_index = st.fixed_dictionaries(
    {"url": _urls},
    optional={
        "name": _names,
        "default": st.booleans(),
        "explicit": st.booleans(),
        "format": st.sampled_from(["simple", "flat"]),
        "ignore-error-codes": st.lists(st.sampled_from([401, 403, 500]), max_size=2),
        "authenticate": st.sampled_from(["auto", "always", "never"]),
    },
).filter(lambda index: not index.get("explicit") or "name" in index)
_pip_sources = {
    "index-url": _urls,
    "extra-index-url": st.lists(_urls, max_size=2),
    "find-links": st.lists(_urls, max_size=2),
    "no-index": st.booleans(),
    "index-strategy": st.sampled_from(["first-index", "unsafe-first-match", "unsafe-best-match"]),
}
_table = st.fixed_dictionaries(
    {},
    optional={
        **_pip_sources,
        "index": st.lists(_index, max_size=3, unique_by=lambda index: index.get("name", id(index))).filter(
            lambda indexes: sum(bool(index.get("default")) for index in indexes) < 2
        ),
        "pip": st.fixed_dictionaries({}, optional={**_pip_sources, "exclude-newer": st.just("2026-01-01T00:00:00Z")}),
        "offline": st.booleans(),
        "exclude-newer": st.just("2026-02-01T00:00:00Z"),
        "config-settings": st.dictionaries(_names, st.just("1"), max_size=2),
    },
)
_pyproject = st.builds(
    lambda table, project, extra: {
        **({"project": {"name": project, "version": "1"}} if project else {}),
        "tool": {"uv": {**table, **extra}} if table or extra else {"other": {}},
    },
    _table,
    st.sampled_from([None, "one", "two"]),
    st.sampled_from([{}, {"managed": False}, {"workspace": {"members": ["inner"]}}, {"sources": {}}]),
)
_files = st.fixed_dictionaries(
    {},
    optional={
        "work/uv.toml": _table,
        "work/pyproject.toml": _pyproject,
        "work/inner/uv.toml": _table,
        "work/inner/pyproject.toml": _pyproject,
        "home/.config/uv/uv.toml": _table,
        "system/uv/uv.toml": _table,
        "named.toml": _table,
    },
)
_environment = st.fixed_dictionaries(
    {},
    optional={
        "UV_INDEX": st.lists(
            st.builds("".join, st.tuples(st.sampled_from(["", "corp=", "new="]), _urls)), max_size=2
        ).map(" ".join),
        "UV_DEFAULT_INDEX": st.one_of(_urls, st.just("corp")),
        "UV_INDEX_URL": st.one_of(_urls, st.just("")),
        "UV_EXTRA_INDEX_URL": st.lists(_urls, max_size=2).map(" ".join),
        "UV_FIND_LINKS": st.lists(_urls, max_size=2).map(",".join),
        "UV_NO_CONFIG": st.sampled_from(["1", "false"]),
        "UV_CONFIG_FILE": st.just("../../named.toml"),
        "UV_NO_SYSTEM_CONFIG": st.just("true"),
        "UV_INDEX_CORP_USERNAME": st.just("me"),
        "UV_NO_INDEX": st.just("1"),
    },
)


@examples(60)
@given(files=_files, environment=_environment, line=st.booleans())
def test_uv_reads_the_same_indexes(
    tmp_path_factory: pytest.TempPathFactory, files: Any, environment: dict[str, str], line: bool
) -> None:
    folder = tmp_path_factory.mktemp("uv")
    (folder / "work" / "inner").mkdir(parents=True)
    write(folder, files)
    environment = {
        **environment, "HOME": str(folder / "home"), "XDG_CONFIG_HOME": str(folder / "home" / ".config"),
        "XDG_CONFIG_DIRS": str(folder / "system"),
    }  # fmt: skip
    options, arguments = SourceOptions(), list[str]()
    if line:
        options = SourceOptions(
            index_url="https://line.test/1", extra_index_urls=("https://line.test/2",), uv_indexes=("corp", "l=../l")
        )
        arguments = ["--index-url", "https://line.test/1", "--extra-index-url", "https://line.test/2"]
        arguments += ["--index", "corp", "--index", "l=../l"]
    shown = ask_uv(folder / "work" / "inner", environment, *arguments)

    try:
        config = read_uv_config(folder / "work" / "inner", environment)
    except InvalidSettingsFileError:
        assert shown is None
        return
    if shown is None:
        return  # uv refuses what only it looks at
    # uv's output shows addresses before the logins of the environment are added to them.
    known = UvConfig({k: v for k, v in environment.items() if "USERNAME" not in k}, config.document, config.folder)
    assert [ours(index) for index in known.all_indexes(options)] == shown_indexes(shown, "indexes")
    flat = [ours(UvIndex(url))[1:5] for url in config.all_find_links(options)]
    assert flat == [index[1:5] for index in shown_indexes(shown, "flat_index")]
    assert config.no_index == ("no_index: true" in shown)
    strategy = config.value("index-strategy") or "first-index"
    assert f"index_strategy: {''.join(map(str.title, strategy.split('-')))}," in shown


# --- what the engine gets in the place of the files


@examples(30)
@given(files=_files)
def test_uv_reads_all_other_settings_from_the_copy(tmp_path_factory: pytest.TempPathFactory, files: Any) -> None:
    folder = tmp_path_factory.mktemp("uv")
    (folder / "work" / "inner").mkdir(parents=True)
    write(folder, files)
    environment = {
        "HOME": str(folder / "home"), "XDG_CONFIG_HOME": str(folder / "home" / ".config"),
        "XDG_CONFIG_DIRS": str(folder / "system"),
    }  # fmt: skip
    before = ask_uv(folder / "work" / "inner", environment)
    if before is None:
        return
    config = read_uv_config(folder / "work" / "inner", environment)
    copy = folder / "copy.toml"
    copy.write_text(format_toml(config.document_without_sources(config.indexes)), encoding="utf-8")
    after = ask_uv(folder / "work" / "inner", {**environment, "UV_CONFIG_FILE": str(copy)})
    assert after is not None

    assert without_sources(before) == without_sources(after)
    assert all(index.explicit for index in map(_explicit, shown_indexes(after, "indexes")))


def _explicit(shown: tuple[Any, ...]) -> UvIndex:
    return UvIndex("", explicit=shown[5])


def without_sources(shown: str) -> str:
    """uv's output without the sources, and without the places that its settings are from."""
    text = re.sub(r"index_locations: .*?\n        \},\n", "", shown, flags=re.DOTALL)
    text = re.sub(r"index_strategy: \w+,", "", text)
    return re.sub(r"(?:config_file|config_discovery|origin|tv_n?sec).*", "", text)


# --- single rules


def test_the_login_of_a_name_is_put_into_its_address(tmp_path: Path) -> None:
    """uv looks for UV_INDEX_<NAME>_USERNAME with every other character than a letter or digit as an underscore."""
    environment = {"UV_INDEX": "my-corp.2=https://old@one.test/simple", "UV_INDEX_MY_CORP_2_USERNAME": "a@b"}
    environment["UV_INDEX_MY_CORP_2_PASSWORD"] = "p:w/"
    config = read_uv_config(tmp_path, {**environment, "HOME": str(tmp_path)})

    (index,) = config.all_indexes(SourceOptions())
    assert index.url == "https://a%40b:p%3Aw%2F@one.test/simple"
    assert "p:w" not in repr(index)
    assert "p%3Aw" not in repr(index)


def test_the_first_of_a_name_counts_and_the_default_comes_last() -> None:
    one, same = UvIndex("https://one.test", "corp"), UvIndex("https://two.test", "corp")
    first, second = UvIndex("https://d1.test", default=True), UvIndex("https://d2.test", default=True)
    asked = UvIndex("https://asked.test", "asked", explicit=True)

    assert find_used_indexes([first, second, one, same, asked]) == [one, first]
    assert [index.url for index in find_used_indexes([one])] == ["https://one.test", "https://pypi.org/simple"]


def test_a_uv_toml_that_is_no_toml_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "uv.toml").write_text("index = [")
    with pytest.raises(InvalidSettingsFileError):
        read_uv_config(tmp_path, {})


@pytest.mark.parametrize("place", ["uv.toml", "home/.config/uv/uv.toml", "named.toml"])
def test_a_uv_toml_that_uv_does_not_accept_is_an_error(place: str, tmp_path: Path) -> None:
    """uv is asked about each file, without the table that only we read, and without the version that it must have."""
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    text = 'required-version = ">=99"\nresolution = "lowest"\n[variantlib]\nengine = "uv"\n'
    (tmp_path / place).write_text(text)
    variables = {"UV_CONFIG_FILE": place} if place == "named.toml" else {"XDG_CONFIG_HOME": f"{tmp_path}/home/.config"}
    asked: list[Mapping[str, Any]] = []

    def accepts(document: Mapping[str, Any]) -> bool:
        asked.append(document)
        return False

    with pytest.raises(InvalidSettingError, match=re.escape(place)):
        read_uv_config(tmp_path, variables, accepts=accepts)
    assert asked == [{"resolution": "lowest"}]


def test_a_pyproject_that_is_no_toml_is_passed_over_with_a_note(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "pyproject.toml").write_text("{{ cookiecutter }}")
    (tmp_path / "uv.toml").write_text('index-url = "https://one.test/simple"')
    notes: list[str] = []
    config = read_uv_config(tmp_path / "a", {"HOME": str(tmp_path)}, notes.append)

    assert [index.url for index in config.indexes] == ["https://one.test/simple"]
    assert len(notes) == 1


def test_a_variable_that_is_neither_yes_nor_no_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettingError):
        read_uv_config(tmp_path, {"UV_NO_CONFIG": "perhaps"})


def test_a_variable_counts_before_the_files(tmp_path: Path) -> None:
    (tmp_path / "uv.toml").write_text('exclude-newer = "2026-01-01"\n[pip]\nexclude-newer = "2026-02-01"')
    assert read_uv_config(tmp_path, {}).value("exclude-newer") == "2026-02-01"
    assert read_uv_config(tmp_path, {"UV_EXCLUDE_NEWER": "2026-03-01"}).value("exclude-newer") == "2026-03-01"
