"""What the user prefers, avoids and requires, and what has failed here: in the view and in the digest of the choice."""

from __future__ import annotations

import hashlib
from pathlib import Path

from packaging.utils import canonicalize_name

import samples
from dualvariant.network.client import Client
from dualvariant.network.transport import Transport
from dualvariant.repository.content_cache import ContentCache
from dualvariant.repository.sources import Sources, SourceSettings
from dualvariant.repository.variant_metadata import MetadataReader
from dualvariant.selection.choice import Choice
from dualvariant.selection.view import View
from dualvariant.trial.failures import WheelFailure
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.profile import HostProfile
from variantlib.property_rules import PropertyPattern, PropertyRules
from variantlib.selection import Preferences

DEMO = canonicalize_name("demo")
V3 = HostProfile([ProviderConfig("x86_64", [KeyConfig("level", ["v3", "v2"])])])
STANDARD = "demo-1.0-py3-none-any.whl"
LEVEL_V2 = (PropertyPattern("x86_64", "level", "v2"),)


def make_choice(**choice: object) -> Choice:
    values: dict[str, object] = {"profile": V3, "tags": ("py3-none-any",), "python": "3.11.7"}
    return Choice(**{**values, **choice})  # type: ignore[arg-type]  # the test's own words


def make_view(folder: Path, choice: Choice) -> View:
    client = Client(Transport())
    sources = Sources(SourceSettings(find_links=(str(folder),), no_index=True), client)
    return View(sources, choice, lambda: MetadataReader(client, ContentCache(folder.parent / "cache")))


def with_rules(**rules: tuple[PropertyPattern, ...]) -> Choice:
    return make_choice(others=Preferences(properties=PropertyRules(**rules)))


def taken(view: View) -> dict[str, str | None]:
    """For each release, the file that the installer gets as the wheel; None where it gets nothing at all."""
    project = view.project(DEMO)
    assert project is not None
    return {
        str(release.version): release.shown[0].file.filename if release.shown else None
        for release in project.releases.values()
    }


def variant(folder: Path, level: str, version: str = "1.0") -> Path:
    return samples.make_wheel(folder, "demo", version, properties=[f"x86_64 :: level :: {level}"])


def test_preference_and_avoidance_change_what_is_shown(tmp_path: Path) -> None:
    folder = tmp_path / "wheels"
    samples.make_wheel(folder, "demo", "1.0")
    v2, v3 = variant(folder, "v2"), variant(folder, "v3")
    assert taken(make_view(folder, make_choice())) == {"1.0": v3.name}
    assert taken(make_view(folder, with_rules(prefer=LEVEL_V2))) == {"1.0": v2.name}
    assert taken(make_view(folder, with_rules(avoid=(PropertyPattern("x86_64"),)))) == {"1.0": STANDARD}


def test_what_is_required_hides_every_other_file_of_a_project_with_variants(tmp_path: Path) -> None:
    """Also those of a release without variants, which would be taken silently instead."""
    folder = tmp_path / "wheels"
    for version in ("0.9", "1.0", "1.1"):
        samples.make_wheel(folder, "demo", version)
        (folder / f"demo-{version}.tar.gz").write_bytes(b"")
    v2 = variant(folder, "v2")
    variant(folder, "v3", "1.1")
    required = make_view(folder, with_rules(require=LEVEL_V2))
    assert taken(required) == {"1.1": None, "1.0": v2.name, "0.9": None}


def test_what_is_required_says_nothing_of_a_project_without_variants(tmp_path: Path) -> None:
    folder = tmp_path / "wheels"
    samples.make_wheel(folder, "demo", "1.0")
    assert taken(make_view(folder, with_rules(require=LEVEL_V2))) == {"1.0": STANDARD}


def test_a_wheel_that_has_failed_is_not_shown_and_another_one_of_that_name_is(tmp_path: Path) -> None:
    folder = tmp_path / "wheels"
    v3, v2 = variant(folder, "v3"), variant(folder, "v2")
    sha256 = hashlib.sha256(v3.read_bytes()).hexdigest()
    for digest, expected in ((sha256, v2), ("0" * 64, v3)):
        failure = WheelFailure(v3.name, digest, "cpu", "demo", "1.0", "label", "crashed", 0.0)
        view = make_view(folder, make_choice(failures={failure.key[:2]: failure}))
        assert taken(view) == {"1.0": expected.name}


def test_a_failure_in_this_run_changes_choice_and_digest(tmp_path: Path) -> None:
    folder = tmp_path / "wheels"
    v3, v2 = variant(folder, "v3"), variant(folder, "v2")
    view = make_view(folder, make_choice())
    before = view.choice.digest(())
    project = view.project(DEMO)
    assert project is not None
    (release,) = project.releases.values()
    assert release.chosen is not None
    failure = WheelFailure(v3.name, "00", "cpu", "demo", "1.0", "label", "crashed", 0.0)
    view.exclude_failed(project, release.find_copy(release.chosen), failure)
    assert taken(view) == {"1.0": v2.name}
    assert view.choice.digest(()) != before


def test_everything_that_changes_a_choice_changes_its_digest() -> None:
    failure = WheelFailure("a.whl", "00", "cpu", "a", "1", "label", "crashed", 0.0)
    choices = [
        make_choice(),
        *(with_rules(**{rule: LEVEL_V2}) for rule in ("prefer", "avoid", "require")),
        with_rules(prefer=(PropertyPattern("x86_64", "level"),)),
        make_choice(named={DEMO: Preferences(properties=PropertyRules(avoid=LEVEL_V2))}),
        make_choice(failures={failure.key[:2]: failure}),
    ]
    assert len({choice.digest(()) for choice in choices}) == len(choices)
