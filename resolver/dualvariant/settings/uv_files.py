"""uv's configuration files: which of them count, and what they say together.

Source: uv's documentation, "Configuration files", and the crates ``uv-settings`` and ``uv-workspace`` of uv 0.12 and
0.13. There are three places, and a stronger one adds to a weaker one: the project's (``uv.toml``, or ``[tool.uv]`` of a
``pyproject.toml``, in the nearest folder that has one), the user's and the system's.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet

from dualvariant.core.dirs import expand_home
from dualvariant.core.toml import InvalidTomlError, read_toml
from dualvariant.network.urls import is_address
from dualvariant.settings.failures import InvalidSettingError, InvalidSettingsFileError

__all__ = ["combine_tables", "make_uv_address", "read_flag", "read_uv_files"]

#: Settings that name sources, at the top of a file and in its table ``pip``: paths in them are relative to the file.
_ADDRESSES = ("index-url",)
_LISTS_OF_ADDRESSES = ("extra-index-url", "find-links")

#: Tables and lists of ``[tool.uv]`` that ``uv.toml`` may not have: they are about the project, not about installing.
_PROJECT_KEYS = (
    "build-backend",
    "conflicts",
    "default-groups",
    "dependency-groups",
    "dev-dependencies",
    "environments",
    "managed",
    "minimum-libc-version",
    "package",
    "required-environments",
    "sources",
    "workspace",
)

#: Tables whose texts add to each other.
_ADDING = ("config-settings", "config-settings-package")

_TRUE = frozenset({"y", "yes", "t", "true", "on", "1"})
_FALSE = frozenset({"n", "no", "f", "false", "off", "0"})


def read_uv_files(
    folder: Path,
    environment: Mapping[str, str],
    note: Callable[[str], None],
    accepts: Callable[[Mapping[str, Any]], bool],
    *,
    of_project: bool = True,
) -> dict[str, Any]:
    """What all files together say, as one document of the form of ``uv.toml``; its sources are absolute addresses.

    Args:
        folder: the working directory.
        environment: ``UV_CONFIG_FILE``, ``UV_NO_CONFIG`` and other variables that say which files count.
        note: gets a message for each file that is passed over, as uv passes over it.
        accepts: whether uv accepts a document of the form of ``uv.toml``. It ends at a ``uv.toml`` with a key that it
            does not know, and passes over a ``pyproject.toml`` whose table has one.
        of_project: the files of the working directory count. For ``uv tool`` they do not.

    Raises:
        InvalidSettingsFileError: a ``uv.toml`` cannot be used. uv ends there too.
        InvalidSettingError: a variable is neither yes nor no, or uv does not accept a ``uv.toml``.
    """
    named = environment.get("UV_CONFIG_FILE")
    if named:
        return _read_uv_toml(folder / named, accepts)
    if read_flag(environment, "UV_NO_CONFIG"):
        return {}
    document: dict[str, Any] = {}
    if of_project:
        document = _read_project(_find_project(folder / environment.get("UV_PROJECT", "")), note, accepts)
    for path in _find_shared(environment):
        document = combine_tables(document, _read_uv_toml(path, accepts))
    return document


def read_flag(environment: Mapping[str, str], name: str) -> bool:
    """A variable that is yes or no, as uv reads it.

    Raises:
        InvalidSettingError: it is neither of them.
    """
    text = environment.get(name, "").lower()
    if text and text not in _TRUE | _FALSE:
        raise InvalidSettingError(f"{name} must be true or false: {text!r}", "uv refuses this value too")
    return text in _TRUE


def make_uv_address(place: str, folder: Path) -> str:
    """An address as it is; a path, which uv takes too, as a ``file:`` address.

    Args:
        place: the address or path.
        folder: what a relative path is relative to.
    """
    if is_address(place):
        return place
    return Path(os.path.normpath(folder.absolute() / place)).as_uri()


def combine_tables(strong: Mapping[str, Any], weak: Mapping[str, Any], *, adds_text: bool = False) -> dict[str, Any]:
    """Two tables as uv combines them: lists one behind the other, tables key by key, else the stronger value.

    Args:
        strong: the table whose values count first.
        weak: the other one.
        adds_text: two texts become a list. uv does that with the options of build backends.
    """
    combined = {**weak, **strong}
    for key in strong.keys() & weak.keys():
        first, second = strong[key], weak[key]
        if isinstance(first, dict) and isinstance(second, dict):
            combined[key] = combine_tables(first, second, adds_text=adds_text or key in _ADDING)
        elif adds_text or (isinstance(first, list) and isinstance(second, list)):
            combined[key] = [each for one in (first, second) for each in (one if isinstance(one, list) else [one])]
    return combined


def _find_shared(environment: Mapping[str, str]) -> Iterator[Path]:
    """The files of the user and of the system, the stronger one first."""
    home = environment.get("XDG_CONFIG_HOME", "")
    user = (Path(home) if Path(home).is_absolute() else expand_home("~") / ".config") / "uv" / "uv.toml"
    if user.is_file() and os.access(user, os.R_OK):
        yield user
    if read_flag(environment, "UV_NO_SYSTEM_CONFIG"):
        return
    folders = (environment.get("XDG_CONFIG_DIRS") or "/etc/xdg").partition("::")[0].split(":")
    places = [*(Path(folder) / "uv" / "uv.toml" for folder in folders if folder), Path("/etc/uv/uv.toml")]
    yield from [path for path in places if path.is_file()][:1]


def _find_project(folder: Path) -> Path:
    """The folder in which the search for the project's file begins: the root of a workspace, or the working directory.

    A workspace is one where the nearest ``pyproject.toml`` has a table ``project`` or ``[tool.uv.workspace]``, and does
    not say ``managed = false``. A ``uv.toml`` below its root then does not count.
    """
    folder = Path(os.path.normpath(folder.absolute()))
    inside = next((each for each in (folder, *folder.parents) if (each / "pyproject.toml").is_file()), None)
    if inside is None:
        return folder
    document = _try_read(inside / "pyproject.toml")
    table = _uv_table(document)
    if document is None or table.get("managed") is False:
        return folder
    if "workspace" in table:
        return inside if _is_sound(inside, table["workspace"]) else folder
    if "project" not in document:
        return folder
    above = next((each for each in inside.parents if (each / "pyproject.toml").is_file()), None)
    if above is not None:
        workspace = _uv_table(_try_read(above / "pyproject.toml")).get("workspace")
        if isinstance(workspace, dict) and _is_member(inside.relative_to(above), workspace):
            return above if _is_sound(above, workspace) else folder
    return inside


def _is_sound(root: Path, workspace: Any) -> bool:
    """Whether uv can read all members of a workspace. It ignores one whose members lack a project, or share a name."""
    patterns = workspace.get("members", []) if isinstance(workspace, dict) else []
    folders = {path for pattern in patterns for path in root.glob(os.path.normpath(pattern)) if path.is_dir()}
    members = [
        path for path in folders - {root} if path.name[:1] != "." and _is_member(path.relative_to(root), workspace)
    ]
    names = [_project_name(root)] if _project_name(root) is not None else []
    for member in members:
        name = _project_name(member)
        if name is None and any(member.iterdir()):
            return False
        names += [name] if name is not None else []
    return len(set(names)) == len(names)


def _project_name(folder: Path) -> str | None:
    project = (_try_read(folder / "pyproject.toml") or {}).get("project")
    name = project.get("name") if isinstance(project, dict) else None
    return re.sub(r"[-_.]+", "-", name).lower() if isinstance(name, str) else None


def _is_member(path: Path, workspace: Mapping[str, Any]) -> bool:
    """Whether the patterns of ``members`` have the folder, and those of ``exclude`` do not."""

    def matches(key: str) -> bool:
        patterns = workspace.get(key, [])
        return any(fnmatch.fnmatchcase(path.as_posix(), os.path.normpath(pattern)) for pattern in patterns)

    return matches("members") and not matches("exclude")


def _uv_table(document: Mapping[str, Any] | None) -> dict[str, Any]:
    """``[tool.uv]`` of a ``pyproject.toml``; an empty one where there is none."""
    tool = (document or {}).get("tool")
    table = tool.get("uv") if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else {}


def _try_read(path: Path) -> dict[str, Any] | None:
    try:
        return read_toml(path)
    except (InvalidTomlError, OSError):
        return None


def _read_project(
    folder: Path, note: Callable[[str], None], accepts: Callable[[Mapping[str, Any]], bool]
) -> dict[str, Any]:
    """The nearest file that configures uv, from a folder upwards."""
    for each in (folder, *folder.parents):
        path = each / "uv.toml"
        if path.is_file():
            return _read_uv_toml(path, accepts)
        path = each / "pyproject.toml"
        if not path.is_file():
            continue
        try:
            table = _uv_table(read_toml(path))
            if table:
                # uv reads the question on standard input, and has no folder for relative paths there.
                kept = _with_addresses({key: table[key] for key in table if key not in _PROJECT_KEYS}, each)
                if not accepts(_without_required_version(kept)):
                    raise ValueError("uv does not accept it")
                return kept
        except (InvalidTomlError, OSError, ValueError) as error:
            note(f"{path}: [tool.uv] is passed over, as uv does ({error})")
    return {}


def _without_required_version(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document without the version that uv itself must have: where it has another one, uv ends and says so."""
    required = document.get("required-version")
    if not isinstance(required, str):
        return dict(document)
    try:
        SpecifierSet(f"=={required}" if required[:1].isdigit() else required)
    except ValueError:  # InvalidSpecifier, or a number with more digits than Python reads
        return dict(document)  # uv passes over the whole table
    return {key: value for key, value in document.items() if key != "required-version"}


def _read_uv_toml(path: Path, accepts: Callable[[Mapping[str, Any]], bool]) -> dict[str, Any]:
    """One ``uv.toml``.

    uv is asked before it gets what all files say together: it would quote that in its message, logins included.

    Raises:
        InvalidSettingsFileError: it cannot be read, is not TOML, or its sources have wrong types.
        InvalidSettingError: uv does not accept it.
    """
    try:
        document = _with_addresses(read_toml(path), path.absolute().parent)
    except (InvalidTomlError, OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise InvalidSettingsFileError(
            f"uv's configuration cannot be read ({why}): {str(path)!r}", "uv cannot read it either: correct the file"
        ) from error
    asked = {key: value for key, value in document.items() if key != "variantlib"}  # ours, which uv does not get
    if not accepts(_without_required_version(asked)):
        raise InvalidSettingError(
            f"uv does not accept its configuration: {str(path)!r}",
            "correct the file: 'uv pip install' ends there too, and says where the mistake is",
        )
    return document


def _with_addresses(table: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The table with the paths of its sources as ``file:`` addresses.

    Raises:
        ValueError: a source has a wrong type.
    """
    changed = dict(table)
    if not isinstance(table.get("pip", {}), dict):
        raise ValueError("'pip' must be a table")
    if "pip" in table:
        changed["pip"] = _with_addresses(table["pip"], folder)
    for key in _ADDRESSES:
        if key in table:
            changed[key] = _address(key, table[key], folder)
    for key in _LISTS_OF_ADDRESSES:
        if key in table:
            changed[key] = [_address(key, each, folder) for each in _list(key, table[key])]
    if "index" in table:
        changed["index"] = [_index(each, folder) for each in _list("index", table["index"])]
    return changed


def _index(index: Any, folder: Path) -> dict[str, Any]:
    if not isinstance(index, dict) or "url" not in index:
        raise ValueError("each 'index' must be a table with a 'url'")
    return {**index, "url": _address("index.url", index["url"], folder)}


def _list(key: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{key!r} must be a list")
    return value


def _address(key: str, value: Any, folder: Path) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{key!r} must be text")
    return make_uv_address(value, folder)
