"""Cases of the law as values, and a generator of them: pages with variants, requirements, settings.

A case says nothing of what the right answer is. It is written out twice by :mod:`law_world`: with its variants for
dualvariant, and without them for the installer that is the oracle.

The texts of a case name its sources as ``<0>``, ``<1>``, …, because each side has addresses of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from attrs import evolve, frozen
from hypothesis import strategies as st

from law_files import Blob

__all__ = [
    "THEMES",
    "Case",
    "Listed",
    "RequirementFile",
    "Setting",
    "Source",
    "Theme",
    "make_case",
    "make_uv_case",
    "tapes",
]

T = TypeVar("T")

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
PROJECTS = ("demo", "needed", "other-name")
#: A marker of another Python than any target's.
OTHER_PYTHON = "python_version < '3'"
SPELLINGS = {
    "demo": ("demo", "Demo", "DEMO"),
    "needed": ("needed", "NEEDED"),
    "other-name": ("other-name", "other_name", "Other.Name"),
}


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


@frozen
class Theme:
    """What a group of cases is about; the other features are rare in it.

    Args:
        name: the theme.
        factor: an odd number, another one for each theme: one seed gives all themes the same bytes.
    """

    name: str
    factor: int
    hashes: bool = False
    times: bool = False
    sources: bool = False
    files: bool = False
    settings: bool = False
    versions: bool = False
    damage: bool = False


THEMES = {
    theme.name: theme
    for theme in (
        Theme("hashes", 1, hashes=True),
        Theme("times", 37, times=True),
        Theme("sources", 75, sources=True),
        Theme("files", 113, files=True),
        Theme("settings", 151, settings=True),
        Theme("versions", 189, versions=True),
        Theme("damage", 227, damage=True),
        Theme("everything", 89, True, True, True, True, True, True, True),
    )
}


class _Drawn:
    """Makes decisions from bytes, one for each; 0 is the simplest one, and so is every byte behind the end.

    One draw of bytes instead of some hundred small ones: Hypothesis is fast with it, and its mutations, which repeat
    parts of an example inside the same example, do not make every third case a copy of another one.

    Args:
        tape: the bytes.
        factor: an odd number; with the same bytes, another factor makes other decisions.
    """

    def __init__(self, tape: bytes, factor: int) -> None:
        self._tape = iter(tape)
        self._factor = factor

    def _next(self) -> int:
        return next(self._tape, 0) * self._factor % 256

    def one(self, *values: T) -> T:
        return values[self._next() * len(values) // 256]

    def chance(self, percent: int) -> bool:
        """True in so many per cent of the cases; False is simpler."""
        return self._next() * 100 >= 256 * (100 - percent)

    def subset(self, values: Sequence[T]) -> list[T]:
        return [value for value in values if self.chance(50)]


def tapes() -> st.SearchStrategy[bytes]:
    """What cases are made from: more bytes than all but the largest ones take decisions."""
    return st.binary(min_size=700, max_size=700)


def make_case(tape: bytes, theme: Theme) -> Case:
    """A case for pip of a theme."""
    return _make_case(_Drawn(tape, theme.factor), theme)


def make_uv_case(tape: bytes, theme: Theme) -> Case:
    """A case for uv of a theme."""
    return _make_uv_case(_Drawn(tape, theme.factor), theme)


def _make_case(drawn: _Drawn, theme: Theme) -> Case:
    projects = PROJECTS[: drawn.one(1, 1, 2, 3)]
    releases = {project: _releases(drawn, theme, project, projects) for project in projects}
    sources = _sources(drawn, theme, [listed for files in releases.values() for listed in files])
    settings = [*_source_settings(drawn, theme, sources), *_settings(drawn, theme, projects)]
    asked = [_requirement(drawn, theme, project, releases) for project in projects[: drawn.one(1, 1, 2)]]
    return _place(drawn, theme, sources, settings, asked, releases)


# --- files


def _releases(drawn: _Drawn, theme: Theme, project: str, projects: Sequence[str]) -> list[Listed]:
    versions: dict[str, None] = {}
    for _ in range(drawn.one(1, 2, 2, 3)):
        odd = drawn.chance(60 if theme.versions else 10)
        versions[drawn.one(*(ODD if odd else STABLE))] = None
    found: list[Listed] = []
    for version in versions:
        found += _release(drawn, theme, project, version, projects)
    return found


def _release(drawn: _Drawn, theme: Theme, project: str, version: str, projects: Sequence[str]) -> list[Listed]:
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


def _variant(drawn: _Drawn, theme: Theme, standard: Blob) -> Blob:
    properties = drawn.one(*FITTING, *UNFIT)
    variant = evolve(standard, properties=properties, tag=drawn.one(standard.tag, standard.tag, "py3-none-any"))
    if drawn.chance(10):
        variant = evolve(variant, build="3")
    if drawn.chance(40 if theme.damage else 2):
        variant = evolve(variant, damage=drawn.one("cut", "unnamed", "other"))
    return variant


def _shape(drawn: _Drawn, theme: Theme) -> Listed:
    """What the files of one release have in common on their page; some differ (:func:`_listed`)."""
    shape = Listed(Blob("", ""))
    if drawn.chance(70 if theme.hashes else 15):
        hashes = drawn.one((), ("md5",), ("sha512",), ("sha384",), ("sha1",), ("sha256", "md5"), ("sha512", "sha256"))
        shape = evolve(shape, hashes=hashes, fragment=drawn.one("plain", "egg-after", "egg-before", "dash", "upper"))
    if theme.times or drawn.chance(5):
        shape = evolve(shape, uploaded=drawn.one(*TIMES))
    if drawn.chance(40 if theme.versions else 5):
        shape = evolve(shape, requires_python=drawn.one(">=3.8", "<3", ">=4", "nothing", ">=3.8,!=3.9.*", ""))
    if drawn.chance(30 if theme.versions else 5):
        shape = evolve(shape, yanked=drawn.one("", "broken"))
    if drawn.chance(30):
        shape = evolve(shape, metadata=drawn.one("true", "hash"))
    return shape


def _listed(drawn: _Drawn, theme: Theme, blob: Blob, shape: Listed) -> Listed:
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
    return listed


# --- sources


def _sources(drawn: _Drawn, theme: Theme, listed: Sequence[Listed]) -> list[Source]:
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


def _source_settings(drawn: _Drawn, theme: Theme, sources: Sequence[Source]) -> list[Setting]:
    settings = []
    indexes = [position for position, source in enumerate(sources) if source.is_index]
    others = [position for position, source in enumerate(sources) if not source.is_index]
    if indexes:
        settings.append(Setting("index-url", f"<{indexes[0]}>", _draw_place(drawn, theme)))
        if theme.sources and drawn.chance(20):
            # The same option in a second place; one of them wins.
            settings.append(Setting("index-url", f"<{indexes[-1]}>", drawn.one("line", "env", "global", "command")))
    else:
        settings.append(Setting("no-index", None, _draw_place(drawn, theme)))
    settings += [Setting("extra-index-url", f"<{position}>", _draw_place(drawn, theme)) for position in indexes[1:]]
    settings += [Setting("find-links", f"<{position}>", _draw_place(drawn, theme)) for position in others]
    if indexes and others and theme.sources and drawn.chance(10):
        settings.append(Setting("no-index", None, _draw_place(drawn, theme)))
    return settings


def _draw_place(drawn: _Drawn, theme: Theme) -> str:
    if not drawn.chance(70 if theme.settings or theme.sources else 25):
        return "line"
    return drawn.one("env", "global", "command", *(["file"] if theme.files or drawn.chance(30) else []))


# --- settings

#: Options of pip, with values, that decide which files count; a file may hold the first ones.
_FLAGS = ("pre", "prefer-binary", "require-hashes")
_MORE_FLAGS = ("no-deps", "ignore-requires-python", "upgrade", "force-reinstall", "ignore-installed")


def _settings(drawn: _Drawn, theme: Theme, projects: Sequence[str]) -> list[Setting]:
    settings: list[Setting] = []
    if drawn.chance(90 if theme.times else 1):
        place = drawn.one("env", "line", "global", "command")
        settings.append(Setting("uploaded-prior-to", drawn.one(*DATES), place))
    for _ in range(drawn.one(0, 1, 1, 2) if theme.settings else drawn.chance(20)):
        settings.append(_setting(drawn, theme, projects))
    return settings


def _setting(drawn: _Drawn, theme: Theme, projects: Sequence[str]) -> Setting:
    kind = drawn.one("format", "flag", "more", "release")
    if kind == "flag":
        return Setting(drawn.one(*_FLAGS), None, _draw_place(drawn, theme))
    place = drawn.one("line", "env", "global", "command")
    if kind == "more":
        return Setting(drawn.one(*_MORE_FLAGS), None, place)
    value = drawn.one(":all:", *projects, ",".join(projects), ":none:", f":all:,{projects[-1]}", ":none:,other-name")
    if kind == "format":
        return Setting(drawn.one("no-binary", "only-binary"), value, drawn.one(place, _draw_place(drawn, theme)))
    return Setting(drawn.one("only-final", "all-releases"), value, place)


# --- requirements


def _requirement(drawn: _Drawn, theme: Theme, project: str, releases: dict[str, list[Listed]]) -> str:
    name = drawn.one(*SPELLINGS[project])
    extras = drawn.one("", "", "", "", "[more]")
    files = releases[project]
    versions = [listed.blob.version for listed in files if not listed.blob.properties] or [files[0].blob.version]
    version = drawn.one(*versions) if drawn.chance(90) else drawn.one(*STABLE[:2])
    if theme.hashes and drawn.chance(80):
        specifier = f"=={version}"
    else:
        major = version.partition("!")[2] or version
        specifier = drawn.one(
            "",
            "",
            f"=={version}",
            f"<={version}",
            f">={version}",
            f">={version}",
            f"<{version}",
            f">{version}",
            f"!={version}",
            f"~={version}",
            f"==={version}",
            f"=={major.partition('.')[0]}.*",
            f">=0.1, <{version}",
        )
    marker = drawn.one("; python_version < '3'", "; python_version > '3'") if drawn.chance(5) else ""
    return f"{name}{extras}{specifier}{marker}"


def _hash_options(drawn: _Drawn, hashed: bool, project: str, releases: dict[str, list[Listed]]) -> list[str]:
    """``--hash`` options: of all files, of all but the variants, or of others."""
    if not hashed:
        return []
    algorithm = drawn.one("sha256", "sha512", "sha384")
    blobs = [listed.blob for listed in releases[project]]
    which = drawn.one(*["standard", "all"] * 4, "variants", "some", "none")
    if which == "standard":
        blobs = [blob for blob in blobs if not blob.properties]
    elif which == "variants":
        blobs = [blob for blob in blobs if blob.properties]
    elif which == "some":
        blobs = drawn.subset(blobs)
    digests = [blob.digest(algorithm) for blob in blobs] if which != "none" else []
    if drawn.chance(20) or not digests:
        digests.append("0" * len(Blob("demo", "0").digest(algorithm)))
    options = [f"--hash={algorithm}:{digest}" for digest in dict.fromkeys(digests)]
    if drawn.chance(15) and blobs:
        options.append(f"--hash=sha256:{blobs[0].digest('sha256')}")
    return options


def _limit_marker(drawn: _Drawn) -> str:
    return f" ; {OTHER_PYTHON}" if drawn.chance(30) else ""


def _for_other_python(drawn: _Drawn, project: str, releases: dict[str, list[Listed]]) -> list[str]:
    """The same project with another release, for another Python: a lock file for several has such lines."""
    if not drawn.chance(25):
        return []
    blob = drawn.one(*releases[project]).blob
    return [f"{project}=={blob.version} ; {OTHER_PYTHON} --hash=sha256:{blob.digest('sha256')}"]


#: Ways to write an option in a requirement file; pip takes abbreviations that are not ambiguous.
_FILE_WORDS = {
    "index-url": ("--index-url", "-i", "--index-ur", "--pypi-url", "--i"),
    "extra-index-url": ("--extra-index-url", "--extra", "--extra-index"),
    "find-links": ("--find-links", "-f", "--find", "--fi"),
    "no-index": ("--no-index", "--no-ind"),
    "pre": ("--pre",),
    "prefer-binary": ("--prefer-binary", "--pref"),
    "require-hashes": ("--require-hashes", "--require-h"),
    "no-binary": ("--no-binary", "--no-b"),
    "only-binary": ("--only-binary", "--only-b"),
}


def _place(
    drawn: _Drawn,
    theme: Theme,
    sources: Sequence[Source],
    settings: Sequence[Setting],
    asked: Sequence[str],
    releases: dict[str, list[Listed]],
) -> Case:
    """Put requirements and options where they are written."""
    line: list[str] = []
    file: list[str] = []
    nested: list[str] = []
    hashed = drawn.chance(80 if theme.hashes else 3)
    for text, project in zip(asked, releases, strict=False):
        # pip wants hashes for all requirements, or for none.
        hashes = _hash_options(drawn, hashed, project, releases)
        if hashes:
            separator = drawn.one(" ", " \\\n    ")
            file.append(separator.join([text, *hashes]))
            file += _for_other_python(drawn, project, releases)
        elif drawn.chance(60 if theme.files else 15):
            (nested if theme.files and drawn.chance(40) else file).append(text)
        else:
            line.append(text)
    others = [_file_line(drawn, setting) for setting in settings if setting.place == "file"]
    for option in others:
        (nested if theme.files and drawn.chance(30) else file).insert(0, option)
    if theme.files:
        _decorate(drawn, file, [*releases])
    files: list[RequirementFile] = []
    chosen = [setting for setting in settings if setting.place != "file"]
    if nested:
        path = drawn.one("nested.txt", "folder/nested.txt")
        files.append(RequirementFile(path, tuple(nested)))
        file.append(drawn.one(f"-r {path}", f"--requirement={path}", f"-r{path}", f"--requirem {path}"))
    if drawn.chance(30 if theme.files else 5):
        project = drawn.one(*releases)
        limit = f"{project}{drawn.one('<2', '<=1.0', '==1.0', '>=2', '!=2.0', '')}{_limit_marker(drawn)}"
        files.append(RequirementFile("limits.txt", (limit,)))
        place = drawn.one("line", "env", "global", "command", "file")
        if place == "file":
            file.append(drawn.one("-c limits.txt", "--constraint limits.txt", "--constr limits.txt"))
        else:
            chosen.append(Setting("constraint", "limits.txt", place))
    if file or not line:
        files.append(RequirementFile("asked.txt", tuple(file)))
        places = ("line", "line", "line", "env", "global") if theme.files else ("line",)
        chosen.append(Setting("requirement", "asked.txt", drawn.one(*places)))
    return Case(tuple(sources), tuple(line), tuple(chosen), tuple(files))


def _file_line(drawn: _Drawn, setting: Setting) -> str:
    word = drawn.one(*_FILE_WORDS[setting.name])
    if setting.value is None:
        return word
    if not word.startswith("--"):
        return f"{word}{drawn.one(' ', '')}{setting.value}"
    return f"{word}{drawn.one(' ', '=')}{setting.value}"


def _decorate(drawn: _Drawn, lines: list[str], projects: Sequence[str]) -> None:
    """What else stands in requirement files."""
    for _ in range(drawn.one(0, 1, 1, 2)):
        more = drawn.one(
            "",
            "# a comment",
            "--pre",
            "--trusted-host 127.0.0.1",
            f"--pre {projects[-1]}",
            f"--only-binary=:none: {projects[-1]}",
            f"{projects[0]}  # asked for again",
            f"{projects[-1]}>=0.1 ; python_version > '3'",
            f"-c {'limits.txt' if False else 'missing.txt'}" if drawn.chance(3) else "",
            "${UNSET_VARIABLE}" if drawn.chance(3) else "",
        )
        lines.insert(drawn.one(0, len(lines)), more)


# --- uv


def _make_uv_case(drawn: _Drawn, theme: Theme) -> Case:
    projects = PROJECTS[: drawn.one(1, 1, 2)]
    # Which of two copies uv takes, one of them on a page that lies about its metadata, is uv's own affair.
    releases = {
        project: [
            evolve(listed, metadata=None) if listed.metadata in ("false-hash", "missing") else listed
            for listed in _releases(drawn, theme, project, projects)
        ]
        for project in projects
    }
    sources = _sources(drawn, theme, [listed for files in releases.values() for listed in files])
    settings = [*_uv_source_settings(drawn, theme, sources), *_uv_settings(drawn, theme, projects)]
    asked = [_requirement(drawn, theme, project, releases) for project in projects[: drawn.one(1, 1, 2)]]
    line: list[str] = []
    file: list[str] = []
    hashed = drawn.chance(80 if theme.hashes else 3)
    for text, project in zip(asked, releases, strict=False):
        hashes = _hash_options(drawn, hashed, project, releases)
        if hashes or drawn.chance(20):
            file.append(" ".join([text, *hashes]))
            file += _for_other_python(drawn, project, releases) if hashes else ()
        else:
            line.append(text)
    files = []
    if drawn.chance(15):
        limit = f"{projects[0]}{drawn.one('<2', '<=1.0', '>=2', '!=2.0')}{_limit_marker(drawn)}"
        files.append(RequirementFile("limits.txt", (limit,)))
        settings.append(Setting("constraint", "limits.txt", drawn.one("line", "env")))
    if file:
        files.append(RequirementFile("asked.txt", tuple(file)))
        settings.append(Setting("requirement", "asked.txt", "line"))
    return Case(tuple(sources), tuple(line), tuple(settings), tuple(files), "uv")


def _uv_place(drawn: _Drawn, theme: Theme) -> str:
    if not drawn.chance(70 if theme.settings or theme.sources else 25):
        return "line"
    # A uv.toml in the working directory hides its pyproject.toml.
    return drawn.one("env", "user", *(["pyproject"] if theme.sources else ["uv.toml"]))


def _uv_source_settings(drawn: _Drawn, theme: Theme, sources: Sequence[Source]) -> list[Setting]:
    indexes = [position for position, source in enumerate(sources) if source.is_index]
    others = [position for position, source in enumerate(sources) if not source.is_index]
    if indexes:
        names = [drawn.one("index-url", "default-index")] + ["extra-index-url" for _ in indexes[1:]]
        settings = [
            Setting(name, f"<{position}>", _uv_place(drawn, theme))
            for name, position in zip(names, indexes, strict=True)
        ]
    else:
        settings = [Setting("no-index", None, _uv_place(drawn, theme))]
    return settings + [Setting("find-links", f"<{position}>", _uv_place(drawn, theme)) for position in others]


def _uv_settings(drawn: _Drawn, theme: Theme, projects: Sequence[str]) -> list[Setting]:
    settings = []
    if drawn.chance(30 if theme.settings else 3):
        name = drawn.one("constraint-dependencies", "override-dependencies", "exclude-dependencies")
        limit = "" if name.startswith("exclude") else drawn.one("<2", "==1.0", ">=2", "!=2.0") + _limit_marker(drawn)
        place = "pyproject" if theme.sources else "uv.toml"  # of the others uv takes none of these
        settings.append(Setting(name, f"{drawn.one(*projects)}{limit}", place))
    if drawn.chance(90 if theme.times else 3):
        settings.append(Setting("exclude-newer", drawn.one(*DATES), _uv_place(drawn, theme)))
    for _ in range(drawn.one(0, 1, 1, 2) if theme.settings else drawn.chance(15)):
        name, values = drawn.one(
            ("prerelease", ("allow", "disallow", "if-necessary")),
            ("resolution", ("lowest", "lowest-direct")),
            ("index-strategy", ("first-index", "unsafe-best-match")),
            ("no-binary", (*projects, ":all:")),
            ("only-binary", (*projects, ":all:")),
            ("no-deps", (None,)),
        )
        flags = name in ("no-binary", "only-binary", "no-deps")
        settings.append(Setting(name, drawn.one(*values), "line" if flags else _uv_place(drawn, theme)))
    return settings
