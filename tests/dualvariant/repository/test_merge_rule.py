"""Of two files with one name, the one that each installer takes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import clients
import samples
from demo_sources import DEMO, TRANSPORT, list_by_name, uv_settings
from dualvariant.network.client import Client
from dualvariant.repository.merge_rule import UV_FIRST_INDEX, make_best_match_rule
from dualvariant.repository.sources import Sources, SourceSettings
from servers import IndexServer, serving

# --- pip


MERGES: dict[str, tuple[list[str], str]] = {
    "index and extra": (["index", "extra"], "extra"),
    "folder and index": (["links", "index"], "index"),
    "page and index": (["page", "index"], "index"),
    "folder and page": (["links", "page"], "page"),
    "page and folder": (["page", "links"], "page"),
    "two folders": (["more", "links"], "links"),
    "two folders the other way": (["links", "more"], "links"),
}


def arguments(names: list[str], places: dict[str, IndexServer], folder: Path) -> tuple[list[str], SourceSettings]:
    """pip's options for these sources, and our settings."""
    indexes = [places[name].url for name in names if name in ("index", "extra")]
    links = [
        f"{places[n].url}/demo/" if n == "page" else str(folder / n) for n in names if n in ("page", "links", "more")
    ]
    options = ["--no-index"] if not indexes else ["-i", indexes[0]]
    options += [word for url in indexes[1:] for word in ("--extra-index-url", url)]
    options += [word for place in links for word in ("-f", place)]
    return options, SourceSettings(indexes[0] if indexes else "", tuple(indexes[1:]), tuple(links), not indexes)


@pytest.mark.parametrize("pip", ["21.3", "23.2.1", "26.3"])
def test_pip_takes_the_file_that_we_take(pip: str, places: dict[str, IndexServer], tmp_path: Path) -> None:
    target = clients.make_target(tmp_path / "target", pip)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    environment.update(PIP_CONFIG_FILE=os.devnull, PIP_DISABLE_PIP_VERSION_CHECK="1", HOME=str(tmp_path))
    for case, (names, expected) in MERGES.items():
        options, settings = arguments(names, places, tmp_path)
        into = tmp_path / case
        command = [target, "-m", "pip", "install", "-q", "--no-cache-dir", "--no-deps", "-t", into, *options, "demo"]
        subprocess.run(list(map(str, command)), env=environment, check=True)
        theirs = (into / "demo.py").read_text()
        ours = list_by_name(Sources(settings, Client(TRANSPORT)))["demo-1.0-py3-none-any.whl"]
        wheel = samples.make_wheel(tmp_path / "again", "demo", "1.0", body=theirs)
        assert theirs == f"FROM = {expected!r}\n", case
        assert Client(TRANSPORT).read(ours.file.url) == wheel.read_bytes(), case


# --- uv


def test_uv_takes_files_of_find_links_with_those_of_the_first_index(
    places: dict[str, IndexServer], tmp_path: Path
) -> None:
    samples.make_wheel(tmp_path / "links", "demo", "9.0")
    same = next(places["index"].folder.glob("demo-*-py3-none-any.whl")).name
    (tmp_path / "links" / same).write_bytes(b"another")
    settings = uv_settings(places["index"].url, places["extra"].url, find_links=(str(tmp_path / "links"),))
    names = list_by_name(Sources(settings, Client(TRANSPORT)))
    assert names["demo-9.0-py3-none-any.whl"].source == 0
    copies = Sources(settings, Client(TRANSPORT)).list_files(DEMO)
    assert copies is not None and copies.first_counts
    assert next(file.source for file in copies.files if file.file.filename == same) == 0  # the find-links folder's
    assert {file.source for file in names.values()} == {0, 1}


def test_for_uv_a_folder_with_the_name_of_a_file_does_not_count(tmp_path: Path) -> None:
    """pip takes it for a project."""
    samples.make_wheel(tmp_path, "demo", "1.0")
    (tmp_path / "demo-2.0.tar.gz").mkdir()
    (tmp_path / "demo-3.0-py3-none-any.whl").mkdir()
    options = ["--dry-run", "--no-index", "--find-links", str(tmp_path), "--target", str(tmp_path / "into")]
    command: list[str | Path] = [clients.uv(), "pip", "install", "--python", sys.executable, *options, "demo"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert "+ demo==1.0" in result.stderr
    settings = SourceSettings(find_links=(str(tmp_path),), no_index=True, rule=UV_FIRST_INDEX)
    assert {*list_by_name(Sources(settings, Client(TRANSPORT)))} == {"demo-1.0-py3-none-any.whl"}


def test_unsafe_best_match_takes_each_release_from_the_first_index_that_has_it_for_the_target(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    samples.make_wheel(first, "demo", "1.0")
    samples.make_wheel(first, "demo", "2.0", tag="py3-none-win_amd64")
    samples.make_wheel(second, "demo", "1.0", build="1")
    samples.make_wheel(second, "demo", "2.0")
    samples.make_wheel(second, "demo", "3.0")
    with serving(IndexServer(first)) as one, serving(IndexServer(second)) as two:
        settings = uv_settings(one.url, two.url, rule=make_best_match_rule(["py3-none-any"]))
        names = list_by_name(Sources(settings, Client(TRANSPORT)))
    assert {name: file.source for name, file in names.items()} == {
        "demo-1.0-py3-none-any.whl": 0,
        "demo-2.0-py3-none-any.whl": 1,
        "demo-3.0-py3-none-any.whl": 1,
    }


def test_with_unsafe_best_match_an_index_without_a_file_that_may_be_taken_does_not_count(tmp_path: Path) -> None:
    """``--no-binary``: the sdist is on the second index only."""
    first, second = tmp_path / "first", tmp_path / "second"
    samples.make_wheel(first, "demo", "1.0")
    samples.make_wheel(second, "demo", "1.0")
    (second / "demo-1.0.tar.gz").write_bytes(b"")
    rule = make_best_match_rule(["py3-none-any"], lambda file, project: project == DEMO and file.filename[-1] == "z")
    with serving(IndexServer(first)) as one, serving(IndexServer(second)) as two:
        names = list_by_name(Sources(uv_settings(one.url, two.url, rule=rule), Client(TRANSPORT)))
    assert {name: file.source for name, file in names.items()} == {
        "demo-1.0-py3-none-any.whl": 1,
        "demo-1.0.tar.gz": 1,
    }


def test_with_unsafe_best_match_a_variant_makes_no_index_the_first(tmp_path: Path) -> None:
    """Plain uv does not see it; on the first index it is a candidate, beside the standard wheel of the second."""
    first, second = tmp_path / "first", tmp_path / "second"
    samples.make_wheel(first, "demo", "1.0", tag="py3-none-win_amd64")
    variant = samples.make_wheel(first, "demo", "1.0", properties=["x86_64 :: level :: v3"])
    samples.make_wheel(second, "demo", "1.0")
    with serving(IndexServer(first)) as one, serving(IndexServer(second)) as two:
        settings = uv_settings(one.url, two.url, rule=make_best_match_rule(["py3-none-any"]))
        names = list_by_name(Sources(settings, Client(TRANSPORT)))
    assert {name: file.source for name, file in names.items()} == {variant.name: 0, "demo-1.0-py3-none-any.whl": 1}
