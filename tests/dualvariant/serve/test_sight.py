"""What an installer sees through the view of a page without variants is what pip itself sees on the page.

The pages are generated, the oracle is pip's own link collector.
"""

from __future__ import annotations

import html
import json
import os
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from dualvariant.network.client import Client
from dualvariant.network.transport import Transport
from dualvariant.repository.content_cache import ContentCache
from dualvariant.repository.page import HTML_TYPE, JSON_TYPE
from dualvariant.repository.sources import Sources, SourceSettings
from dualvariant.repository.variant_metadata import MetadataReader
from dualvariant.selection.choice import Choice
from dualvariant.selection.view import View
from dualvariant.serve.handover import ClientAbilities
from dualvariant.serve.loopback import LoopbackServer
from pip_links import PipLinks, kept_pip
from processes import PATIENCE
from property_tests import examples
from servers import IndexServer, serving
from variantlib.profile import HostProfile

DIGESTS = st.text("0123456789abcdefABCDEF", min_size=8, max_size=8)
ALGORITHMS = st.sampled_from(["sha256", "sha512", "sha384", "sha1", "md5", "blake2b", "sha-256"])
PAIRS = st.builds("{}={}".format, ALGORITHMS | st.just("egg"), DIGESTS)
FRAGMENTS = st.one_of(st.just(""), st.lists(PAIRS, min_size=1, max_size=3).map("&".join), st.just("sha256-abc"))
FOLDERS = st.sampled_from(
    [
        "",
        "./",
        "../../files/",
        "/files/a/b/",
        "//127.0.0.1:9/x/",
        "https://files.example/p%61ckages/",
        "http://127.0.0.1:9/",
        "HTTPS://Files.Example/",
        "https://h:99999999/",
        "https://[::1/",
        "ftp://h/",
        "file:///nowhere/",
        "a b/",
        "ä/",
        "%7euser/",
        "~user/",
    ]
)
NAMES = st.sampled_from(
    ["demo-1.{}-py3-none-any.whl", "demo-1.{}.tar.gz", "demo-1.{}-1-py3-none-any.whl", "Demo-1.{}.zip"]
)
TEXTS = st.sampled_from(["", ">=3.8", "~=3.8", "<4,>=3.9", 'it\'s <broken> & "bad"', "größer", "\x1b[31m"])
TIMES = st.sampled_from([None, "2024-05-06T07:08:09.123456Z", "2024-05-06T07:08:09Z"])
METADATA = st.sampled_from(["true", "sha256=abcd", "nonsense", "md5=ABCD"])


@st.composite
def links(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The links of a page; no two have one file name."""
    return [
        {
            "folder": draw(FOLDERS),
            "name": draw(NAMES).format(number),
            "query": draw(st.sampled_from(["", "", "?a=1&b=2", "?sha256=ab"])),
            "fragment": draw(FRAGMENTS),
            "requires": draw(st.none() | TEXTS),
            "yanked": draw(st.none() | TEXTS | st.just(True)),
            "metadata": draw(st.none() | METADATA),
            "time": draw(TIMES),
            "hashes": draw(st.dictionaries(ALGORITHMS, DIGESTS, max_size=2)),
        }
        for number in range(draw(st.integers(0, 5)))
    ]


def _address(link: dict[str, Any]) -> str:
    parts = (link["folder"], link["name"], link["query"], "#" if link["fragment"] else "", link["fragment"])
    return "".join(parts)


@st.composite
def html_pages(draw: st.DrawFn) -> bytes:
    """An HTML page as servers of any kind might write it."""
    escape = draw(st.sampled_from([html.escape, lambda text: html.escape(text).replace("=", "&#61;")]))
    upper = draw(st.booleans())
    lines = [draw(st.sampled_from(["", "<!DOCTYPE html>", "<!doctype HTML>\n<html><head>", "\ufeff<!DOCTYPE html>"]))]
    lines.append(draw(st.sampled_from(["", "", '<meta name="pypi:repository-version" content="1.1">'])))
    lines.append(draw(st.sampled_from(["", "", "", '<base href="https://base.example/x/">', "<base target=x>"])))
    for link in draw(links()):
        attributes = {"href": _address(link), "data-requires-python": link["requires"], "data-yanked": link["yanked"]}
        attributes[draw(st.sampled_from(["data-core-metadata", "data-dist-info-metadata"]))] = link["metadata"]
        named = {name.upper() if upper else name: value for name, value in attributes.items() if value is not None}
        words = [name if value is True else f'{name}="{escape(value)}"' for name, value in named.items()]
        lines.append(draw(st.sampled_from(["", "", "<!-- <a href=hidden-1.0.zip>x</a> -->", "<script>'<a>'</script>"])))
        lines.append(f"<{'A' if upper else 'a'} {' '.join(words)}>{link['name']}</a><br>")
    return draw(st.sampled_from(["\n", ""])).join(lines).encode()


@st.composite
def json_pages(draw: st.DrawFn) -> bytes:
    """A JSON page as servers of any kind might write it."""
    files = []
    for link in draw(links()):
        filename = draw(st.sampled_from([*[link["name"]] * 8, None, 7, "", "x", "../x.whl", "demo-9.0.zip"]))
        entry: dict[str, Any] = {"filename": filename, "url": _address(link), "hashes": link["hashes"]}
        if draw(st.integers(0, 9)) == 0:
            del entry[draw(st.sampled_from(["filename", "url", "hashes"]))]
        for key, value in (("requires-python", link["requires"]), ("upload-time", link["time"])):
            if value is not None:
                entry[key] = value
        if link["yanked"] is not None:
            entry["yanked"] = link["yanked"]
        if link["metadata"] is not None:
            entry[draw(st.sampled_from(["core-metadata", "dist-info-metadata"]))] = draw(
                st.sampled_from([True, False, {"sha256": "abcd"}, {}])
            )
        files.append(entry)
    text = json.dumps(
        {"meta": {"api-version": "1.1"}, "name": "demo", "files": files},
        ensure_ascii=draw(st.booleans()),
        separators=draw(st.sampled_from([None, (",", ":")])),
    )
    if draw(st.booleans()):
        text = text.replace("<", "\\u003c").replace("&", "\\u0026")  # as Go writes it
    return text.replace("/", "\\/" if draw(st.integers(0, 5)) == 0 else "/").encode()  # as PHP writes it


class Sight:
    """A source whose page can be set, the view of it, and pip."""

    def __init__(self, source: IndexServer, pip: PipLinks, cache: Path) -> None:
        self.source, self.pip, self.cache = source, pip, cache

    def compare(self, body: bytes, content_type: str, accept: str) -> None:
        """Compare what pip sees of a page through the view and without it."""
        self.source.override = lambda path: (200, {"Content-Type": content_type}, body)
        url = f"{self.source.url}/demo/"
        settings = SourceSettings(self.source.url)
        client = Client(Transport(timeout=PATIENCE, retries=0), settings.indexes)
        reader = MetadataReader(client, ContentCache(self.cache))
        view = View(Sources(settings, client), Choice(HostProfile(), ("py3-none-any",), "3.11.7"), lambda: reader)
        with LoopbackServer(lambda message: None) as server:
            index = server.serve(view, ClientAbilities()).index_url
            ours = urlsplit(f"{index}/demo/")
            connection = HTTPConnection(str(ours.hostname), ours.port or 80, timeout=PATIENCE)
            connection.request("GET", ours.path, headers={"Accept": accept})
            response = connection.getresponse()
            seen, kind = response.read(), response.headers["Content-Type"]
            connection.close()
        project = view.project("demo")  # type: ignore[arg-type]
        note(f"plain: {project is not None and project.plain is not None}, {kind}\n{body!r}\n{seen!r}")
        expected = self.pip.read(body, content_type, url)
        if isinstance(expected, str):
            return  # pip alone ends with a traceback
        found: list[dict[str, Any]] | str = []
        if response.status != 404:
            found = self.pip.read(seen, kind, f"{index}/demo/")
        assert isinstance(found, list), found
        html_only = kind.startswith("text/html") and content_type == JSON_TYPE
        assert _sorted(found, html_only) == _sorted(expected, html_only)


def _sorted(links: list[dict[str, Any]], html_only: bool) -> list[str]:
    """The links of the project in an order of their own; an HTML page cannot have times, and only one hash.

    We write the digests of metadata files in lower case.
    """
    kept = [
        {**link, "metadata": _lower(link["metadata"])} for link in links if link["filename"].lower().startswith("demo-")
    ]
    if html_only:
        kept = [
            {**link, "upload_time": None, "hashes": None, "metadata": link["metadata"] is not None} for link in kept
        ]
    return sorted(json.dumps(link, sort_keys=True) for link in kept)


def _lower(hashes: dict[str, str] | None) -> dict[str, str] | None:
    return None if hashes is None else {name: digest.lower() for name, digest in hashes.items()}


@pytest.fixture(scope="module")
def sight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sight]:
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.lower().endswith("_proxy"):
                patch.delenv(name)
        folder = tmp_path_factory.mktemp("sight")
        with serving(IndexServer(folder)) as source, kept_pip() as pip:
            yield Sight(source, pip, folder / "cache")


@examples(150)
@given(html_pages(), st.sampled_from(["text/html", "text/html; charset=utf-8", HTML_TYPE]))
def test_an_html_page(sight: Sight, body: bytes, content_type: str) -> None:
    sight.compare(body, content_type, f"{JSON_TYPE}, {HTML_TYPE}; q=0.1, text/html; q=0.01")


@examples(150)
@given(json_pages(), st.sampled_from([f"{JSON_TYPE}, text/html; q=0.01", "text/html"]))
def test_a_json_page(sight: Sight, body: bytes, accept: str) -> None:
    sight.compare(body, JSON_TYPE, accept)
