"""What the view shows of a project, for a host with x86_64 level v3."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

import samples
from dualvariant.network.client import Client
from dualvariant.network.transport import Transport
from dualvariant.repository.content_cache import ContentCache
from dualvariant.repository.sources import Sources, SourceSettings
from dualvariant.repository.variant_metadata import MetadataReader
from dualvariant.requirements.allowed_hashes import AllowedHashes
from dualvariant.requirements.format_control import FormatControl
from dualvariant.selection.choice import Choice
from dualvariant.selection.project import Project
from dualvariant.selection.view import View
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.profile import HostProfile
from variantlib.selection import Preferences

DEMO = canonicalize_name("demo")
V3 = HostProfile([ProviderConfig("x86_64", [KeyConfig("level", ["v3", "v2"])])])
STANDARD = "demo-1.0-py3-none-any.whl"


def make_view(folder: Path, **choice: object) -> View:
    settings = SourceSettings(find_links=(str(folder),), no_index=True)
    client = Client(Transport())
    values: dict[str, object] = {"profile": V3, "tags": ("py3-none-any",), "python": "3.11.7"}
    reader = MetadataReader(client, ContentCache(folder / "cache"))
    return View(Sources(settings, client), Choice(**{**values, **choice}), reader)  # type: ignore[arg-type]


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
    assert [(str(r.version), r.installable) for r in project.releases.values()] == [("2.0", False), ("1.0", True)]


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
    assert list(view.projects) == announced
