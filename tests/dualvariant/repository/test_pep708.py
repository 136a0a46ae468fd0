"""Whether several indexes hold one project, or several projects of one name (PEP 708)."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

import samples
from demo_sources import LEVEL, TRANSPORT, list_wheels
from dualvariant.network.client import Client
from dualvariant.repository.content_cache import ContentCache
from dualvariant.repository.page import JSON_TYPE
from dualvariant.repository.pep708 import PageLocation, find_other_projects
from dualvariant.repository.source import Index
from dualvariant.repository.sources import Sources, SourceSettings
from dualvariant.repository.variant_metadata import MetadataReader
from servers import IndexServer

A, B, C = (f"https://{name}/simple/demo/" for name in "abc")


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([PageLocation(A), PageLocation(B)], set()),  # no page names another one: as in pip
        ([PageLocation(A), PageLocation(B, tracks=(A,))], set()),
        ([PageLocation(A, tracks=(B,)), PageLocation(B)], set()),
        ([PageLocation(A), PageLocation(B, tracks=(A,)), PageLocation(C)], {2}),
        ([PageLocation(A, tracks=(C,)), PageLocation(B, tracks=(C,))], set()),
        ([PageLocation(A, tracks=("https://A/simple/demo",)), PageLocation(B)], {1}),
        ([PageLocation(A, alternates=(B,)), PageLocation(B, alternates=(A,))], set()),
        ([PageLocation(A, alternates=(A, B)), PageLocation(B, alternates=(A, B))], set()),
        ([PageLocation(A, alternates=(B,)), PageLocation(B)], {1}),  # one side's word is not enough
        ([PageLocation(A, alternates=(B,)), PageLocation(B, alternates=(A, C))], {1}),
        ([PageLocation(A), None, PageLocation(C, tracks=(B,))], {0}),
        (
            [PageLocation(None), PageLocation(A, tracks=(C,)), PageLocation(B)],
            {2},
        ),  # the user has named the folder for this project
        ([PageLocation("https://me:pw@a/simple/demo/"), PageLocation(B, tracks=(A,))], set()),
    ],
)
def test_which_pages_are_of_another_project(places: list[PageLocation | None], expected: set[int]) -> None:
    assert find_other_projects(places) == expected


def _page(server: IndexServer, folder: Path, tracks: list[str]) -> None:
    entries = [
        {
            "filename": path.name,
            "url": f"../../files/{path.name}",
            "hashes": {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()},
        }
        for path in sorted(folder.glob("*.whl"))
    ]
    page = json.dumps({"meta": {"api-version": "1.2", "tracks": tracks}, "files": entries}).encode()
    server.override = lambda path: (200, {"Content-Type": JSON_TYPE}, page) if path.startswith("/simple") else None


def test_a_variant_of_another_project_is_not_chosen_and_its_standard_wheel_counts(
    places: dict[str, IndexServer], tmp_path: Path
) -> None:
    """``extra`` extends ``index``, and no page names ``third``: only the variants of the former two count."""
    for name in ("extra", "third"):
        samples.make_wheel(tmp_path / name, "demo", "1.0", properties=[LEVEL.format("v4"), f"from :: x :: {name}"])
    _page(places["extra"], tmp_path / "extra", [f"{places['index'].url}/demo/"])
    client = Client(TRANSPORT)
    sources = Sources(SourceSettings(places["index"].url, (places["extra"].url, places["third"].url)), client)
    wheels, listed = list_wheels(sources)
    reader = MetadataReader(client, ContentCache(tmp_path / "cache"))
    candidates = reader.describe(wheels, listed.index_metadata).candidates
    excluded = {
        source.url: candidate.excluded
        for wheel, candidate in zip(wheels, candidates, strict=True)
        if "~" in wheel.file.filename and isinstance(source := sources.sources[wheel.source], Index)
    }
    assert excluded[places["index"].url] is None and excluded[places["extra"].url] is None
    assert excluded[places["third"].url] is not None
    assert any("~" not in wheel.file.filename and wheel.source == 2 for wheel in wheels)
