"""Providers are found by metadata alone, and their files have a fingerprint where that can be trusted."""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path

import pytest

from dualvariant.host.discovery import ProviderEntry, find_providers, installed_distributions
from sample_plugins import Site, provider


def found(site: Site) -> list[ProviderEntry]:
    return find_providers(installed_distributions([str(site.path)]))


def test_an_entry_says_whose_it_is(site: Site) -> None:
    site.install("one", provider("return None"), version="2.5")
    [entry] = found(site)
    assert (entry.name, entry.target) == ("one", "one:Provider")
    assert (entry.distribution, entry.version) == ("one-plugin", "2.5")
    assert str(entry) == "one:Provider (one-plugin 2.5)"


def test_nothing_is_imported(site: Site) -> None:
    site.install("explosive", "raise RuntimeError('imported')")
    assert [entry.name for entry in found(site)] == ["explosive"]
    assert "explosive" not in sys.modules


def test_the_same_entries_as_importlib_metadata() -> None:
    expected = {
        (entry.name, entry.value, entry.dist.name, entry.dist.version)
        for entry in importlib.metadata.entry_points(group="variantlib.plugins")
        if entry.dist is not None
    }
    assert expected == {(entry.name, entry.target, entry.distribution, entry.version) for entry in find_providers()}
    assert {"x86_64", "aarch64"} <= {name for name, *_ in expected}


def test_the_first_of_two_copies_is_the_one_that_an_import_finds(tmp_path: Path) -> None:
    first, second = Site(tmp_path / "a"), Site(tmp_path / "b")
    first.install("one", "", version="1")
    second.install("one", "", version="2")
    folders = [str(first.path), str(second.path)]
    assert [entry.version for entry in find_providers(installed_distributions(folders))] == ["1"]
    assert [entry.version for entry in find_providers(installed_distributions(folders[::-1]))] == ["2"]


def test_a_search_path_of_things_that_are_no_folders(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK")
    folders = [str(tmp_path / "x.zip"), str(tmp_path / "nowhere"), "bad\0name"[:3]]
    assert installed_distributions(folders) == []


def test_the_fingerprint_changes_with_a_file(site: Site) -> None:
    site.install("one", provider("return None"))
    [before] = found(site)
    assert before == found(site)[0]
    site.install("one", provider("return  None"))
    [after] = found(site)
    assert before.fingerprint is not None
    assert after.fingerprint is not None
    assert before.fingerprint != after.fingerprint


def test_an_editable_install_has_no_fingerprint(site: Site) -> None:
    site.install("one", provider("return None"), editable=True)
    assert [entry.fingerprint for entry in found(site)] == [None]


@pytest.mark.parametrize(
    ("row", "trusted"),
    [
        ("pkg/plugin.py,sha256=x,1", True),
        ("pkg/plugin/__init__.py,sha256=x,1", True),
        ("pkg/plugin.cpython-311-x86_64-linux-gnu.so,sha256=x,1", True),
        ("pkg/plugin.py,,", False),
        ("pkg/plugins.py,sha256=x,1", False),
        ("other/pkg/plugin.py,sha256=x,1", False),
        ("__editable__.pkg-1.pth,sha256=x,1", False),
    ],
)
def test_a_record_must_vouch_for_the_module(site: Site, row: str, trusted: bool) -> None:
    site.install("one", "", target="pkg.plugin:Provider")
    (site.path / "one_plugin-1.dist-info" / "RECORD").write_text(f"{row}\n")
    [entry] = found(site)
    assert trusted == (entry.fingerprint is not None)


def test_entry_points_in_every_spelling(site: Site) -> None:
    site.install("one", "")
    (site.path / "one_plugin-1.dist-info" / "entry_points.txt").write_text("# a comment\n[ variantlib.plugins ]\n")
    assert found(site) == []  # importlib.metadata does not take that for the group either
    (site.path / "one_plugin-1.dist-info" / "entry_points.txt").write_text(
        "[variantlib.plugins]\n# no = entry:point\n\na=m:A\nb = m.n : B.C [extra]\nnonsense\n[other]\nc = m:C\n"
    )
    assert [(entry.name, entry.target) for entry in found(site)] == [("a", "m:A"), ("b", "m.n:B.C")]
