"""Which installed variants are exchanged, and by which candidates."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from packaging.utils import canonicalize_name
from packaging.version import Version

from dualvariant.install.announcements import announce_unchanged
from dualvariant.install.exchange import find_exchanges
from dualvariant.repository.listed_file import ListedFile
from dualvariant.repository.page import File
from dualvariant.selection.choice import Choice
from dualvariant.selection.plan import Plan
from dualvariant.selection.project import Judgement, Project, Release
from dualvariant.target.installed import Installed
from indexed_folders import Recorder
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.meta import VariantDescription
from variantlib.preferences import Preferences
from variantlib.profile import HostProfile
from variantlib.selection import TagRanks, select
from variantlib.verdict import Candidate
from variantlib.wheel_name import parse_wheel_name

DEMO = canonicalize_name("demo")


def candidate(level: str | None) -> Candidate:
    """A wheel of the release, of a level or the standard one."""
    standard = parse_wheel_name("demo-1.0-py3-none-any.whl")
    if level is None:
        return Candidate(standard)
    description = VariantDescription.from_strings([f"x86_64 :: level :: {level}"])
    return Candidate(parse_wheel_name(standard.hash_filename(description.hexdigest)), description)


def plan(*levels: str | None, host: list[str]) -> Plan:
    """The plan for a release with these wheels on a host of these levels."""
    profile = HostProfile([ProviderConfig("x86_64", [KeyConfig("level", host)])])
    candidates = [candidate(level) for level in levels]
    verdicts = select(candidates, profile, TagRanks(["py3-none-any"]))
    files = [ListedFile(File(each.wheel.filename, ""), 0, each.wheel, each.wheel.version) for each in candidates]
    release = Release(
        Version("1.0"), files, lambda release: Judgement(verdicts, {}), lambda release: (), lambda release: ()
    )
    return Plan(Project(DEMO, lambda: ({release.version: release}, ())), release, release)


def installed(level: str | None, version: str = "1.0") -> Installed:
    """An installed distribution."""
    return Installed(DEMO, version, candidate(level).wheel.label, (), Path("/site"))


def test_another_variant_is_exchanged_and_every_wheel_that_fits_can_take_its_place() -> None:
    [exchange] = find_exchanges([plan("v2", None, "v4", "v3", host=["v3", "v2"])], [installed("v2")])
    assert [candidate(level).wheel for level in ("v3", "v2", None)] == [c.wheel for c in exchange.candidates]
    assert exchange.requirement == "demo==1.0"


def test_the_chosen_variant_is_not_exchanged() -> None:
    assert find_exchanges([plan("v2", "v3", host=["v3", "v2"])], [installed("v3")]) == []


def test_a_version_that_is_written_in_another_way_is_the_same_version() -> None:
    [exchange] = find_exchanges([plan("v3", host=["v3"])], [installed("v2", "1")])
    assert exchange.requirement == "demo==1.0"


def test_another_version_is_no_exchange() -> None:
    assert find_exchanges([plan("v3", host=["v3"])], [installed("v2", "0.9")]) == []


def test_no_version_is_no_exchange() -> None:
    assert find_exchanges([plan("v3", host=["v3"])], [installed("v2", "one")]) == []


def test_a_project_that_is_not_installed_is_no_exchange() -> None:
    assert find_exchanges([plan("v3", host=["v3"])], []) == []


@pytest.mark.parametrize("has_record", [True, False])
def test_the_way_to_a_better_variant_is_named_where_there_is_one(has_record: bool, tmp_path: Path) -> None:
    """pip and uv remove what is installed by its RECORD; packages of systems have none."""
    if has_record:
        (tmp_path / "RECORD").write_text("")
    reporter = Recorder()
    choice = Choice(HostProfile([]), (), "3.11.7")
    announce_unchanged([evolve(installed(None), metadata=tmp_path)], [plan(None, "v3", host=["v3"])], choice, reporter)
    (said,) = reporter.messages
    assert "variant a496bd9c" in said and ("--force-reinstall" in said) is has_record


@pytest.mark.parametrize(("version", "missed"), [("2.0", True), ("1", False)])
def test_a_variant_that_is_asked_for_in_vain_is_named(version: str, missed: bool) -> None:
    """Another release that is installed satisfies the requirement, so the installer leaves it."""
    asked = plan("v3", host=["v3"])
    label = candidate("v3").wheel.label
    assert label is not None
    choice = Choice(HostProfile([]), (), "3.11.7", {DEMO: Preferences(wanted=(label,))})
    reporter = Recorder()
    announce_unchanged([installed(None, version)], [asked], choice, reporter)
    assert any("the variant that --variant asks for is one of 1.0" in said for said in reporter.messages) == missed
    reporter.messages.clear()
    announce_unchanged([installed("v3", "2.0")], [asked], choice, reporter)
    assert not any("--variant asks" in said for said in reporter.messages)
