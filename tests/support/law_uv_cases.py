"""Draws cases of the law for uv: its settings, and the files that they are written in."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from law_cases import Case, RequirementFile, Setting, Source
from law_pages import DATES, draw_releases, draw_sources
from law_requirements import PROJECTS, draw_for_other_python, draw_hash_options, draw_limit_marker, draw_requirement
from law_themes import Drawn, Theme

__all__ = ["make_uv_case"]


def make_uv_case(tape: bytes, theme: Theme) -> Case:
    """A case for uv of a theme."""
    return _make_uv_case(Drawn(tape, theme.factor), theme)


def _make_uv_case(drawn: Drawn, theme: Theme) -> Case:
    projects = PROJECTS[: drawn.one(1, 1, 2)]
    # Which of two copies uv takes, one of them on a page that lies about its metadata, is uv's own affair.
    releases = {
        project: [
            evolve(listed, metadata=None) if listed.metadata in ("false-hash", "missing") else listed
            for listed in draw_releases(drawn, theme, project, projects)
        ]
        for project in projects
    }
    sources = draw_sources(drawn, theme, [listed for files in releases.values() for listed in files])
    settings = [*_uv_source_settings(drawn, theme, sources), *_uv_settings(drawn, theme, projects)]
    asked = [draw_requirement(drawn, theme, project, releases) for project in projects[: drawn.one(1, 1, 2)]]
    line: list[str] = []
    file: list[str] = []
    hashed = drawn.chance(80 if theme.hashes else 3)
    for text, project in zip(asked, releases, strict=False):
        hashes = draw_hash_options(drawn, hashed, project, releases)
        if hashes or drawn.chance(20):
            file.append(" ".join([text, *hashes]))
            file += draw_for_other_python(drawn, project, releases) if hashes else ()
        else:
            line.append(text)
    files = []
    if drawn.chance(15):
        limit = f"{projects[0]}{drawn.one('<2', '<=1.0', '>=2', '!=2.0')}{draw_limit_marker(drawn)}"
        files.append(RequirementFile("limits.txt", (limit,)))
        settings.append(Setting("constraint", "limits.txt", drawn.one("line", "env")))
    if file:
        files.append(RequirementFile("asked.txt", tuple(file)))
        settings.append(Setting("requirement", "asked.txt", "line"))
    return Case(tuple(sources), tuple(line), tuple(settings), tuple(files), "uv")


def _uv_place(drawn: Drawn, theme: Theme) -> str:
    if not drawn.chance(70 if theme.settings or theme.sources else 25):
        return "line"
    # A uv.toml in the working directory hides its pyproject.toml.
    return drawn.one("env", "user", *(["pyproject"] if theme.sources else ["uv.toml"]))


def _uv_source_settings(drawn: Drawn, theme: Theme, sources: Sequence[Source]) -> list[Setting]:
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


def _uv_settings(drawn: Drawn, theme: Theme, projects: Sequence[str]) -> list[Setting]:
    settings = []
    if drawn.chance(30 if theme.settings else 3):
        name = drawn.one("constraint-dependencies", "override-dependencies", "exclude-dependencies")
        limit = (
            "" if name.startswith("exclude") else drawn.one("<2", "==1.0", ">=2", "!=2.0") + draw_limit_marker(drawn)
        )
        place = "pyproject" if theme.sources else "uv.toml"  # of the others uv takes none of these
        settings.append(Setting(name, f"{drawn.one(*projects)}{limit}", place))
    if drawn.chance(90 if theme.times else 3):
        settings.append(Setting("exclude-newer", drawn.one(*DATES), _uv_place(drawn, theme)))
    for _ in range(drawn.one(0, 1, 1, 2) if theme.settings else drawn.chance(15)):
        name, values = drawn.one(
            ("prerelease", ("allow", "disallow", "if-necessary", "explicit")),
            ("resolution", ("lowest", "lowest-direct")),
            ("index-strategy", ("first-index", "unsafe-best-match")),
            ("no-binary", (*projects, ":all:")),
            ("only-binary", (*projects, ":all:")),
            ("no-deps", (None,)),
        )
        flags = name in ("no-binary", "only-binary", "no-deps")
        settings.append(Setting(name, drawn.one(*values), "line" if flags else _uv_place(drawn, theme)))
    return settings
