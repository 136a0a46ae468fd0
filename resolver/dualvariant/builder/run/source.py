"""Find and read sources: a folder, a source distribution, or a name on an index."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import field, frozen
from packaging.requirements import InvalidRequirement, Requirement

from dualvariant.core.errors import UnreadableFileError, UsageError
from dualvariant.core.files import open_regular, sha256_of
from dualvariant.core.sdist_reader import SDIST_SUFFIXES, read_root_file
from dualvariant.core.toml import decode_toml, read_toml

__all__ = ["LEFTOVERS", "Source", "find_source", "hash_tree", "make_reproducible", "unpack_sdist"]

#: Names of files and folders that tools leave in a source tree; they are not sources.
LEFTOVERS = frozenset(
    {".git", ".hg", ".svn", "__pycache__", "build", "dist", ".tox", ".nox", ".venv", "venv", ".mypy_cache",
     ".pytest_cache", ".ruff_cache", "node_modules", ".hypothesis"}
)  # fmt: skip


class BrokenSdistError(UsageError):
    """A source distribution that cannot be read."""

    code = "broken-sdist"


@frozen
class Source:
    """A project's sources.

    Args:
        path: a folder, or a source distribution.
        pyproject: the document in its ``pyproject.toml``; empty if it has none.
        place: what messages call that file.
        requirement: the requirement, if the source distribution came from an index.
    """

    path: Path
    pyproject: Mapping[str, Any] = field(hash=False)
    place: str
    requirement: str | None = None

    @property
    def backend(self) -> str:
        """The build backend that ``[build-system]`` names; setuptools' legacy one if it names none (PEP 517)."""
        system = self.pyproject.get("build-system", {})
        name = system.get("build-backend") if isinstance(system, dict) else None
        return name if isinstance(name, str) else "setuptools.build_meta:__legacy__"

    def digest(self, leave_out: Path | None = None) -> str:
        """Changes when a file of the sources does.

        Args:
            leave_out: a folder whose contents do not count, because the wheels go there.
        """
        return sha256_of(self.path) if self.path.is_file() else hash_tree(self.path, leave_out)


def find_source(text: str, fetch: Callable[[str], Path]) -> Source:
    """The sources that an argument of the command line names.

    Args:
        text: a folder, an sdist, or a requirement.
        fetch: brings the source distribution of a requirement from an index.

    Raises:
        UsageError: there is nothing of that name, or it is not a source.
    """
    if not text:
        raise UsageError("the source has an empty name", "name a folder, a source distribution or NAME==VERSION")
    path = Path(text)
    if path.is_dir():
        pyproject = path / "pyproject.toml"
        if not pyproject.is_file() and not (path / "setup.py").is_file():
            raise UsageError(
                f"no source tree (there is no pyproject.toml): {text!r}",
                "name the folder that holds the project's pyproject.toml or setup.py",
            )
        try:
            document = read_toml(pyproject) if pyproject.is_file() else {}
        except OSError as error:
            raise UnreadableFileError(
                f"the file cannot be read ({error.strerror}): {str(pyproject)!r}", "name another source tree"
            ) from error
        return Source(path, document, str(pyproject))
    if path.is_file():
        if path.name.endswith(".whl"):
            raise UsageError(f"this is a wheel, not a source: {text!r}", "'dualvariant tag' makes a variant of a wheel")
        if not path.name.endswith(SDIST_SUFFIXES):
            raise UsageError(
                f"not a source distribution: {text!r}", f"its name has to end with one of {', '.join(SDIST_SUFFIXES)}"
            )
        return _read_sdist(path)
    if os.sep in text or text.startswith(".") or text.endswith((".whl", *SDIST_SUFFIXES)):
        raise UsageError(f"there is no such file or folder: {text!r}", "name an existing one, or NAME==VERSION")
    try:
        Requirement(text)
    except InvalidRequirement as error:
        raise UsageError(
            f"not a folder, a source distribution or NAME==VERSION ({error}): {text!r}", "name one of these"
        ) from error
    return _read_sdist(fetch(text), text)


def _read_sdist(path: Path, requirement: str | None = None) -> Source:
    with _noticing_damage(path), open_regular(path) as archive:
        content = read_root_file(archive, path.name, "pyproject.toml")
    place = f"{path.name}/pyproject.toml"
    return Source(path, decode_toml(content, place), place, requirement)


@contextmanager
def _noticing_damage(sdist: Path) -> Iterator[None]:
    """Report an archive that cannot be read, for which Python's modules have a dozen kinds of exceptions.

    Raises:
        BrokenSdistError: it cannot be read.
        OSError: the system refuses something.
    """
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise BrokenSdistError(
            f"the source distribution cannot be read ({error}): {str(sdist)!r}", "download or make it again"
        ) from error


def hash_tree(tree: Path, leave_out: Path | None = None) -> str:
    """A digest of every file in a source tree, and of its commit, from which some projects make their version.

    Args:
        tree: the folder.
        leave_out: a folder in it that does not count.
    """
    digest = hashlib.sha256()
    skipped = leave_out.resolve() if leave_out is not None else None
    for path in _walk_files(tree, skipped):
        name = path.relative_to(tree).as_posix()
        content = f"-> {path.readlink()}" if path.is_symlink() else sha256_of(path)
        digest.update(f"{name}\0{content}\0".encode())
    digest.update(_read_commit(tree).encode())
    return digest.hexdigest()


def _walk_files(tree: Path, skipped: Path | None) -> Iterator[Path]:
    for folder, folders, files in os.walk(tree):
        here = Path(folder)
        folders[:] = sorted(
            name
            for name in folders
            if name not in LEFTOVERS
            and not name.endswith((".egg-info", ".dist-info"))
            and (skipped is None or (here / name).resolve() != skipped)
        )
        yield from (here / name for name in sorted(files) if not name.endswith((".pyc", ".whl")))


def _read_commit(tree: Path) -> str:
    try:
        head = (tree / ".git" / "HEAD").read_text("utf-8").strip()
        reference = head.removeprefix("ref: ")
        return head if reference == head else (tree / ".git" / reference).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def unpack_sdist(sdist: Path, folder: Path) -> Path:
    """Unpack a source distribution and return the source tree, the one folder in it.

    Args:
        sdist: the archive.
        folder: a folder that does not exist.

    Raises:
        BrokenSdistError: it cannot be read, or does not hold one folder.
        OSError: the system refuses something.
    """
    folder.mkdir(parents=True)
    with _noticing_damage(sdist):
        if sdist.name.endswith(".zip"):
            with zipfile.ZipFile(sdist) as archive:
                archive.extractall(folder)
        else:
            with tarfile.open(sdist) as tar:
                if hasattr(tarfile, "data_filter"):
                    tar.extractall(folder, filter="data")
                else:
                    tar.extractall(folder)
    trees = [path for path in folder.iterdir() if path.is_dir()]
    if len(trees) != 1:
        raise BrokenSdistError(
            f"the source distribution holds {len(trees)} folders instead of one: {sdist.name!r}",
            "make it again, with one folder NAME-VERSION in it",
        )
    return trees[0]


def make_reproducible(sdist: Path, epoch: str) -> None:
    """Rewrite a ``.tar.gz`` in place so that the same files give the same bytes, independent of time and user.

    Args:
        sdist: the archive.
        epoch: the time of every file in it, in seconds.
    """
    moment = int(epoch)
    content = io.BytesIO()
    with tarfile.open(sdist) as old, tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as new:
        for member in sorted(old.getmembers(), key=lambda member: member.name):
            member.mtime, member.uid, member.gid, member.uname, member.gname = moment, 0, 0, "", ""
            member.pax_headers = {}
            new.addfile(member, old.extractfile(member) if member.isreg() else None)
    sdist.write_bytes(gzip.compress(content.getvalue(), 6, mtime=0))
