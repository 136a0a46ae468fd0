"""Several sources together: which of them count, and what is noted of the files that they list."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from demo_sources import DEMO, TRANSPORT, list_by_name, list_wheels
from dualvariant.core.errors import InvalidUrlError
from dualvariant.network.client import Client
from dualvariant.network.transport import Transport
from dualvariant.repository.content_cache import ContentCache
from dualvariant.repository.listed_file import find_sha256
from dualvariant.repository.merge_rule import PIP_RULE, MergeRule
from dualvariant.repository.page import JSON_TYPE
from dualvariant.repository.sources import NoSourcesError, Sources, SourceSettings
from dualvariant.repository.variant_metadata import MetadataReader
from processes import PATIENCE
from servers import IndexServer


def test_a_file_that_is_listed_twice_with_two_hashes(places: dict[str, IndexServer]) -> None:
    name = "demo-1.0-py3-none-any.whl"
    entries = [{"filename": name, "url": f"/{n}/{name}", "hashes": {"sha256": n * 64}} for n in ("a", "b", "b")]
    page = json.dumps({"meta": {"api-version": "1.0"}, "files": entries}).encode()
    places["index"].override = lambda path: (200, {"Content-Type": JSON_TYPE}, page)
    messages: list[str] = []
    sources = Sources(SourceSettings(places["index"].url), Client(TRANSPORT), messages.append)
    assert list_by_name(sources)[name].file.hashes == {"sha256": "b" * 64}
    assert len(messages) == 1 and name in messages[0]


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


def test_a_page_of_which_not_every_file_counts_is_not_shown_as_it_is(places: dict[str, IndexServer]) -> None:
    """It has no variant, and the installer would see the files that are left out."""
    names = [f"demo-{release}-py3-none-any.whl" for release in ("1.0", "2.0")]
    entries = [{"filename": name, "url": f"https://files.example/{name}", "hashes": {}} for name in names]
    page = json.dumps({"meta": {"api-version": "1.0"}, "name": "demo", "files": entries}).encode()
    places["extra"].override = lambda path: (200, {"Content-Type": JSON_TYPE}, page)
    settings = SourceSettings(places["extra"].url)
    whole = Sources(settings, Client(TRANSPORT)).list_files(DEMO)
    assert whole is not None and whole.plain is not None

    some = settings._replace(
        lists=lambda index, project, file: (index, file.filename) == (settings.index_url, names[0])
    )
    sources = Sources(some, Client(TRANSPORT))
    found = sources.list_files(DEMO)
    assert found is not None and found.plain is None
    assert list(list_by_name(sources)) == names[:1]
