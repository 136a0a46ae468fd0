"""What the view shows of a project, for a host with x86_64 level v3."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from packaging.utils import NormalizedName, canonicalize_name

import samples
from dualvariant.network.client import Client
from dualvariant.network.failures import InvalidPageError
from dualvariant.network.transport import Transport
from dualvariant.network.urls import local_path
from dualvariant.repository.content_cache import ContentCache
from dualvariant.repository.listed_file import ListedFile
from dualvariant.repository.page import JSON_TYPE, File
from dualvariant.repository.sources import ProjectFiles, Sources, SourceSettings
from dualvariant.repository.variant_metadata import MetadataReader, ReleaseCandidates
from dualvariant.requirements.allowed_hashes import AllowedHashes
from dualvariant.requirements.format_control import FormatControl
from dualvariant.selection.choice import Choice
from dualvariant.selection.project import Project
from dualvariant.selection.view import View
from processes import PATIENCE
from servers import IndexServer, serving
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.profile import HostProfile
from variantlib.selection import Preferences

DEMO = canonicalize_name("demo")
V3 = HostProfile([ProviderConfig("x86_64", [KeyConfig("level", ["v3", "v2"])])])
STANDARD = "demo-1.0-py3-none-any.whl"


def make_view(*places: Path, **choice: object) -> View:
    settings = SourceSettings(find_links=tuple(map(str, places)), no_index=True)
    client = Client(Transport())
    values: dict[str, object] = {"profile": V3, "tags": ("py3-none-any",), "python": "3.11.7"}
    reader = MetadataReader(client, ContentCache(places[0].parent / "cache"))
    return View(Sources(settings, client), Choice(**{**values, **choice}), lambda: reader)  # type: ignore[arg-type]


def variant(folder: Path, level: str, version: str = "1.0") -> Path:
    return samples.make_wheel(folder, "demo", version, properties=[f"x86_64 :: level :: {level}"])


def shown(view: View) -> dict[str, str]:
    """File name for the installer → file name on the source."""
    project = view.project(DEMO)
    assert project is not None
    return {file.filename: file.file.filename for file in project.shown}


def test_the_best_variant_takes_the_place_of_the_standard_wheel(tmp_path: Path) -> None:
    samples.make_wheel(tmp_path, "demo", "1.0")
    variant(tmp_path, "v2")
    best = variant(tmp_path, "v3")
    variant(tmp_path, "v4")
    assert shown(make_view(tmp_path)) == {STANDARD: best.name}


def test_wheels_for_other_platforms_and_sdists_are_shown(tmp_path: Path) -> None:
    best = variant(tmp_path, "v3")
    others = {"demo-1.0-cp311-cp311-win_amd64.whl", "demo-1.0.tar.gz"}
    for name in others:
        (tmp_path / name).write_bytes(b"")
    assert shown(make_view(tmp_path)) == {STANDARD: best.name, **{name: name for name in others}}


@pytest.mark.parametrize("known", [True, False])
def test_a_variant_is_not_preferred_for_a_digest_that_the_standard_wheel_does_not_show(
    known: bool, tmp_path: Path
) -> None:
    """pip prefers a listed digest to a newer release: plain pip knows no digest of files in a folder."""
    standard = samples.make_wheel(tmp_path / "wheels", "demo", "1.0")
    best = variant(tmp_path / "wheels", "v3")
    page = tmp_path / "page" / "links.html"
    page.parent.mkdir()
    digests = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in (standard, best)}
    page.write_text(
        f'<a href="../wheels/{standard.name}{f"#sha256={digests[standard]}" if known else ""}">x</a>'
        f'<a href="../wheels/{best.name}#sha256={digests[best]}">x</a>'
    )
    hashes = {DEMO: AllowedHashes({"sha256": frozenset(digests.values())})}
    project = make_view(page, hashes=hashes).project(DEMO)
    assert project is not None
    assert [(file.file.filename, dict(file.digests)) for file in project.shown] == [
        (best.name, {"sha256": digests[best]} if known else {})
    ]


def test_a_release_without_variants_is_shown_as_it_is(tmp_path: Path) -> None:
    samples.make_wheel(tmp_path, "demo", "1.0")
    (file,) = make_view(tmp_path).project(DEMO).shown  # type: ignore[union-attr]
    assert (file.filename, file.is_renamed) == (STANDARD, False)


def test_a_release_whose_variants_do_not_fit_is_not_shown(tmp_path: Path) -> None:
    variant(tmp_path, "v4", "2.0")
    samples.make_wheel(tmp_path, "demo", "1.0")
    view = make_view(tmp_path)
    assert shown(view) == {STANDARD: STANDARD}
    project = view.project(DEMO)
    assert project is not None
    chosen = [(str(release.version), release.chosen is not None) for release in project.releases.values()]
    assert chosen == [("2.0", False), ("1.0", True)]


def test_releases_without_a_wanted_variant_are_hidden(tmp_path: Path) -> None:
    samples.make_wheel(tmp_path, "demo", "2.0")
    wanted = variant(tmp_path, "v2")
    variant(tmp_path, "v3")
    wish = Preferences(("x86_64 :: level :: v2",))
    assert shown(make_view(tmp_path, named={DEMO: wish})) == {STANDARD: wanted.name}


def test_a_file_without_a_version_that_can_be_parsed_is_shown_last(tmp_path: Path) -> None:
    samples.make_wheel(tmp_path, "demo", "1.0")
    (tmp_path / "demo-odd-name.whl").write_bytes(b"")
    assert list(shown(make_view(tmp_path))) == [STANDARD, "demo-odd-name.whl"]


@pytest.mark.parametrize(
    ("formats", "expected"),
    [
        (FormatControl(no_binary=frozenset([DEMO])), {"demo-1.0.tar.gz"}),
        (FormatControl(only_binary=frozenset([DEMO])), {STANDARD}),
    ],
)
def test_formats(formats: FormatControl, expected: set[str], tmp_path: Path) -> None:
    variant(tmp_path, "v3")
    (tmp_path / "demo-1.0.tar.gz").write_bytes(b"")
    assert set(shown(make_view(tmp_path, formats=formats))) == expected


def test_only_files_with_a_listed_hash_are_chosen(tmp_path: Path) -> None:
    standard = samples.make_wheel(tmp_path, "demo", "1.0")
    variant(tmp_path, "v3")
    listed = AllowedHashes.from_options([f"sha256:{hashlib.sha256(standard.read_bytes()).hexdigest()}"])
    assert shown(make_view(tmp_path, hashes={DEMO: listed})) == {STANDARD: STANDARD}


@pytest.mark.parametrize("standard_yanked", [False, True])
@pytest.mark.parametrize("variant_yanked", [False, True])
def test_a_variant_counts_if_it_is_yanked_like_what_it_replaces(
    standard_yanked: bool, variant_yanked: bool, tmp_path: Path
) -> None:
    """PEP 592: an installer passes over yanked files, unless the release is pinned and has no other ones."""
    samples.make_wheel(tmp_path, "demo", "1.0")
    best = variant(tmp_path, "v3")
    yanked = {STANDARD: standard_yanked, best.name: variant_yanked}
    links = "".join(f'<a href="{name}" {"data-yanked=" * is_yanked}>{name}</a>' for name, is_yanked in yanked.items())
    page = tmp_path / "links.html"
    page.write_text(f"<!DOCTYPE html><html><body>{links}</body></html>")
    chosen = best.name if standard_yanked == variant_yanked else STANDARD
    assert shown(make_view(page)) == {STANDARD: chosen}


@pytest.mark.parametrize("good", ["first", "second"])
def test_of_copies_of_one_name_the_last_that_passes_counts(good: str, tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("first", "second")}
    for name, folder in folders.items():
        samples.make_wheel(folder, "demo", "1.0")
        best = variant(folder, "v3")
        if name != good:
            best.write_bytes(b"damaged")
    project = make_view(*folders.values()).project(DEMO)
    assert project is not None
    (release,) = project.releases.values()
    chosen = release.chosen
    assert chosen is not None and local_path(release.find_copy(chosen).file.url) == folders[good] / best.name
    assert [file.filename for file in release.shown] == [STANDARD]


def test_a_project_that_no_source_has(tmp_path: Path) -> None:
    assert make_view(tmp_path).project(DEMO) is None


def test_a_project_is_made_and_announced_once_however_many_threads_ask(tmp_path: Path) -> None:
    variant(tmp_path, "v3")
    view = make_view(tmp_path)
    announced: list[Project] = []
    view.announce = announced.append
    found: list[Project | None] = []
    threads = [threading.Thread(target=lambda: found.append(view.project(DEMO))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(announced) == 1 and len(found) == 8
    assert all(project is announced[0] for project in found)


def test_several_projects_are_asked_for_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page waits until the other one is asked for as well; a page that cannot be read is told."""
    view = make_view(tmp_path)
    names = [canonicalize_name(name) for name in ("one", "two", "bad")]
    together = threading.Barrier(len(names))

    def list_files(name: NormalizedName) -> ProjectFiles | None:
        together.wait(PATIENCE)
        if name == "bad":
            raise InvalidPageError("no page", "none")
        return None

    monkeypatch.setattr(view.sources, "list_files", list_files)
    failures = view.prefetch([*names, None, names[0]])
    assert [(name, type(error)) for name, error in failures.items()] == [("bad", InvalidPageError)]
    assert view.project(names[0]) is None  # it is not asked for again


# --- only what somebody asks for


def test_a_release_is_judged_when_somebody_asks_for_it(tmp_path: Path) -> None:
    """One that has no variants, and that nobody asks for, costs nothing."""
    variant(tmp_path, "v3", "2.0")
    variant(tmp_path, "v3", "1.0")
    samples.make_wheel(tmp_path, "demo", "0.5")
    view = make_view(tmp_path)
    read: list[str] = []
    describe = view.reader.describe

    def noted(
        wheels: Sequence[ListedFile], index_metadata: Mapping[int, Mapping[str, File]], wanted: Sequence[str] = ()
    ) -> ReleaseCandidates:
        read.append(str(wheels[0].version))
        return describe(wheels, index_metadata, wanted)

    view.reader.describe = noted  # type: ignore[method-assign]
    project = view.project(DEMO)
    assert project is not None
    newest = next(iter(project.releases.values()))
    assert (newest.chosen is not None, read) == (True, ["2.0"])
    assert len(project.shown) == 3
    assert read == ["2.0", "1.0"]
    assert all(release.chosen is not None for release in project.releases.values())
    assert read == ["2.0", "1.0", "0.5"]


def test_a_page_without_variants_is_not_parsed_before_somebody_asks(tmp_path: Path) -> None:
    samples.make_wheel(tmp_path, "demo", "1.0")
    with serving(IndexServer(tmp_path, "json")) as server:
        page = server.page("demo").replace(b"../../files", server.url.replace("simple", "files").encode())
        server.override = lambda path: (200, {"Content-Type": JSON_TYPE}, page + b"]")
        client = Client(Transport(timeout=PATIENCE, retries=0))
        reader = MetadataReader(client, ContentCache(None))
        choice = Choice(V3, ("py3-none-any",), "3.11.7")
        view = View(Sources(SourceSettings(server.url), client), choice, lambda: reader)
        project = view.project(DEMO)
        assert project is not None and project.plain is not None
        with pytest.raises(InvalidPageError):
            list(project.releases)
        wish = choice._replace(named={DEMO: Preferences(("x",))})
        wanting = View(Sources(SourceSettings(server.url), client), wish, lambda: reader)
        with pytest.raises(InvalidPageError):  # with a wish, releases may have to be hidden
            wanting.project(DEMO)
