"""The sources of a case of the law: releases with their variants, and the pages that list them."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from law_cases import Listed, Source
from law_files import Blob
from law_themes import Drawn, Theme

__all__ = ["DATES", "STABLE", "draw_releases", "draw_sources"]

LEVEL = "x86_64 :: level :: {}"
#: Properties of variants: two that the profile of the cases supports, one that it does not, two at once, one that no
#: provider knows.
FITTING = ((LEVEL.format("v3"),), (LEVEL.format("v2"),), (LEVEL.format("v2"), "x86_64 :: avx2 :: on"))
UNFIT = ((LEVEL.format("v4"),), ("gpu :: sm :: 90",))

#: Times of upload, oldest first; and cut-offs between them.
TIMES = ("2026-01-01T00:00:00Z", "2026-03-01T12:30:00.5Z", "2026-06-01T00:00:00+00:00", "2026-09-01T00:00:00.000000Z")
DATES = ("2026-02-01", "2026-04-15T00:00:00Z", "2026-07-01", "2025-01-01", "2030-01-01")

STABLE = ("1.0", "2.0", "1.1", "3.0", "0.9", "10.0")
ODD = ("2.1rc1", "2.1.dev3", "2.0.post1", "1!0.1", "2.0+local.7", "4.0a1", "20240101", "2.0.0", "1.0b2.post3.dev4")
#: What pages may say of their version: all but the first are no versions that a client of today knows.
PAGE_VERSIONS = ('"1.9"', '"2.0"', '"0.9"', '"x"', '""', "null", "2")


# --- files


def draw_releases(drawn: Drawn, theme: Theme, project: str, projects: Sequence[str]) -> list[Listed]:
    """The files of one to three releases of a project, with variants among them."""
    versions: dict[str, None] = {}
    for _ in range(drawn.one(1, 2, 2, 3)):
        odd = drawn.chance(60 if theme.versions else 10)
        versions[drawn.one(*(ODD if odd else STABLE))] = None
    found: list[Listed] = []
    for version in versions:
        found += _release(drawn, theme, project, version, projects)
    return found


def _release(drawn: Drawn, theme: Theme, project: str, version: str, projects: Sequence[str]) -> list[Listed]:
    others = [other for other in projects if other > project]  # no circles
    requires = [f"{other}{drawn.one('', '', '>=2', '<2', '; python_version < 3')}" for other in others]
    requires = [text.replace("version < 3", "version < '3'") for text in requires if drawn.chance(40)]
    blob = Blob(project, version, requires=tuple(requires))
    tag = drawn.one("py3-none-any", "py3-none-any", "{native}")
    standard = evolve(blob, tag=tag)
    blobs = [standard]
    if drawn.chance(20):
        blobs.append(evolve(standard, build=drawn.one("1", "2post")))
    if drawn.chance(15):
        blobs.append(evolve(blob, tag=drawn.one("py2-none-any", "cp39-cp39-win_amd64")))
    if drawn.chance(30 if theme.versions else 10):
        blobs.append(evolve(blob, kind="sdist"))
    if drawn.chance(15):
        blobs.pop(0)  # only an sdist, another build or another system's wheel
    for _ in range(drawn.one(0, 1, 1, 2)):
        blobs.append(_variant(drawn, theme, standard))
    shape = _shape(drawn, theme)
    return [_listed(drawn, theme, blob, shape) for blob in dict.fromkeys(blobs or [standard])]


def _variant(drawn: Drawn, theme: Theme, standard: Blob) -> Blob:
    properties = drawn.one(*FITTING, *UNFIT)
    variant = evolve(standard, properties=properties, tag=drawn.one(standard.tag, standard.tag, "py3-none-any"))
    if drawn.chance(40):
        # One label for each list of properties: a release has each label once.
        variant = evolve(variant, called="_".join(name.rpartition(" ")[2] for name in properties))
    if drawn.chance(10):
        variant = evolve(variant, build="3")
    if drawn.chance(40 if theme.damage else 2):
        variant = evolve(variant, damage=drawn.one("cut", "unnamed", "other"))
    return variant


#: How links write hashes; some have another pair, of which pip and uv think differently.
FRAGMENTS = ("plain", "egg-after", "egg-before", "dash", "upper", "other-after", "other-before")


def _shape(drawn: Drawn, theme: Theme) -> Listed:
    """What the files of one release have in common on their page; some differ (:func:`_listed`)."""
    shape = Listed(Blob("", ""))
    if drawn.chance(70 if theme.hashes else 15):
        single = (("sha256",), ("md5",), ("sha512",), ("sha384",), ("sha1",))
        hashes = drawn.one((), *single, ("sha256", "md5"), ("sha512", "sha256"))
        shape = evolve(shape, hashes=hashes, fragment=drawn.one(*FRAGMENTS))
    if theme.times or drawn.chance(5):
        shape = evolve(shape, uploaded=drawn.one(*TIMES))
    if drawn.chance(40 if theme.versions else 5):
        shape = evolve(shape, requires_python=drawn.one(">=3.8", "<3", ">=4", "nothing", ">=3.8,!=3.9.*", ""))
    if drawn.chance(30 if theme.versions else 5):
        shape = evolve(shape, yanked=drawn.one("", "broken"))
    if drawn.chance(30):
        shape = evolve(shape, metadata=drawn.one("true", "hash"))
    return shape


def _listed(drawn: Drawn, theme: Theme, blob: Blob, shape: Listed) -> Listed:
    listed = evolve(shape, blob=blob)
    if drawn.chance(15 if theme.hashes else 2):
        listed = evolve(listed, hashes=drawn.one((), ("sha256",), ("sha512",)))
    if theme.hashes and not blob.properties and drawn.chance(4):
        listed = evolve(listed, false_hash=True)
    if drawn.chance(50 if theme.times else 1):
        # pip ends where a standard wheel or an sdist of an index has no time and there is a cut-off.
        rarely = [None] if blob.properties or drawn.chance(3) else []
        listed = evolve(listed, uploaded=drawn.one(*TIMES, *rarely))
    if drawn.chance(15 if theme.versions else 1):
        listed = evolve(listed, yanked=drawn.one(None, "", "broken"))
    if drawn.chance(10 if theme.versions else 1):
        listed = evolve(listed, requires_python=drawn.one(None, ">=3.8", "<3"))
    if theme.damage and drawn.chance(20):
        listed = evolve(listed, metadata=drawn.one(None, "false-hash", "missing"))
    if blob.damage == "cut":
        listed = evolve(listed, metadata=None)  # its properties can only be read in it
    if blob.properties and drawn.chance(15):
        listed = evolve(listed, escaped=True)
    if blob.properties and drawn.chance(30 if theme.damage else 2):
        listed = evolve(listed, gone=True) if drawn.chance(50) else evolve(listed, damage=drawn.one(*range(256)))
    return listed


# --- sources


def draw_sources(drawn: Drawn, theme: Theme, listed: Sequence[Listed]) -> list[Source]:
    """One to three sources, among which the files are shared out; a file may be on several."""
    kinds = ["json"] if theme.times and not drawn.chance(10) else ["html", "json"]
    first = drawn.one(*kinds, *(["folder", "links"] if drawn.chance(30) else []))
    found = [first]
    if drawn.chance(80 if theme.sources else 10):
        found += [drawn.one(*kinds, "folder", "links") for _ in range(drawn.one(1, 2))]
    sources = []
    for position, kind in enumerate(found):
        # The first one has everything while there is one alone; several share.
        files = [each for each in listed if len(found) == 1 or drawn.chance(70 if position == 0 else 50)]
        tables = []
        variants = [each.blob for each in files if each.blob.properties]
        cut = {(blob.project, blob.version) for blob in variants if blob.damage == "cut"}
        for project, version in dict.fromkeys((blob.project, blob.version) for blob in variants):
            if (project, version) in cut:
                continue
            wrong = drawn.chance(60 if theme.damage else 5)
            state = drawn.one("right", "partial", "false", "garbage", "missing") if wrong else drawn.one("right", "")
            if state:
                tables.append((project, version, state))
        said = drawn.one(*PAGE_VERSIONS) if drawn.chance(15 if theme.sources else 3) else None
        sources.append(Source(kind, tuple(files), tuple(tables), said))
    return sources
