"""Cases of the law as values: pages with variants, requirements, settings.

A case says nothing of what the right answer is. It is written out twice by :mod:`law_world`: with its variants for
dualvariant, and without them for the installer that is the oracle.

The texts of a case name its sources as ``<0>``, ``<1>``, …, because each side has addresses of its own.
"""

from __future__ import annotations

from attrs import frozen

from law_files import Blob

__all__ = ["Case", "Listed", "RequirementFile", "Setting", "Source"]


@frozen
class Listed:
    """A file as a page lists it.

    Args:
        blob: the file.
        hashes: the algorithms whose digests the page gives.
        fragment: how an HTML page writes them: ``plain``, or a form that is seen in the wild.
        false_hash: the digests are of something else.
        requires_python: as on the page.
        yanked: as on the page, or None.
        uploaded: the time of upload, or None (HTML pages never have one).
        metadata: PEP 658: ``None``, ``true``, ``hash``, ``false-hash`` or ``missing`` (listed and not there).
        escaped: ``~`` is written as ``%7E``.
        gone: the server does not have it.
        damage: the seed of what happens to the values of its link (:mod:`law_damage`), or None.
    """

    blob: Blob
    hashes: tuple[str, ...] = ("sha256",)
    fragment: str = "plain"
    false_hash: bool = False
    requires_python: str | None = None
    yanked: str | None = None
    uploaded: str | None = None
    metadata: str | None = None
    escaped: bool = False
    gone: bool = False
    damage: int | None = None


@frozen
class Source:
    """An index or a find-links location.

    Args:
        kind: ``html``, ``json`` (indexes), ``folder``, ``links`` (find-links).
        files: what it lists.
        tables: what its ``~variants.json`` of a release is: ``right``, ``partial``, ``false`` or ``garbage``; there is
            none for the other releases.
        version: what its pages say of their version (PEP 629), as JSON; None where they say what is usual.
    """

    kind: str
    files: tuple[Listed, ...]
    tables: tuple[tuple[str, str, str], ...] = ()
    version: str | None = None

    @property
    def is_index(self) -> bool:
        return self.kind in ("html", "json")


@frozen
class Setting:
    """An option of the installer with its value (None for a flag), and where it is set.

    Args:
        name: without dashes.
        value: its text.
        place: ``line``, ``env``, ``file``, and for pip ``global`` and ``command`` (the sections of pip.conf), for uv
            ``uv.toml`` and ``pyproject`` (in the working directory) and ``user`` (the user's uv.toml).
        word: how it is spelled on the command line or in a file, if not ``--NAME``.
    """

    name: str
    value: str | None
    place: str = "line"
    word: str | None = None


@frozen
class RequirementFile:
    """A requirement or constraint file: its path, and its lines."""

    path: str
    lines: tuple[str, ...]


@frozen
class Case:
    """One case.

    Args:
        sources: where files come from.
        requirements: what is asked for on the command line.
        settings: every option; those at the place ``file`` are in :attr:`files` already.
        files: requirement and constraint files.
        installer: ``pip`` or ``uv``; the names of the settings are this installer's.
    """

    sources: tuple[Source, ...]
    requirements: tuple[str, ...]
    settings: tuple[Setting, ...] = ()
    files: tuple[RequirementFile, ...] = ()
    installer: str = "pip"
