"""Requirement files mean to us what they mean to pip, and their copies mean the same without the sources."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import clients
from dualvariant.core.errors import DualvariantError
from dualvariant.requirements.requirement_files import RequirementFiles
from dualvariant.settings.installer_options import list_file_options
from pip_parser import PipParsers
from property_tests import examples

NAMES = ("one.txt", "two.txt", "below/three.txt", "below/four.txt")
VALUES = {
    "index-url": ["https://a/simple", "file:///b", "${PLACE}/simple", "./rel"],
    "extra-index-url": ["https://c", "https://u:p@d/"],
    "find-links": ["links", "below", "./links", "missing", "https://e/"],
    "requirement": [*NAMES, "three.txt", "../two.txt"],
    "constraint": [*NAMES, "four.txt", "../one.txt"],
    "editable": ["./project", "git+https://g/x#egg=x"],
    "no-binary": [":all:", ":none:", "demo", "a,b", "Demo.X,:all:,b"],
    "only-binary": [":all:", ":none:", "demo", "b"],
    "all-releases": [":all:", "demo", ":none:"],
    "only-final": [":all:", "demo", ":none:,b"],
    "trusted-host": ["h", "h:8080", "[::1]:1"],
    "use-feature": ["fast-deps", "no-such-feature"],
    "hash": ["sha256:" + "0" * 64, "sha512:" + "1" * 128, "sha384:ab", "md5:00", "sha256"],
    "config-settings": ["--build-option=x", "k=v"],
}
REQUIREMENTS = [
    "demo",
    "demo==1.0",
    "demo >= 1, <3",
    "b[x,y]~=2.0 ; python_version > '3'",
    "./demo-1.0.whl",
    "c @ https://x/c.zip",
]


@st.composite
def option_words(draw: st.DrawFn) -> str:
    """One option as somebody may write it: abbreviated, glued, quoted, without its value."""
    option = draw(st.sampled_from(list_file_options()))
    name = draw(st.sampled_from(option.names))
    if name.startswith("--") and draw(st.booleans()):
        name = name[: draw(st.integers(3, len(name)))]
    if not option.takes_value:
        return name + draw(st.sampled_from(["", "", "", "=1"]))
    value = draw(st.sampled_from(VALUES[option.key]))
    quote = draw(st.sampled_from(["", "", '"', "'"]))
    between = draw(st.sampled_from([" ", "="])) if name.startswith("--") else draw(st.sampled_from([" ", ""]))
    return draw(st.sampled_from([name + between + quote + value + quote] * 12 + [name]))


@st.composite
def line(draw: st.DrawFn) -> str:
    """A line of a file: a requirement with options, options, both the wrong way round, or neither."""
    options = draw(st.lists(option_words(), max_size=3))
    requirement = draw(st.sampled_from(REQUIREMENTS))
    parts = draw(
        st.sampled_from(
            [[requirement, *options], options, options, [*options, requirement], [requirement], ["# no"], [""]]
        )
    )
    text = draw(st.sampled_from([" ", "  ", " \\\n ", " \\\n  "])).join(parts)
    return draw(st.sampled_from(["", "", "  "])) + text + draw(st.sampled_from(["", "", " # why", "#why", " \\"]))


FILES = st.fixed_dictionaries(
    {name: st.lists(line(), max_size=5 if name == "one.txt" else 2).map("\n".join) for name in NAMES}
)


@pytest.fixture(scope="module")
def pips(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, PipParsers]]:
    with (
        PipParsers(clients.make_target(tmp_path_factory.mktemp("new"))) as new,
        PipParsers(clients.make_target(tmp_path_factory.mktemp("old"), clients.PIPS[0])) as old,
    ):
        yield {"new": new, "old": old}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    for name in ("links", "below", "below/links", "copies"):
        (folder / name).mkdir()
    return folder


def read(folder: Path, kind: str, pip: str | None = None) -> RequirementFiles | None:
    """What we make of ``one.txt`` for this pip; None if it cannot be read."""
    copies = folder / "copies" / str(len(list((folder / "copies").iterdir())))
    copies.mkdir()
    files = RequirementFiles(copies, lambda address: b"", find_pip=lambda: pip)
    before = Path.cwd()
    os.chdir(folder)
    try:
        files.add(kind, "one.txt")
    except DualvariantError:
        return None
    finally:
        os.chdir(before)
    return files


def sources(files: RequirementFiles) -> dict[str, Any]:
    """The sources in the end, as pip has them, on top of two that were configured."""
    first = [files.index_url] if files.index_url else ["https://first/", "https://second/"]
    return {
        "no_index": files.no_index,
        "index_urls": [] if files.no_index else [*first, *files.extra_index_urls],
        "find_links": files.find_links,
    }


@examples(150)
@given(contents=FILES, kind=st.sampled_from(["-r", "-r", "-c"]))
@example(contents={"one.txt": "demo\n-r two.txt --use-feature no-such-feature", "two.txt": ""}, kind="-r")
def test_a_file_means_what_it_means_to_pip(
    contents: dict[str, str], kind: str, pips: dict[str, PipParsers], folder: Path
) -> None:
    for name, text in contents.items():
        (folder / name).write_text(text)
    theirs = pips["new"].read_file(kind, "one.txt", folder)
    ours = read(folder, kind)
    if theirs is None:
        # pip says what is wrong, also when it reads the copies, where we leave it to pip.
        assert ours is None or pips["new"].read_file(kind, ours.arguments[1], folder) is None
        return
    assert ours is not None
    folders = [os.path.normpath(place) if place.startswith("/") else place for place in theirs["find_links"]]
    assert {**{key: theirs[key] for key in ("no_index", "index_urls")}, "find_links": folders} == sources(ours)
    assert [theirs["no_binary"], theirs["only_binary"]] == [
        sorted(ours.formats.no_binary),
        sorted(ours.formats.only_binary),
    ]
    assert [theirs["all_releases"], theirs["only_final"]] == [
        sorted(ours.rules.all_releases),
        sorted(ours.rules.only_final),
    ]
    assert theirs["prefer_binary"] == ours.rules.prefer_binary
    assert {host for host, _ in theirs["trusted"]} == {
        urlsplit(f"https://{host}").hostname for host in ours.trusted_hosts
    }
    copy = pips["new"].read_file(kind, ours.arguments[1], folder)
    assert copy is not None
    assert copy == {**theirs, "no_index": False, "index_urls": ["https://first/", "https://second/"], "find_links": []}


@examples(40)
@given(contents=FILES)
@example(contents={"one.txt": "--o :all: -i https://elsewhere/"})
def test_no_source_of_a_file_gets_past_an_old_pip(
    contents: dict[str, str], pips: dict[str, PipParsers], folder: Path
) -> None:
    """The table of options is that of the newest pip; an older one knows fewer, and takes other abbreviations."""
    for name, text in contents.items():
        (folder / name).write_text(text)
    theirs, ours = pips["old"].read_file("-r", "one.txt", folder), read(folder, "-r", clients.PIPS[0])
    if theirs is None or ours is None:
        return
    copy = pips["old"].read_file("-r", ours.arguments[1], folder)
    assert copy == {**theirs, "index_urls": ["https://first/", "https://second/"], "find_links": []}
