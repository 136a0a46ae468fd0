"""The files of ``.dist-info``: equal in all wheels of a release, but for what says which variant each is."""

from __future__ import annotations

from collections.abc import Iterator

from dualvariant.fuse.parts import Part, Release
from variantlib.dialects import hashes, labels
from variantlib.fused import FILENAME, STANDARD

__all__ = ["check_documents", "collect_records"]

#: Bills of materials (PEP 770): each wheel has its own, and they are kept.
_RECORDS = "sboms/"
#: Made anew for the fused wheel, or no longer true (signatures of RECORD).
_OWN = frozenset({"RECORD", "RECORD.jws", "RECORD.p7s", labels.METADATA_NAME})


def _names(part: Part) -> set[str]:
    prefix = f"{part.archive.dist_info}/"
    found = {e.filename for e in part.archive.infolist() if not e.is_dir() and e.filename.startswith(prefix)}
    return {path.removeprefix(prefix) for path in found}


def _read(part: Part, name: str) -> bytes:
    return part.archive.read(f"{part.archive.dist_info}/{name}")


def _comparable(part: Part, name: str) -> object:
    content = _read(part, name)
    if name == "METADATA":
        return hashes.remove_variant(content).replace(b"\r\n", b"\n")
    if name == "WHEEL":  # the tags have been compared, and what wrote the file does not matter
        return sorted(line for line in content.split(b"\n") if not line.startswith((b"Tag:", b"Generator:")))
    return content


def check_documents(release: Release) -> Iterator[str]:
    """The reasons why the descriptions of the wheels cannot be one."""
    standard = release.standard
    wanted = {name for name in _names(standard) - _OWN if not name.startswith(_RECORDS)}
    if FILENAME in wanted:
        yield "the standard wheel is a fused one already"
    for part in release.variants:
        found = {name for name in _names(part) - _OWN if not name.startswith(_RECORDS)}
        for name in sorted(found ^ wanted):
            where = part.name if name in found else STANDARD
            yield f"{name!r} of .dist-info is only in the wheel {where!r}"
        for name in sorted(found & wanted):
            if _comparable(part, name) != _comparable(standard, name):
                yield f"{name!r} of .dist-info differs between {STANDARD!r} and {part.name!r}"


def collect_records(release: Release) -> dict[str, bytes]:
    """The bills of materials of the variants, by their paths in the fused wheel; the standard wheel's keep theirs.

    One that is the same as the standard wheel's is not there twice.
    """
    info = release.standard.archive.dist_info
    known = {name: _read(release.standard, name) for name in _names(release.standard) if name.startswith(_RECORDS)}
    found: dict[str, bytes] = {}
    for part in release.variants:
        for name in sorted(_names(part)):
            if name.startswith(_RECORDS) and _read(part, name) != known.get(name):
                folder, _, filename = name.rpartition("/")
                stem, dot, rest = filename.partition(".")
                found[f"{info}/{folder}/{stem}-{part.name}{dot}{rest}"] = _read(part, name)
    return found
