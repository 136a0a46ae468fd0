"""Several sources together, sources that fail, and the variant metadata that is read from them."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name
from pip._internal.index.collector import _ensure_api_header, _NotAPIContent
from pip._vendor.requests.models import PreparedRequest, Response

import clients
import samples
from dualvariant.network.client import Client
from dualvariant.network.failures import DamagedError, ForbiddenError, InvalidPageError, SourceError
from dualvariant.network.pages import Page
from dualvariant.network.transport import Transport
from dualvariant.repository.content_cache import ContentCache
from dualvariant.repository.listed_file import ListedFile, find_sha256
from dualvariant.repository.merge_rule import PIP_RULE, UV_FIRST_INDEX, MergeRule, make_best_match_rule
from dualvariant.repository.page import HTML_TYPE, JSON_TYPE
from dualvariant.repository.pep708 import PageLocation, find_other_projects
from dualvariant.repository.source import Index
from dualvariant.repository.sources import InvalidUrlError, NoSourcesError, ProjectFiles, Sources, SourceSettings
from dualvariant.repository.variant_metadata import MetadataReader
from processes import PATIENCE
from property_tests import examples
from servers import Answer, IndexServer, serving

DEMO = canonicalize_name("demo")
#: A server on this machine always answers in this time, however busy the machine is.
TRANSPORT = Transport(timeout=PATIENCE, retries=0)
LEVEL = "x86_64 :: level :: {}"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def list_by_name(sources: Sources) -> dict[str, ListedFile]:
    listed = sources.list_files(DEMO)
    return {file.file.filename: file for file in listed.files} if listed else {}


def list_wheels(sources: Sources) -> tuple[list[ListedFile], ProjectFiles]:
    listed = sources.list_files(DEMO)
    assert listed is not None
    return [file for file in listed.files if file.wheel is not None], listed


@pytest.fixture
def places(tmp_path: Path) -> Iterator[dict[str, IndexServer]]:
    """Four servers, each with ``demo`` 1.0 saying which one it came from; ``index`` has a variant too."""
    with ExitStack() as stack:
        found = {}
        for name in ("index", "extra", "page", "third"):
            samples.make_wheel(tmp_path / name, "demo", "1.0", body=f"FROM = {name!r}\n")
            found[name] = stack.enter_context(serving(IndexServer(tmp_path / name)))
        samples.make_wheel(tmp_path / "index", "demo", "1.0", properties=[LEVEL.format("v3")])
        for name in ("links", "more"):
            samples.make_wheel(tmp_path / name, "demo", "1.0", body=f"FROM = {name!r}\n")
        yield found


# --- of two files with one name, the one that pip takes


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


def test_a_file_that_is_listed_twice_with_two_hashes(places: dict[str, IndexServer]) -> None:
    name = "demo-1.0-py3-none-any.whl"
    entries = [{"filename": name, "url": f"/{n}/{name}", "hashes": {"sha256": n * 64}} for n in ("a", "b", "b")]
    page = json.dumps({"meta": {"api-version": "1.0"}, "files": entries}).encode()
    places["index"].override = lambda path: (200, {"Content-Type": JSON_TYPE}, page)
    messages: list[str] = []
    sources = Sources(SourceSettings(places["index"].url), Client(TRANSPORT), messages.append)
    assert list_by_name(sources)[name].file.hashes == {"sha256": "b" * 64}
    assert len(messages) == 1 and name in messages[0]


# --- find-links


def test_what_a_find_links_folder_has(tmp_path: Path) -> None:
    """Files, and the pages beside them, as pip reads both."""
    samples.make_wheel(tmp_path, "demo", "1.0")
    samples.make_wheel(tmp_path / "else", "demo", "2.0")
    (tmp_path / "demo-3.0.tar.gz").write_bytes(b"")
    (tmp_path / "list.html").write_text('<a href="else/demo-2.0-py3-none-any.whl">x</a>')
    (tmp_path / "notes.txt").write_text("demo-4.0-py3-none-any.whl")
    found = list_by_name(Sources(SourceSettings(find_links=(str(tmp_path),), no_index=True), Client(TRANSPORT)))
    assert sorted(found) == ["demo-1.0-py3-none-any.whl", "demo-2.0-py3-none-any.whl", "demo-3.0.tar.gz"]


def test_a_find_links_that_is_one_file(tmp_path: Path) -> None:
    wheel = samples.make_wheel(tmp_path, "demo", "1.0")
    remote = "http://127.0.0.1:9/files/demo-2.0-py3-none-any.whl#sha256=" + "a" * 64
    for link in (str(wheel), wheel.as_uri(), remote):
        found = list_by_name(Sources(SourceSettings(find_links=(link,), no_index=True), Client(TRANSPORT)))
        assert len(found) == 1, link
    assert found["demo-2.0-py3-none-any.whl"].file.hashes == {"sha256": "a" * 64}


# --- a source that fails


@pytest.mark.parametrize("status", [401, 429, 500])
def test_a_source_that_fails_is_passed_over_and_named_once(status: int, places: dict[str, IndexServer]) -> None:
    """As in pip; what only it has is missed, and the user learns of that."""
    places["extra"].override = lambda path: (status, {}, b"")
    messages: list[str] = []
    settings = SourceSettings(places["index"].url, (places["extra"].url,))
    sources = Sources(settings, Client(TRANSPORT), messages.append)
    assert len(list_by_name(sources)) == 2 and len(list_by_name(sources)) == 2
    assert len(messages) == 1
    assert f"{places['extra'].url}/demo/" in messages[0] and str(status) in messages[0]


@pytest.mark.parametrize("status", [401, 429, 500])
def test_a_source_that_fails_is_an_error_if_the_user_is_strict(status: int, places: dict[str, IndexServer]) -> None:
    places["extra"].override = lambda path: (status, {}, b"")
    settings = SourceSettings(places["index"].url, (places["extra"].url,), strict=True)
    with pytest.raises(SourceError) as caught:
        Sources(settings, Client(TRANSPORT)).list_files(DEMO)
    assert f"{places['extra'].url}/demo/" in str(caught.value) and str(status) in str(caught.value)


def test_a_source_that_fails_is_an_error_if_no_other_has_the_project(places: dict[str, IndexServer]) -> None:
    """It is not known then whether the project exists."""
    places["index"].override = lambda path: (404, {}, b"")
    places["extra"].override = lambda path: (500, {}, b"")
    settings = SourceSettings(places["index"].url, (places["extra"].url,))
    with pytest.raises(SourceError):
        Sources(settings, Client(TRANSPORT)).list_files(DEMO)


def test_a_folder_that_is_not_there_is_named_once(places: dict[str, IndexServer], tmp_path: Path) -> None:
    """It may be on a disk that is not mounted. pip warns of it too."""
    messages: list[str] = []
    settings = SourceSettings(places["index"].url, find_links=(str(tmp_path / "absent"),))
    sources = Sources(settings, Client(TRANSPORT), messages.append)
    assert len(list_by_name(sources)) == 2 and len(list_by_name(sources)) == 2
    assert len(messages) == 1 and "absent" in messages[0]


# --- uv's rules


def uv_settings(*indexes: str, rule: MergeRule = UV_FIRST_INDEX, **more: Any) -> SourceSettings:
    """Indexes in uv's order."""
    return SourceSettings(indexes[0], indexes[1:], rule=rule, **more)


def asked(server: IndexServer) -> list[str]:
    return [path for path in server.paths() if path.startswith("/simple/")]


def test_uv_asks_no_index_behind_the_first_that_has_the_project(places: dict[str, IndexServer]) -> None:
    """A private name is never sent to the public index: nobody can put a higher version there."""
    settings = uv_settings(places["index"].url, places["extra"].url)
    names = list_by_name(Sources(settings, Client(TRANSPORT)))
    assert {file.source for file in names.values()} == {0}
    assert asked(places["extra"]) == []


def test_uv_asks_the_next_index_if_one_does_not_have_the_project(places: dict[str, IndexServer]) -> None:
    places["index"].override = lambda path: (404, {}, b"")
    settings = uv_settings(places["index"].url, places["extra"].url, places["third"].url)
    names = list_by_name(Sources(settings, Client(TRANSPORT)))
    assert {file.source for file in names.values()} == {1}
    assert asked(places["third"]) == []


@pytest.mark.parametrize("status", [401, 403, 500])
def test_uv_ends_its_search_at_an_index_that_fails(status: int, places: dict[str, IndexServer]) -> None:
    """As uv does, unless the file that names the index says that the code means nothing."""
    places["index"].override = lambda path: (status, {}, b"")
    settings = uv_settings(places["index"].url, places["extra"].url)
    with pytest.raises(SourceError):
        Sources(settings, Client(TRANSPORT)).list_files(DEMO)
    assert asked(places["extra"]) == []
    codes = {places["index"].url: frozenset({status})}
    found = Sources(evolve(settings, ignored_codes=codes), Client(TRANSPORT)).list_files(DEMO)
    assert found is not None and {file.source for file in found.files} == {1}


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


def test_a_flat_index_of_uv_has_a_project_if_it_has_a_file_of_it(
    places: dict[str, IndexServer], tmp_path: Path
) -> None:
    samples.make_wheel(tmp_path / "flat", "other", "1.0")
    flat = (tmp_path / "flat").as_uri()
    settings = uv_settings(flat, places["index"].url, places["extra"].url, flat=frozenset({flat}))
    assert {file.source for file in list_by_name(Sources(settings, Client(TRANSPORT))).values()} == {1}
    samples.make_wheel(tmp_path / "flat", "demo", "9.0")
    assert list(list_by_name(Sources(settings, Client(TRANSPORT)))) == ["demo-9.0-py3-none-any.whl"]


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


@pytest.mark.parametrize("status", [404, 410])
def test_a_source_without_the_project_is_passed_over(status: int, places: dict[str, IndexServer]) -> None:
    places["extra"].override = lambda path: (status, {}, b"")
    messages: list[str] = []
    found = list_by_name(
        Sources(SourceSettings(places["index"].url, (places["extra"].url,)), Client(TRANSPORT), messages.append)
    )
    assert len(found) == 2 and messages == []


def test_a_source_that_refuses_every_name_is_named_once(places: dict[str, IndexServer]) -> None:
    places["extra"].override = lambda path: (403, {}, b"")
    messages: list[str] = []
    sources = Sources(SourceSettings(places["index"].url, (places["extra"].url,)), Client(TRANSPORT), messages.append)
    assert len(list_by_name(sources)) == 2 and len(list_by_name(sources)) == 2
    assert len(messages) == 1 and places["extra"].url in messages[0] and "403" in messages[0]


def test_a_refusal_is_an_error_where_no_other_source_has_the_project(
    places: dict[str, IndexServer], tmp_path: Path
) -> None:
    places["extra"].override = lambda path: (403, {}, b"")
    (tmp_path / "empty").mkdir()
    settings = SourceSettings(places["extra"].url, find_links=(str(tmp_path / "empty"),))
    with pytest.raises(ForbiddenError):
        Sources(settings, Client(TRANSPORT)).list_files(DEMO)


@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream", "application/json", ""])
def test_an_answer_that_is_not_a_page_is_an_error(kind: str, places: dict[str, IndexServer]) -> None:
    places["index"].override = lambda path: (200, {"Content-Type": kind} if kind else {}, b"<a href=x.whl>x</a>")
    with pytest.raises(InvalidPageError):
        Sources(SourceSettings(places["index"].url), Client(TRANSPORT)).list_files(DEMO)


@examples(60)
@given(
    start=st.sampled_from(["", "x"]),
    kind=st.sampled_from(["text/html", HTML_TYPE, JSON_TYPE, "Text/HTML", "text/xhtml", "application/json"]),
    end=st.sampled_from(["", "; charset=utf-8", ";", ", text/html", "x", " x", "+xml"]),
)
def test_a_media_type_is_that_of_a_page_where_it_is_to_pip(start: str, kind: str, end: str) -> None:
    """pip looks at the beginning: two headers of one name come as ``text/html, text/html``."""
    header = start + kind + end
    response = Response()
    response.headers["Content-Type"], response.request = header, PreparedRequest()
    try:
        _ensure_api_header(response)
    except _NotAPIContent:
        expected = False
    else:
        expected = True
    page = Page.parse("https://index.example/simple/demo/", header, b'{"files": []}')
    client = Client(TRANSPORT)
    client.fetch_page = lambda url, accept: page  # type: ignore[method-assign]  # no server for 60 answers
    try:
        listing = Index("https://index.example/simple", client).list_files(DEMO)
        assert listing is not None and listing.files == []
    except InvalidPageError:
        assert not expected
    else:
        assert expected


def test_sources_are_read_at_once(places: dict[str, IndexServer]) -> None:
    import threading

    everybody = threading.Barrier(3)

    def together(path: str) -> None:
        everybody.wait(TRANSPORT.timeout)

    for name in ("index", "extra", "third"):
        places[name].override = together
    assert list_by_name(
        Sources(SourceSettings(places["index"].url, (places["extra"].url, places["third"].url)), Client(TRANSPORT))
    )


def test_a_source_that_is_not_secure_is_passed_over_as_in_pip(places: dict[str, IndexServer]) -> None:
    messages: list[str] = []
    client = Client(TRANSPORT)
    sources = Sources(
        SourceSettings(places["index"].url, ("http://me:secret@example.com/simple",)), client, messages.append
    )
    assert len(list_by_name(sources)) == 2
    assert len(messages) == 1 and "http://example.com/simple" in messages[0] and "secret" not in messages[0]
    with pytest.raises(NoSourcesError):
        Sources(SourceSettings("http://example.com/simple"), client).list_files(canonicalize_name("demo"))
    Sources(SourceSettings("http://example.com/simple"), Client(Transport(trusted_hosts=["example.com"])))


def test_no_sources_at_all_and_a_source_that_is_not_a_url() -> None:
    with pytest.raises(NoSourcesError):
        Sources(SourceSettings(no_index=True), Client(TRANSPORT)).list_files(canonicalize_name("demo"))
    with pytest.raises(InvalidUrlError):
        Sources(SourceSettings("http://[bad/simple"), Client(TRANSPORT))


def test_two_settings_that_list_other_files_have_another_identity() -> None:
    """The identity is a part of every URL of the view."""
    rule = MergeRule("first-index", PIP_RULE.merge)
    settings = [
        SourceSettings(),
        SourceSettings("https://a/"),
        SourceSettings(extra_index_urls=("https://a/",)),
        SourceSettings(find_links=("https://a/",)),
        SourceSettings(find_links=("https://a/",), no_index=True),
        SourceSettings(no_index=True),
        SourceSettings(rule=rule),
    ]
    assert len({one.identity for one in settings}) == len(settings)


# --- one project, or two of one name (PEP 708)


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


@pytest.mark.parametrize("kind", ["index", "links"])
def test_the_variants_of_a_page_of_an_unknown_version_do_not_count(
    kind: str, places: dict[str, IndexServer], tmp_path: Path
) -> None:
    """Its documents that describe variants do not either, and it costs one warning, with the page's address."""
    names = [wheel.name for wheel in sorted((tmp_path / "index").glob("*.whl"))]
    links = [f'<a href="/files/{name}">x</a>' for name in [*names, names[0], "demo-1.0~variants.json"]]
    page = "".join(['<meta name="pypi:repository-version" content="2.0">', *links]).encode()
    places["index"].override = lambda path: (
        (200, {"Content-Type": "text/html"}, page) if path.startswith("/simple") else None
    )
    address = f"{places['index'].url}/demo/"
    settings = SourceSettings(places["index"].url)
    if kind == "links":
        settings = SourceSettings(find_links=(address,), no_index=True)
    warnings: list[str] = []
    wheels, listed = list_wheels(Sources(settings, Client(TRANSPORT), warnings.append))
    excluded = {wheel.file.filename: wheel.excluded for wheel in wheels}
    why = f"{address} is of version '2.0' of the simple API, and dualvariant reads version 1"
    assert excluded == {name: why if "~" in name else None for name in names}
    assert warnings == [f"{why}: variants on such pages do not count"]
    assert listed.index_metadata == {}


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


# --- the metadata of variants


def _reader(places: dict[str, IndexServer], folder: Path) -> tuple[Sources, MetadataReader]:
    client = Client(TRANSPORT)
    return Sources(SourceSettings(places["index"].url), client), MetadataReader(client, ContentCache(folder / "cache"))


def _described(sources: Sources, reader: MetadataReader) -> tuple[list[str | None], list[str]]:
    wheels, listed = list_wheels(sources)
    described = reader.describe(wheels, listed.index_metadata)
    return [c.excluded for c in described.candidates if "~" in c.wheel.filename], list(described.problems)


def test_kept_metadata_counts_where_the_page_lists_no_other(places: dict[str, IndexServer], tmp_path: Path) -> None:
    """An installer compares what it reads with what the page lists, so the page may not be wrong about it."""
    sources, reader = _reader(places, tmp_path)
    wheel = next(each for each in list_wheels(sources)[0] if "~" in each.file.filename)
    assert wheel.wheel is not None
    metadata = reader.read_metadata(wheel.file, wheel.wheel)
    places["index"].override = lambda path: (200, {}, metadata) if path.endswith(".metadata") else None
    listed = evolve(wheel.file, metadata={"sha256": hashlib.sha256(metadata).hexdigest()})
    before = len(places["index"].requests)
    assert reader.read_metadata(listed, wheel.wheel) == metadata
    assert len(places["index"].requests) == before
    with pytest.raises(DamagedError, match="its sha256 is another"):
        reader.read_metadata(evolve(wheel.file, metadata={"sha256": "0" * 64}), wheel.wheel)


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


# --- paths that a web page names


@pytest.mark.parametrize("listed", ["link", "base"])
def test_a_path_that_a_web_page_names_is_never_opened_and_never_a_variant(
    listed: str, places: dict[str, IndexServer], tmp_path: Path
) -> None:
    """Opening the fifo would never end. The installer sees the path as it is."""
    server = next(iter(places.values()))
    folder = tmp_path / "named"
    folder.mkdir()
    variant, standard = "demo-1.0~a496bd9c-py3-none-any.whl", "demo-1.0-py3-none-any.whl"
    for name in (variant, standard, "demo-1.0~variants.json"):
        os.mkfifo(folder / name)
    prefix = f"{folder.as_uri()}/" if listed == "link" else ""
    links = "".join(f'<a href="{prefix}{path.name}">x</a>' for path in folder.iterdir())
    page = (f'<base href="{folder.as_uri()}/">' if listed == "base" else "") + links
    server.override = lambda path: (200, {"Content-Type": "text/html"}, page.encode())
    sources = Sources(SourceSettings(server.url), Client(Transport(timeout=PATIENCE, retries=0)))
    found = sources.list_files(DEMO)
    assert found is not None and not found.index_metadata
    files = {file.file.filename: file for file in found.files}
    assert (files[variant].excluded is None, files[standard].excluded is None) == (False, True)
    assert files[standard].file.url == (folder / standard).as_uri()
    assert [find_sha256(file.file) for file in files.values()] == [None, None]
    described = MetadataReader(sources.client, ContentCache(None)).describe(list(files.values()), found.index_metadata)
    assert not described.problems and all(candidate.description is None for candidate in described.candidates)


@pytest.mark.parametrize("address", ["javascript:/", "ftp://h/", "http://h:99999999/", "http://[::1/", "http://%00/"])
def test_a_variant_whose_address_nobody_can_read_does_not_take_the_place_of_another(
    address: str, places: dict[str, IndexServer]
) -> None:
    server = next(iter(places.values()))
    name = "demo-1.0~a496bd9c-py3-none-any.whl"
    bad = address.replace("%00", "&#0;\x00")
    server.override = lambda path: (
        200,
        {"Content-Type": "text/html"},
        f'<a href="/{name}">x</a><a href="{bad}{name}">x</a>'.encode(),
    )
    found = Sources(SourceSettings(server.url), Client(Transport(timeout=PATIENCE, retries=0))).list_files(DEMO)
    assert found is not None
    assert [file.file.url for file in found.files] == [server.url.replace("simple", name)]
