"""Folders of wheels with a static index: what is in them, what is said about it, and wheels that are changed."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from dualvariant.core.report import Reporter
from dualvariant.repository.page import File
from dualvariant.repository.page_parser import parse_html_page, parse_json_page
from dualvariant.static_index import Summary, write_index
from dualvariant.static_index.read_cache import READ_CACHE

__all__ = ["Recorder", "indexed", "make_sdist", "page", "rewritten", "set_header", "sha256", "state"]


class Recorder(Reporter):
    """Keeps the messages."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def note(self, message: str) -> None:
        self.messages.append(message)

    warn = note


def indexed(folder: Path) -> tuple[Summary, str]:
    """Index the folder; the summary, and all messages."""
    reporter = Recorder()
    summary = write_index(folder, reporter)
    return summary, "\n".join(reporter.messages)


def page(folder: Path, project: str) -> dict[str, File]:
    """The project's page by file name; the HTML and the JSON form agree."""
    at = folder / "simple" / project
    html = parse_html_page((at / "index.html").read_text(), (at / "index.html").as_uri()).files
    by_json = parse_json_page((at / "index.json").read_bytes(), (at / "index.json").as_uri()).files
    sizes = {file.filename: file.size for file in by_json}
    files = {file.filename: file for file in by_json}
    assert list(files) == [file.filename for file in html]
    for file in html:
        twin = files[file.filename]
        assert (file.url, file.hashes, file.requires_python) == (twin.url, twin.hashes, twin.requires_python)
        assert file.metadata == twin.metadata
        assert sizes[file.filename] == (folder / file.filename).stat().st_size
    return files


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file with its time and content."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock" and path.name != READ_CACHE
    }


def sha256(path: Path) -> str:
    """The digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def rewritten(wheel: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """Change a wheel's entries in place."""
    with zipfile.ZipFile(wheel) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return wheel


def set_header(entries: dict[str, bytes], line: str, instead: str | None = None) -> None:
    """Write a header at the beginning of a wheel's METADATA, in the place of those with the name ``instead``."""
    (path,) = [path for path in entries if path.endswith("/METADATA")]
    lines = entries[path].decode().splitlines()
    lines = [old for old in lines if instead is None or not old.startswith(f"{instead}:")]
    entries[path] = "\n".join([line, *lines, ""]).encode()


def make_sdist(path: Path, entries: Mapping[str, bytes]) -> None:
    """Write an sdist, a zip file or a compressed tar file by its name, with these entries."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in entries.items():
                archive.writestr(name, content)
        return
    with tarfile.open(path, "w:gz") as tar:
        for name, content in entries.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
