"""Draws cases of the law for pip: its settings, and the files and lines that they are written in."""

from __future__ import annotations

from collections.abc import Sequence

from law_cases import Case, Listed, RequirementFile, Setting, Source
from law_pages import DATES, draw_releases, draw_sources
from law_requirements import PROJECTS, draw_for_other_python, draw_hash_options, draw_limit_marker, draw_requirement
from law_themes import Drawn, Theme

__all__ = ["make_case"]


def make_case(tape: bytes, theme: Theme) -> Case:
    """A case for pip of a theme."""
    return _make_case(Drawn(tape, theme.factor), theme)


def _make_case(drawn: Drawn, theme: Theme) -> Case:
    projects = PROJECTS[: drawn.one(1, 1, 2, 3)]
    releases = {project: draw_releases(drawn, theme, project, projects) for project in projects}
    sources = draw_sources(drawn, theme, [listed for files in releases.values() for listed in files])
    settings = [*_source_settings(drawn, theme, sources), *_settings(drawn, theme, projects)]
    asked = [draw_requirement(drawn, theme, project, releases) for project in projects[: drawn.one(1, 1, 2)]]
    return _place(drawn, theme, sources, settings, asked, releases)


# --- settings


def _source_settings(drawn: Drawn, theme: Theme, sources: Sequence[Source]) -> list[Setting]:
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


def _draw_place(drawn: Drawn, theme: Theme) -> str:
    if not drawn.chance(70 if theme.settings or theme.sources else 25):
        return "line"
    return drawn.one("env", "global", "command", *(["file"] if theme.files or drawn.chance(30) else []))


#: Options of pip, with values, that decide which files count; a file may hold the first ones.
_FLAGS = ("pre", "prefer-binary", "require-hashes")
_MORE_FLAGS = ("no-deps", "ignore-requires-python", "upgrade", "force-reinstall", "ignore-installed")


def _settings(drawn: Drawn, theme: Theme, projects: Sequence[str]) -> list[Setting]:
    settings: list[Setting] = []
    if drawn.chance(90 if theme.times else 1):
        place = drawn.one("env", "line", "global", "command")
        settings.append(Setting("uploaded-prior-to", drawn.one(*DATES), place))
    for _ in range(drawn.one(0, 1, 1, 2) if theme.settings else drawn.chance(20)):
        settings.append(_setting(drawn, theme, projects))
    return settings


def _setting(drawn: Drawn, theme: Theme, projects: Sequence[str]) -> Setting:
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


# --- where they are written


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
    drawn: Drawn,
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
        hashes = draw_hash_options(drawn, hashed, project, releases)
        if hashes:
            separator = drawn.one(" ", " \\\n    ")
            file.append(separator.join([text, *hashes]))
            file += draw_for_other_python(drawn, project, releases)
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
        limit = f"{project}{drawn.one('<2', '<=1.0', '==1.0', '>=2', '!=2.0', '')}{draw_limit_marker(drawn)}"
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


def _file_line(drawn: Drawn, setting: Setting) -> str:
    word = drawn.one(*_FILE_WORDS[setting.name])
    if setting.value is None:
        return word
    if not word.startswith("--"):
        return f"{word}{drawn.one(' ', '')}{setting.value}"
    return f"{word}{drawn.one(' ', '=')}{setting.value}"


def _decorate(drawn: Drawn, lines: list[str], projects: Sequence[str]) -> None:
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
