"""The choice against pip's own finder: on pages without variants the same file, with variants the same release."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.tags import sys_tags
from packaging.utils import canonicalize_name
from packaging.version import Version

from dualvariant.repository.listed_file import ListedFile, parse_listed_file
from dualvariant.repository.page import File
from dualvariant.repository.page_parser import parse_json_page
from dualvariant.repository.sources import ProjectFiles
from dualvariant.repository.variant_metadata import ReleaseCandidates
from dualvariant.requirements.allowed_hashes import AllowedHashes
from dualvariant.requirements.format_control import FormatControl
from dualvariant.requirements.release_rules import ReleaseRules
from dualvariant.selection.choice import Choice
from dualvariant.selection.finder import find_release
from dualvariant.selection.project import Project
from dualvariant.selection.view import View
from dualvariant.settings.upload_limits import UploadLimit, UploadLimits
from pip_finder import PAGE, PipFinder
from property_tests import examples
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.meta import VariantDescription
from variantlib.profile import HostProfile
from variantlib.verdict import Candidate

DEMO = canonicalize_name("demo")
PROFILE = HostProfile([ProviderConfig("x86_64", [KeyConfig("level", ["v3", "v2"])])])
TAGS = [str(tag) for tag in sys_tags()]
VARIANTS = {
    description.hexdigest: description
    for description in (
        VariantDescription.from_strings([f"x86_64 :: level :: {level}"]) for level in ("v2", "v3", "v4")
    )
}
DIGESTS = {"sha256": 64, "sha384": 96, "sha512": 128, "md5": 32}
TIMES = ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00.500000Z", "2026-03-01T12:00:00+02:00"]
TAG_SETS = ["py3-none-any", TAGS[0], TAGS[3], "cp27-cp27m-win32", "py2.py3-none-any"]
VERSIONS = ["0.9", "1.0", "1.0.0", "1.0.post1", "2.0", "2.0+local", "2.1rc1", "3.0.dev1"]
SPECIFIERS = ["", "==1.0", "===1.0", "==2.*", ">=1", "<2", "~=1.0", ">=2.1rc1", "!=2.0", "===2.1rc1"]


@pytest.fixture(scope="module")
def pip() -> Iterator[PipFinder]:
    finder = PipFinder()
    yield finder
    finder.close()


class ThePage:
    """In the place of the sources and of the reader of metadata: one page, and the variants' properties."""

    def __init__(self, files: Sequence[File]) -> None:
        listed = [listed for file in files if (listed := parse_listed_file(file, 0, DEMO)) is not None]
        self.files = ProjectFiles(lambda: (listed, {}), None)

    def list_files(self, _: str) -> ProjectFiles:
        return self.files

    def prefetch(self, *_: object) -> None: ...

    def describe(self, wheels: Sequence[ListedFile], *_: object) -> ReleaseCandidates:
        return ReleaseCandidates(
            [Candidate(wheel.wheel, VARIANTS.get(wheel.wheel.label or "")) for wheel in wheels if wheel.wheel]
        )


def show(files: Sequence[File], choice: Choice) -> Project:
    """The project as an installer is shown it."""
    page = ThePage(files)
    project = View(page, choice, lambda: page).project(DEMO)  # type: ignore[return-value, arg-type]
    assert project is not None
    return project


def digest(filename: str, algorithm: str) -> str:
    """A digest of a file that does not exist: each name has its own."""
    return (filename.encode().hex() * 4)[-DIGESTS[algorithm] :].rjust(DIGESTS[algorithm], "0")


@st.composite
def pages(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Entries of a JSON page; the files of most releases have much in common."""
    hash_names = draw(st.lists(st.sampled_from(sorted(DIGESTS)), unique=True))
    has_times = draw(st.booleans())
    entries = {}
    for _ in range(draw(st.integers(1, 8))):
        version = draw(st.sampled_from(VERSIONS))
        kind = draw(st.sampled_from(["wheel", "wheel", "variant", "variant", "sdist"]))
        tags = draw(st.sampled_from(TAG_SETS))
        build = draw(st.sampled_from(["", "", "-1", "-2a"]))
        label = f"~{draw(st.sampled_from(sorted(VARIANTS)))}" if kind == "variant" else ""
        name = f"demo-{version}.tar.gz" if kind == "sdist" else f"demo-{version}{build}{label}-{tags}.whl"
        entry: dict[str, Any] = {"filename": name, "url": f"/files/{name}"}
        entry["hashes"] = {algorithm: digest(name, algorithm) for algorithm in hash_names if draw(st.booleans())}
        # A page that has times has one for each file that plain pip considers; a variant may lack it.
        if has_times and not (kind == "variant" and draw(st.sampled_from([False, False, True]))):
            entry["upload-time"] = draw(st.sampled_from(TIMES))
        entry["requires-python"] = draw(st.sampled_from([None, None, ">=3.8", ">=3.99", "nonsense", "<3"]))
        entry["yanked"] = draw(st.sampled_from([False, False, False, True, "why"]))
        entries[name] = entry
    return list(entries.values())


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    """A page, a requirement and settings, as pip gets them."""
    files = draw(pages())
    question: dict[str, Any] = {"files": files, "requirement": "demo" + draw(st.sampled_from(SPECIFIERS))}
    if draw(st.booleans()):
        listed: dict[str, list[str]] = {}
        for _ in range(draw(st.integers(1, 3))):
            algorithm = draw(st.sampled_from(["sha256", "sha384", "sha512"]))
            entry = draw(st.sampled_from(files))
            listed.setdefault(algorithm, []).append(digest(entry["filename"], algorithm))
        question["hashes"] = listed
    ordinary = [entry for entry in files if "~" not in entry["filename"]]
    if all("upload-time" in entry for entry in ordinary) and draw(st.booleans()):
        question["prior_to"] = draw(st.sampled_from([*TIMES, "2026-02-15T00:00:00+00:00"]))
    names = st.sampled_from([[], [], [], [":all:"], ["demo"], ["other"]])
    # An option takes each name that it has out of the other set.
    question["formats"] = draw(st.tuples(names, names).filter(lambda pair: not set(pair[0]) & set(pair[1])))
    question["all_releases"], question["only_final"] = draw(names), draw(names)
    question["prefer_binary"] = draw(st.sampled_from([False, False, True]))
    question["ignore_requires_python"] = draw(st.sampled_from([False, False, True]))
    return question


def make_choice(question: Mapping[str, Any]) -> Choice:
    """The same settings as dualvariant gets them."""
    limit = question.get("prior_to")
    hashes = question.get("hashes")
    no_binary, only_binary = map(frozenset, question["formats"])
    return Choice(
        PROFILE,
        tuple(TAGS),
        ".".join(map(str, sys.version_info[:3])),
        hashes={} if hashes is None else {DEMO: AllowedHashes({name: frozenset(d) for name, d in hashes.items()})},
        formats=FormatControl(no_binary, only_binary),
        uploads=UploadLimits(UploadLimit(datetime.fromisoformat(limit.replace("Z", "+00:00"))) if limit else None),
        rules=ReleaseRules(
            frozenset(question["all_releases"]),
            frozenset(question["only_final"]),
            question["prefer_binary"],
            question["ignore_requires_python"],
        ),
    )


def list_standard(question: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The entries of the page without its variants."""
    return [entry for entry in question["files"] if "~" not in entry["filename"]]


def parse_page(entries: Sequence[dict[str, Any]]) -> list[File]:
    return list(parse_json_page(json.dumps({"meta": {}, "files": entries}), PAGE).files)


def make_entry(filename: str, file: File) -> dict[str, Any]:
    """A shown file as the entry of a page."""
    return {
        "filename": filename,
        "url": f"/files/{filename}#{file.filename}",
        "hashes": dict(file.hashes),
        "requires-python": file.requires_python,
        "yanked": False if file.yanked is None else file.yanked or True,
        **({} if file.upload_time is None else {"upload-time": file.upload_time}),
    }


def find_version(filename: str | None) -> Version | None:
    """The version of a file by its name."""
    if filename is None:
        return None
    listed = parse_listed_file(File(filename, ""), 0, DEMO)
    assert listed is not None
    return listed.version


def is_known_mismatch(question: Mapping[str, Any], entries: Sequence[dict[str, Any]], taken: str | None) -> bool:
    """Whether the page shows that pip will end when it has read the file that it takes: its hash is not listed."""
    hashes = question.get("hashes")
    if taken is None or hashes is None:
        return False
    known = next(entry["hashes"] for entry in entries if entry["filename"] == taken)
    return all(name in known and known[name] not in listed for name, listed in hashes.items())


def passes(question: Mapping[str, Any], filename: str) -> bool:
    """Whether pip accepts the file when it has read it, by its real name: each file has its own digests."""
    hashes = question.get("hashes")
    return hashes is None or any(digest(filename, name) in listed for name, listed in hashes.items())


#: One version written in two ways, and '===' asks for the one that is yanked.
TWO_SPELLINGS = {
    "files": [
        {"filename": name, "url": f"/{name}", "hashes": {}, "requires-python": None, "yanked": yanked}
        for name, yanked in (("demo-1.0-py3-none-any.whl", True), ("demo-1.0.0-py3-none-any.whl", False))
    ],
    "requirement": "demo===1.0",
    "formats": ([], []),
    "all_releases": [],
    "only_final": [],
    "prefer_binary": False,
    "ignore_requires_python": False,
}


#: In pip, the yanked final release keeps the pre-release out.
YANKED_FINAL = {
    **TWO_SPELLINGS,
    "files": [
        {"filename": name, "url": f"/{name}", "hashes": {}, "requires-python": None, "yanked": yanked}
        for name, yanked in (("demo-2.1rc1-py3-none-any.whl", False), ("demo-1.0-py3-none-any.whl", True))
    ],
    "requirement": "demo",
}


@examples(150)
@given(question=questions())
@example(question=TWO_SPELLINGS)
@example(question=YANKED_FINAL)
def test_without_variants_the_release_is_that_of_pip(pip: PipFinder, question: dict[str, Any]) -> None:
    entries = list_standard(question)
    taken = pip.ask(**{**question, "files": entries})
    if not entries:
        return
    choice = make_choice(question)
    found = find_release(show(parse_page(entries), choice), Requirement(question["requirement"]).specifier, choice)
    expected = None if is_known_mismatch(question, entries, taken) else find_version(taken)
    assert (found.taken.version if found.taken else None) == expected


@examples(150)
@given(question=questions())
@example(question=TWO_SPELLINGS)
def test_with_variants_pip_takes_the_release_that_it_takes_without(pip: PipFinder, question: dict[str, Any]) -> None:
    entries = list_standard(question)
    without = pip.ask(**{**question, "files": entries})
    choice = make_choice(question)
    project = show(parse_page(question["files"]), choice)
    shown = [make_entry(each.filename, each.file._replace(hashes=each.digests)) for each in project.shown]
    answer = pip.ask(**{**question, "files": shown})
    taken, _, real = (answer or "").partition("#")
    found = find_release(project, Requirement(question["requirement"]).specifier, choice)
    expected = None if is_known_mismatch(question, shown, taken or None) else find_version(taken or None)
    assert (found.taken.version if found.taken else None) == expected
    if without is not None and passes(question, without):
        assert expected is not None
        assert passes(question, real)
        if expected != find_version(without):
            # It is a release of which plain pip could take nothing: only its variants are for this Python.
            ordinary = [entry for entry in entries if find_version(entry["filename"]) == expected]
            assert pip.ask(**{**question, "files": ordinary}) is None


@examples(150)
@given(question=questions())
@example(question=YANKED_FINAL)
def test_no_verdict_says_that_a_wheel_is_chosen_of_a_newer_release(question: dict[str, Any]) -> None:
    """Newer than the one that is taken; of any release where none is."""
    choice = make_choice(question)
    project = show(parse_page(question["files"]), choice)
    found = find_release(project, Requirement(question["requirement"]).specifier, choice)
    passed_over = [one for one in found.admitted if found.taken is None or one.version > found.taken.version]
    assert [one.version for one in passed_over if one.chosen is not None] == []
