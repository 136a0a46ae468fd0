"""Writes a case out: its pages on a server, its files, settings and command lines, once for each side.

The side ``plain`` has no trace of variants; it is what the oracle sees. The side ``full`` has them all.
"""

from __future__ import annotations

import hashlib
import html
import io
import itertools
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from attrs import evolve, frozen
from packaging.utils import canonicalize_name

import clients
from dualvariant.cli import main
from dualvariant.repository.page import JSON_TYPE
from law_cases import Case, Listed, Setting, Source
from law_damage import damaged
from law_files import Blob, make_tables, metadata_of
from servers import Answer, IndexServer, serving

__all__ = ["Side", "World", "opened_world"]

#: The settings of the cases' host: x86-64-v3 with AVX2.
PROFILE: dict[str, Any] = {
    "schema": "dualvariant/profile/1",
    "providers": [
        {
            "provider": "x86_64",
            "configs": [{"key": "level", "values": ["v3", "v2", "v1"]}, {"key": "avx2", "values": ["on"]}],
        }
    ],
}

#: Options that change nothing about the release that is chosen where nothing is installed.
HARMLESS = frozenset({"force-reinstall", "ignore-installed", "no-deps", "require-hashes", "upgrade"})


@cache
def _our_options(command: str) -> frozenset[str]:
    """The options of a command of dualvariant, by its help; the installer's others follow ``--``."""
    out = io.StringIO()
    with redirect_stdout(out), suppress(SystemExit):
        main([command, "--help"])
    return frozenset(re.findall(r"--([a-z][a-z-]*)", out.getvalue()))


@frozen
class Side:
    """One side of a case, ready to run.

    Args:
        folder: the working directory.
        environment: the whole environment.
        settings: the options of the command line, with their addresses filled in.
        requirements: what is asked for on the command line.
    """

    folder: Path
    environment: Mapping[str, str]
    settings: Sequence[Setting]
    requirements: Sequence[str]

    @property
    def words(self) -> list[str]:
        """The installer's command line."""
        return [word for setting in self.settings for word in _words(setting)] + list(self.requirements)

    @property
    def our_words(self) -> list[str]:
        """dualvariant's: what it has no option for follows ``--``."""
        known = [_spelled_as_ours(setting) for setting in self.settings]
        options = _our_options("install")
        before = [word for setting in known if setting.name in options for word in _words(setting)]
        after = [word for setting in known if setting.name not in options for word in _words(setting)]
        return [*before, *self.requirements, *(["--", *after] if after else [])]

    @property
    def explain_words(self) -> list[str] | None:
        """The command line of ``explain``; None where it cannot be given an option that decides."""
        options = _our_options("explain")
        known = [setting for setting in self.settings if setting.name in options]
        if any(setting.name not in HARMLESS for setting in self.settings if setting not in known):
            return None
        return [*(word for setting in known for word in _words(setting)), *self.requirements]


def _spelled_as_ours(setting: Setting) -> Setting:
    """The option under the name that pip and dualvariant have for it."""
    return evolve(setting, name="index-url") if setting.name == "default-index" else setting


def _words(setting: Setting) -> list[str]:
    word = setting.word or f"--{setting.name}"
    return [word] if setting.value is None else [word, setting.value]


class World:
    """The server of all cases, and the folder in which they are written.

    Args:
        server: it is running.
        folder: an existing folder; each case has one of its own there while it runs.
    """

    def __init__(self, server: IndexServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.profile = folder / "profile.json"
        self.profile.write_text(json.dumps(PROFILE))
        self._address = server.url.removesuffix("/simple")
        self._numbers = itertools.count()
        self._routes: dict[str, Answer] = {}
        server.override = self._answer

    def _answer(self, path: str) -> Answer:
        return self._routes.get(unquote(path.partition("?")[0]), (404, {}, b"no such page"))

    @contextmanager
    def written(self, case: Case) -> Iterator[tuple[Side, Side]]:
        """The case, written out: the side of the oracle and ours."""
        number = next(self._numbers)
        folder = self.folder / f"case{number}"
        try:
            yield self._side(case, number, folder, "plain"), self._side(case, number, folder, "full")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            self._routes.clear()

    def _side(self, case: Case, number: int, folder: Path, side: str) -> Side:
        folder = folder / side
        work, home, temporary = folder / "work", folder / "home", folder / "tmp"
        for each in (work, home / ".config" / "pip", temporary):
            each.mkdir(parents=True)
        addresses = {
            f"<{position}>": self._write_source(source, f"/{number}/{side}/{position}", folder / str(position), side)
            for position, source in enumerate(case.sources)
        }

        def filled(text: str) -> str:
            for name, address in addresses.items():
                text = text.replace(name, address)
            return text

        for file in case.files:
            path = work / file.path
            path.parent.mkdir(exist_ok=True)
            path.write_text("".join(f"{filled(line)}\n" for line in file.lines))
        settings = [
            Setting(each.name, each.value and filled(each.value), each.place, each.word) for each in case.settings
        ]
        environment = _environment(home, temporary)
        # A profile is compared with this host: its providers are asked once, and not in each case. Nothing else is kept
        # from one case to the next.
        environment["DUALVARIANT_CACHE_DIR"] = str(home / "cache")
        (self.folder / "providers").mkdir(exist_ok=True)
        (home / "cache").mkdir()
        (home / "cache" / "providers").symlink_to(self.folder / "providers")
        environment.update(_variables(case.installer, [each for each in settings if each.place == "env"]))
        if case.installer == "pip":
            (home / ".config" / "pip" / "pip.conf").write_text(_config(settings))
        else:
            self._write_uv_files(settings, work, home)
            environment["UV_CACHE_DIR"] = str(self.folder / "uv-cache")
            environment["PATH"] = f"{clients.uv().parent}{os.pathsep}{environment['PATH']}"
        return Side(work, environment, [each for each in settings if each.place == "line"], case.requirements)

    def _write_uv_files(self, settings: Sequence[Setting], work: Path, home: Path) -> None:
        for place, path, table in (
            ("uv.toml", work / "uv.toml", ""),
            ("pyproject", work / "pyproject.toml", "tool.uv"),
            ("user", home / ".config" / "uv" / "uv.toml", ""),
        ):
            chosen = [setting for setting in settings if setting.place == place]
            if chosen:
                path.parent.mkdir(exist_ok=True)
                path.write_text(_uv_table(chosen, table))

    # --- sources

    def _write_source(self, source: Source, path: str, folder: Path, side: str) -> str:
        """Write a source; returns its address."""
        listed = [each for each in source.files if side == "full" or not each.blob.properties]
        tables = self._tables(source) if side == "full" else {}
        there = {name: content for name, content in tables.items() if content is not None}
        if source.kind == "folder":
            folder.mkdir()
            for name, content in {**{each.blob.filename: each.blob.content for each in listed}, **there}.items():
                (folder / name).write_bytes(content)
            return str(folder)
        for position, each in enumerate(listed):
            self._serve_file(each, f"{path}/files/{position}")
        for name, content in there.items():
            self._routes[f"{path}/files/{name}"] = (200, {"Content-Type": "application/json"}, content)
        numbered = [*enumerate(listed)]
        if source.kind == "links":
            page = _render_html(numbered, list(tables), "files", source.version)
            self._routes[f"{path}/links.html"] = (200, {"Content-Type": "text/html"}, page)
            return f"{self._address}{path}/links.html"
        # An index that has only variants of a project knows it: to uv, no later index counts then.
        for project in dict.fromkeys(each.blob.project for each in source.files):
            files = [(position, each) for position, each in numbered if each.blob.project == project]
            names = [name for name in tables if canonicalize_name(name.partition("-")[0]) == project]
            kind, page = "text/html", _render_html(files, names, "../../files", source.version)
            if source.kind == "json":
                folder_url = f"{self._address}{path}/files"
                kind, page = JSON_TYPE, _render_json(project, files, names, folder_url, source.version)
            self._routes[f"{path}/simple/{project}/"] = (200, {"Content-Type": kind}, page)
        return f"{self._address}{path}/simple"

    def _tables(self, source: Source) -> dict[str, bytes | None]:
        tables: dict[str, bytes | None] = {}
        for project, version, state in source.tables:
            blobs = {
                (each.blob.called or each.blob.label): each.blob
                for each in source.files
                if _is_variant(each, project, version)
            }
            tables.update(make_tables(list(blobs.values()), state))
        return tables

    def _serve_file(self, listed: Listed, path: str) -> None:
        blob = listed.blob
        binary = {"Content-Type": "application/octet-stream"}
        if not listed.gone:
            self._routes[f"{path}/{blob.filename}"] = (200, binary, blob.content)
        if blob.kind == "wheel" and listed.metadata not in (None, "missing"):
            self._routes[f"{path}/{blob.filename}.metadata"] = (200, binary, metadata_of(blob))


def _is_variant(listed: Listed, project: str, version: str) -> bool:
    return bool(listed.blob.properties) and (listed.blob.project, listed.blob.version) == (project, version)


@contextmanager
def opened_world(folder: Path) -> Iterator[World]:
    """A world with its server, in an existing folder."""
    with serving(IndexServer(folder)) as server:
        yield World(server, folder)


# --- pages


def _digests(listed: Listed) -> dict[str, str]:
    blob = Blob("demo", "0.0.1") if listed.false_hash else listed.blob
    return {algorithm: blob.digest(algorithm) for algorithm in listed.hashes}


def _metadata_value(listed: Listed) -> str | None:
    """The value of ``data-core-metadata``; None for none."""
    if listed.metadata is None or listed.blob.kind == "sdist":
        return None
    if listed.metadata in ("true", "missing"):
        return "true"
    content = metadata_of(listed.blob) + (b"x" if listed.metadata == "false-hash" else b"")
    return f"sha256={hashlib.sha256(content).hexdigest()}"


def _link(listed: Listed, position: int, folder: str) -> str:
    name = quote(listed.blob.filename, safe="~!")
    return f"{folder}/{position}/{name.replace('~', '%7E') if listed.escaped else name}"


def _fragment(listed: Listed) -> str:
    parts = [f"{algorithm}={digest}" for algorithm, digest in _digests(listed).items()]
    if listed.fragment == "dash":
        parts = [part.replace("=", "-", 1) for part in parts]
    elif listed.fragment == "upper":
        parts = [part.upper() if position else part for position, part in enumerate(parts)]
        parts = [f"{name}={digest.upper()}" for name, _, digest in (part.partition("=") for part in parts)]
    elif listed.fragment == "other-after":
        parts.append("part=1")
    elif listed.fragment == "other-before":
        parts.insert(0, "part=1")
    elif listed.fragment == "egg-after":
        parts.append(f"egg={listed.blob.project}")
    elif listed.fragment == "egg-before":
        parts.insert(0, f"egg={listed.blob.project}")
    return "#" + "&".join(parts) if parts else ""


def _render_html(files: Sequence[tuple[int, Listed]], tables: Sequence[str], folder: str, version: str | None) -> bytes:
    lines = ["<!DOCTYPE html>", "<html><body>"]
    if version is not None:
        lines.insert(1, f'<meta name="pypi:repository-version" content="{json.loads(version)}">')
    for position, listed in files:
        attributes = {"href": _link(listed, position, folder) + _fragment(listed)}
        if listed.requires_python is not None:
            attributes["data-requires-python"] = listed.requires_python
        if listed.yanked is not None:
            attributes["data-yanked"] = listed.yanked
        metadata = _metadata_value(listed)
        if metadata is not None:
            attributes["data-core-metadata"] = attributes["data-dist-info-metadata"] = metadata
        values = damaged(listed, attributes, texts=True)
        text = " ".join(f'{name}="{html.escape(str(value))}"' for name, value in values.items())
        lines.append(f"<a {text}>{html.escape(listed.blob.filename)}</a><br>")
    lines += [f'<a href="{folder}/{quote(name)}">{html.escape(name)}</a><br>' for name in tables]
    return "\n".join([*lines, "</body></html>", ""]).encode("utf-8", "surrogatepass")


def _render_json(
    project: str, files: Sequence[tuple[int, Listed]], tables: Sequence[str], folder: str, version: str | None
) -> bytes:
    entries: list[dict[str, object]] = []
    for position, listed in files:
        entry: dict[str, object] = {
            "filename": listed.blob.filename,
            "url": _link(listed, position, folder),
            "hashes": _digests(listed),
            "size": len(listed.blob.content),
        }
        if listed.requires_python is not None:
            entry["requires-python"] = listed.requires_python
        if listed.yanked is not None:
            entry["yanked"] = listed.yanked or True
        if listed.uploaded is not None:
            entry["upload-time"] = listed.uploaded
        metadata = _metadata_value(listed)
        if metadata is not None:
            algorithm, _, digest = metadata.partition("=")
            entry["core-metadata"] = {algorithm: digest} if digest else True
        entries.append(damaged(listed, entry, texts=False))
    entries += [{"filename": name, "url": f"{folder}/{quote(name)}", "hashes": {}} for name in tables]
    meta = {"api-version": "1.1" if version is None else json.loads(version)}
    return json.dumps({"meta": meta, "name": project, "files": entries}).encode()


# --- settings


def _environment(home: Path, temporary: Path) -> dict[str, str]:
    foreign = ("PIP_", "UV_", "DUALVARIANT_", "VIRTUAL_ENV", "CONDA_", "XDG_", "PYTHON")
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(foreign) and not name.lower().endswith("_proxy")
    }
    environment.update(
        HOME=str(home),
        TMPDIR=str(temporary),
        XDG_CONFIG_DIRS=str(home / "nowhere"),
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        PIP_NO_INPUT="1",
        NO_COLOR="1",
    )
    return environment


def _grouped(settings: Sequence[Setting]) -> dict[str, str]:
    """Option → value; of an option with several values, all of them."""
    values: dict[str, str] = {}
    for setting in settings:
        value = "true" if setting.value is None else setting.value
        several = setting.name in ("extra-index-url", "find-links") and setting.name in values
        values[setting.name] = f"{values[setting.name]} {value}" if several else value
    return values


def _variables(installer: str, settings: Sequence[Setting]) -> dict[str, str]:
    prefix = f"{installer.upper()}_"
    values = _grouped(settings)
    if installer == "uv" and "find-links" in values:
        values["find-links"] = values["find-links"].replace(" ", ",")
    return {f"{prefix}{name.upper().replace('-', '_')}": value for name, value in values.items()}


def _uv_table(settings: Sequence[Setting], table: str) -> str:
    """The settings as TOML; an index may be written in two ways."""
    head = [f"[{table}]"] if table else []
    indexes = []
    for name, value in _grouped(settings).items():
        if name == "default-index":
            indexes += [f"[[{table}.index]]" if table else "[[index]]", f"url = {json.dumps(value)}", "default = true"]
        elif name in ("extra-index-url", "find-links"):
            head.append(f"{name} = {json.dumps(value.split())}")
        elif name.endswith("-dependencies"):
            head.append(f"{name} = {json.dumps([value])}")
        else:
            head.append(f"{name} = {'true' if value == 'true' else json.dumps(value)}")
    return "\n".join([*head, *indexes, ""])


def _config(settings: Sequence[Setting]) -> str:
    lines = []
    for section, place in (("global", "global"), ("install", "command")):
        lines.append(f"[{section}]")
        values = _grouped([setting for setting in settings if setting.place == place])
        lines += [f"{name} = {value}" for name, value in values.items()]
    return "\n".join([*lines, ""])
