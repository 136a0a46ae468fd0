"""Writes a project's page, as HTML and as JSON (:mod:`dualvariant.repository.page` names the sources)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from dualvariant.repository.page import File

__all__ = ["render_html_page", "render_json_entries", "render_json_page"]


def _format_hashes(digests: Mapping[str, str]) -> str:
    for name, digest in digests.items():
        return f"{name}={digest}"
    return "true"


def render_html_page(project: str, files: Iterable[File]) -> str:
    """The project's page in HTML."""
    from html import escape

    lines = [
        "<!DOCTYPE html>",
        '<html><head><meta charset="utf-8"><meta name="pypi:repository-version" content="1.1">',
        f"<title>Links for {escape(project)}</title></head><body>",
        f"<h1>Links for {escape(project)}</h1>",
    ]
    for file in files:
        pairs = [_format_hashes(file.hashes)] if file.hashes else []
        pairs += [f"egg={file.egg}"] if file.egg else []
        attributes = {"href": f"{file.url}#{'&'.join(pairs)}" if pairs else file.url}
        if file.requires_python is not None:
            attributes["data-requires-python"] = file.requires_python
        if file.metadata is not None:
            # pip before 23.2 and uv before 0.2 know the older name only (PEP 714).
            attributes["data-core-metadata"] = _format_hashes(file.metadata)
            attributes["data-dist-info-metadata"] = attributes["data-core-metadata"]
        if file.yanked is not None:
            attributes["data-yanked"] = file.yanked
        text = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items())
        lines.append(f"<a {text}>{escape(file.filename)}</a><br>")
    return "\n".join([*lines, "</body></html>", ""])


def render_json_page(project: str, files: Iterable[File]) -> str:
    """The project's page in JSON (PEP 691). Version 1.0, because 1.1 requires sizes and versions for each file."""
    name, entries = json.dumps(project), render_json_entries(files)
    return f'{{"meta": {{"api-version": "1.0"}}, "name": {name}, "files": [{entries}]}}'


def render_json_entries(files: Iterable[File]) -> str:
    """The entries of files on a JSON page, with commas between them."""
    return json.dumps([_make_json_entry(file) for file in files])[1:-1]


def _make_json_entry(file: File) -> dict[str, Any]:
    entry: dict[str, Any] = {"filename": file.filename, "url": file.url, "hashes": dict(file.hashes)}
    if file.egg is not None:
        entry["url"] += f"#egg={file.egg}"
    if file.requires_python is not None:
        entry["requires-python"] = file.requires_python
    if file.metadata is not None:
        # Only the new name: the old one makes pip 22.3 to 23.1 fail with a traceback (PEP 714).
        entry["core-metadata"] = dict(file.metadata) or True
    if file.yanked is not None:
        entry["yanked"] = file.yanked or True
    if file.size is not None:
        entry["size"] = file.size
    if file.upload_time is not None:
        entry["upload-time"] = file.upload_time
    return entry
