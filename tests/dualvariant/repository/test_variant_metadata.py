"""The metadata of variants: from where it is read, and what it costs if that fails."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

import samples
from demo_sources import LEVEL, TRANSPORT, list_wheels
from dualvariant.network.client import Client
from dualvariant.network.failures import DamagedError
from dualvariant.repository.content_cache import ContentCache
from dualvariant.repository.listed_file import parse_listed_file
from dualvariant.repository.page import JSON_TYPE, File
from dualvariant.repository.sources import Sources, SourceSettings
from dualvariant.repository.variant_metadata import MetadataReader
from servers import Answer, IndexServer
from variantlib.dialects import hashes
from variantlib.meta import VariantDescription


def _reader(places: dict[str, IndexServer], folder: Path) -> tuple[Sources, MetadataReader]:
    client = Client(TRANSPORT)
    return Sources(SourceSettings(places["index"].url), client), MetadataReader(client, ContentCache(folder / "cache"))


def _described(sources: Sources, reader: MetadataReader) -> tuple[list[str | None], list[str]]:
    wheels, listed = list_wheels(sources)
    described = reader.describe(wheels, listed.index_metadata)
    return [c.excluded for c in described.candidates if "~" in c.wheel.filename], list(described.problems)


@given(data=st.data())
def test_a_release_whose_files_write_its_version_in_several_ways(data: st.DataObject) -> None:
    """Each way has a document of its own; what the files that are excluded say does not matter."""
    variant = VariantDescription.from_strings([LEVEL.format("v3")])
    names = [f"demo-{text}~{variant.hexdigest}-py3-none-any.whl" for text in ("2.0", "2.0.0", "2")]
    names += ["demo-2.0-py3-none-any-v3.whl", "demo-2-py3-none-any-v3.whl", "demo-2.0.0-py3-none-any.whl"]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        documents = data.draw(st.sets(st.sampled_from(["2.0", "2.0.0", "2"])))
        for text in documents:
            (folder / f"demo-{text}~variants.json").write_text(hashes.dump_index({variant.hexdigest: variant}))
        wheels = []
        for name in data.draw(st.lists(st.sampled_from(names))):
            file = File(name, (folder / name).as_uri())  # the wheel itself is gone
            listed = parse_listed_file(file, 0, canonicalize_name("demo"))
            assert listed is not None
            wheels.append(listed._replace(excluded=data.draw(st.sampled_from([None, "malformed"]))))
        listing = {path.name: File(path.name, path.as_uri()) for path in folder.iterdir()}
        reader = MetadataReader(Client(TRANSPORT), ContentCache(folder / "cache"))
        described = reader.describe(wheels, {0: listing}).candidates
    assert [each.wheel.filename for each in described] == [each.file.filename for each in wheels]
    for candidate, listed in zip(described, wheels, strict=True):
        assert (candidate.excluded == "malformed") == (listed.excluded is not None)


def test_kept_metadata_counts_where_the_page_lists_no_other(places: dict[str, IndexServer], tmp_path: Path) -> None:
    """An installer compares what it reads with what the page lists, so the page may not be wrong about it."""
    sources, reader = _reader(places, tmp_path)
    wheel = next(each for each in list_wheels(sources)[0] if "~" in each.file.filename)
    assert wheel.wheel is not None
    metadata = reader.read_metadata(wheel.file, wheel.wheel)
    places["index"].override = lambda path: (200, {}, metadata) if path.endswith(".metadata") else None
    listed = wheel.file._replace(metadata={"sha256": hashlib.sha256(metadata).hexdigest()})
    before = len(places["index"].requests)
    assert reader.read_metadata(listed, wheel.wheel) == metadata
    assert len(places["index"].requests) == before
    with pytest.raises(DamagedError, match="its sha256 is another"):
        reader.read_metadata(wheel.file._replace(metadata={"sha256": "0" * 64}), wheel.wheel)


def test_a_wheel_that_is_gone_is_excluded_alone(places: dict[str, IndexServer], tmp_path: Path) -> None:
    places["index"].override = lambda path: (404, {}, b"") if path.endswith(".whl") else None
    excluded, problems = _described(*_reader(places, tmp_path))
    assert "404" in str(excluded[0]) and problems == []


@pytest.mark.parametrize("answer", [(500, {}, b""), (401, {}, b""), (200, {"Content-Length": "9999"}, b"x")])
def test_a_wheel_that_cannot_be_read_now_is_a_problem_of_the_release(
    answer: Answer, places: dict[str, IndexServer], tmp_path: Path
) -> None:
    """It may be the best one."""
    places["index"].override = lambda path: answer if path.endswith(".whl") else None
    excluded, problems = _described(*_reader(places, tmp_path))
    assert excluded == problems and len(problems) == 1


@pytest.mark.parametrize(
    "ranges", [(206, {"Content-Range": "bytes 0-9/10"}, b"x" * 99), (206, {}, b"x"), (206, {"Content-Range": "x"}, b"")]
)
def test_a_server_that_answers_range_requests_wrongly(
    ranges: Answer, places: dict[str, IndexServer], tmp_path: Path
) -> None:
    def answer_wrongly(path: str) -> Answer | None:
        return ranges if path.endswith(".whl") and "range" in places["index"].requests[-1][1] else None

    places["index"].override = answer_wrongly
    excluded, _ = _described(*_reader(places, tmp_path))
    (wheel,) = (tmp_path / "index").glob("*~*.whl")
    assert len(excluded) == 1 and (excluded[0] is None or wheel.name in excluded[0].replace("%7E", "~"))


def test_a_wheel_that_changes_while_it_is_read_in_ranges(
    places: dict[str, IndexServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dualvariant.network.remote_wheel.CHUNK", 64)
    (wheel,) = (tmp_path / "index").glob("*~*.whl")
    content = wheel.read_bytes()
    sizes = iter([len(content), len(content) + 7, len(content) + 7])

    def changing(path: str) -> Answer | None:
        wanted = places["index"].requests[-1][1].get("range", "").removeprefix("bytes=")
        if not path.endswith(".whl") or not wanted:
            return None
        size = next(sizes)
        first, _, last = wanted.partition("-")
        start = int(first) if first else size - int(last)
        end = int(last) + 1 if first else size
        whole = content + b"\0" * 7
        return 206, {"Content-Range": f"bytes {start}-{end - 1}/{size}"}, whole[start:end]

    places["index"].override = changing
    excluded, problems = _described(*_reader(places, tmp_path))
    assert wheel.name in str(excluded[0]).replace("%7E", "~") and problems == []


@pytest.mark.parametrize("status", [400, 405, 416, 501])
def test_a_server_that_refuses_ranges_is_asked_for_the_whole_file(
    status: int, places: dict[str, IndexServer], tmp_path: Path
) -> None:
    def refuse(path: str) -> Answer | None:
        return (status, {}, b"") if "range" in places["index"].requests[-1][1] else None

    places["index"].override = refuse
    assert _described(*_reader(places, tmp_path)) == ([None], [])


def test_a_metadata_file_that_the_page_lists_and_that_is_missing(
    places: dict[str, IndexServer], tmp_path: Path
) -> None:
    (wheel,) = (tmp_path / "index").glob("*~*.whl")
    entry = {"filename": wheel.name, "url": f"../../files/{wheel.name}", "hashes": {}, "core-metadata": True}
    page = json.dumps({"meta": {"api-version": "1.1"}, "files": [entry]}).encode()
    places["index"].override = lambda path: (
        (200, {"Content-Type": JSON_TYPE}, page) if path.startswith("/simple") else None
    )
    assert _described(*_reader(places, tmp_path)) == ([None], [])


def test_the_metadata_of_many_releases_is_read_several_at_once(places: dict[str, IndexServer], tmp_path: Path) -> None:
    import threading

    for number in range(16):
        samples.make_wheel(tmp_path / "third", "demo", f"2.{number}", properties=[LEVEL.format("v3")])
    eight = threading.Barrier(8)

    def together(path: str) -> None:
        if path.endswith(".whl"):
            eight.wait(TRANSPORT.timeout)  # breaks if fewer than eight run at once

    places["third"].override = together
    client = Client(TRANSPORT)
    wheels, listed = list_wheels(Sources(SourceSettings(places["third"].url), client))
    reader = MetadataReader(client, ContentCache(tmp_path / "cache"))
    reader.prefetch(wheels, listed.index_metadata)
    before = len(places["third"].requests)
    assert not any(c.excluded for c in reader.describe(wheels, listed.index_metadata).candidates)
    assert len(places["third"].requests) == before
