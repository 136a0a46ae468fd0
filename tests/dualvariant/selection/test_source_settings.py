"""Where a user names an address that is not quite a URL, a command ends with a message."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from packaging.utils import canonicalize_name

from dualvariant.core.errors import DualvariantError, InvalidUrlError
from dualvariant.network.client import Client
from dualvariant.network.failures import SourceError
from dualvariant.network.proxies import PipProxies, ProxyError
from dualvariant.network.transport import Connections, Transport
from dualvariant.network.urls import Url
from dualvariant.repository.page_parser import parse_filename, parse_html_page, parse_json_page
from dualvariant.repository.sources import Sources
from dualvariant.requirements.pipes import can_be_read_twice
from dualvariant.requirements.requirement_files import RequirementFiles
from dualvariant.selection.source_settings import read_source_settings
from dualvariant.settings.options import SourceOptions
from dualvariant.settings.pip_config import PipConfig
from dualvariant.settings.uv_config import UvConfig
from strategies import BROKEN_URLS

BAD = "http://[::1/x"
OFFLINE = Transport(proxies=PipProxies("http://127.0.0.1:9"), retries=0)


def read_sources(options: SourceOptions, config: PipConfig, files: RequirementFiles | None = None) -> Sources:
    """What every command does with the sources that it is told of."""
    settings = read_source_settings(options, config, [], lambda message: None, files)
    return Sources(settings._replace(no_index=False), Client(OFFLINE, settings.indexes))


def read_file(text: str) -> RequirementFiles:
    with TemporaryDirectory() as folder:
        (Path(folder) / "one.txt").write_text(text, encoding="utf-8")
        files = RequirementFiles(Path(folder), lambda address: b"-r below.txt\n" if "below" not in address else b"")
        files.add("-r", str(Path(folder) / "one.txt"))
        return files


def add_file(kind: str, place: str) -> None:
    with TemporaryDirectory() as folder:
        RequirementFiles(Path(folder), lambda address: b"").add(kind, place)


def of_uv(text: str) -> PipConfig:
    return PipConfig(uv=UvConfig({"UV_INDEX": f"a={text}", "UV_INDEX_A_PASSWORD": "p", "UV_FIND_LINKS": text}))


WAYS: dict[str, Callable[[str], object]] = {
    "--index-url": lambda text: read_sources(SourceOptions(text), PipConfig()),
    "--extra-index-url": lambda text: read_sources(SourceOptions(None, (text,)), PipConfig()),
    "--find-links": lambda text: read_sources(SourceOptions(None, (), (text,)), PipConfig()),
    "PIP_INDEX_URL": lambda text: read_sources(SourceOptions(), PipConfig({"index-url": text})),
    "UV_INDEX": lambda text: read_sources(SourceOptions(), of_uv(text)),
    "--index-url in a file": lambda text: read_sources(
        SourceOptions(), PipConfig(), read_file(f'--index-url "{text}"\n')
    ),
    "--find-links in a file": lambda text: read_sources(SourceOptions(), PipConfig(), read_file(f'-f "{text}"\n')),
    "-r": lambda text: add_file("-r", text),
    "-c": lambda text: add_file("-c", text),
    "-r in a file": lambda text: read_file(f'-r "{text}"\n'),
    "-r in a file of the network": lambda text: read_file(f'-r "http://host/{text}"\n'),
}
#: What is asked of a URL that another file, or a server, names.
QUESTIONS: dict[str, Callable[[str], object]] = {
    "the proxy": lambda text: PipProxies(text).find(Url.parse("http://host/")),
    "a pool": lambda text: Connections(Transport(proxies=PipProxies(text))).pool(Url.parse("http://host/")),
    "a pipe": can_be_read_twice,
    "a file name": parse_filename,
    "a link": lambda text: parse_html_page(f"<a href='{text}'>x</a>", "http://host/"),
    "a base": lambda text: parse_html_page(f"<base href='{text}'><a href='x.whl'>x</a>", "http://host/"),
    "an entry": lambda text: parse_json_page(json.dumps({"files": [{"url": text}]}), "http://host/"),
}


@pytest.mark.parametrize("way", [*WAYS, *QUESTIONS])
def test_a_text_that_is_no_url_ends_with_a_message(way: str) -> None:
    ask = {**WAYS, **QUESTIONS}[way]

    @given(BROKEN_URLS)
    def check(text: str) -> None:
        with suppress(DualvariantError):
            ask(text)

    check()


@pytest.mark.parametrize("address", [BAD, BAD.replace("http", "https"), "http://u:p[w@host:1/", "https://host:port/"])
@pytest.mark.parametrize("way", [way for way in WAYS if "-r in" not in way])
def test_the_message_says_that_it_is_no_url(way: str, address: str) -> None:
    with pytest.raises(InvalidUrlError) as caught:
        WAYS[way](address)
    assert (caught.value.code, caught.value.exit_code) == ("invalid-url", 2)
    assert "not a URL: http" in str(caught.value) and "p[w" not in str(caught.value)


def test_a_path_that_looks_like_an_address_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "[x").mkdir()
    (tmp_path / "[x" / "demo-1.0.tar.gz").touch()
    for place in (f"/{tmp_path}/[x", f"{tmp_path}/[x"):  # one with two slashes in front
        sources = read_sources(SourceOptions("https://host/", (), (place,)), PipConfig())
        assert sources.sources[0].list_files(canonicalize_name("demo"))
    (tmp_path / "r.txt").write_text("demo\n")
    files = RequirementFiles(tmp_path, lambda address: b"")
    files.add("-r", f"/{tmp_path}/r.txt")
    assert [each.name for each in files.requirements] == ["demo"]


@pytest.mark.parametrize("as_setting", [True, False])
@pytest.mark.parametrize("proxy", ["http://u:SECRET@[::1/x", "u:SECRET@host:x", "http://u:SECRET@", "u:SECRET@a b:1"])
def test_a_proxy_that_is_no_url_is_named(proxy: str, as_setting: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    transport = Transport(retries=0, proxies=PipProxies(proxy)) if as_setting else Transport(retries=0)
    if not as_setting:
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(ProxyError) as caught:
        Client(transport).fetch_page("http://far.away.invalid/", "*/*")
    assert "the proxy is not a URL" in str(caught.value) and "SECRET" not in str(caught.value)


def test_a_login_of_any_bytes_is_sent() -> None:
    with pytest.raises(SourceError):
        Client(OFFLINE).fetch_page("http://u:\udcff\u20ac@127.0.0.1/", "*/*")
