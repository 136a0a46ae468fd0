"""Which proxy is asked: as the real uv and the client in pip decide it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import clients
from dualvariant.engines.environment import add_loopback_exception
from dualvariant.network.proxies import PipProxies, UvProxies
from dualvariant.network.urls import Url
from dualvariant.settings.pip_config import PipConfig, make_transport
from dualvariant.settings.uv_config import UvConfig
from long_form import rounds
from servers import listening

HOSTS = ["index.invalid", "a.index.invalid", "127.0.0.2", "[::1]"]
EXCEPTIONS = [
    "index.invalid", ".index.invalid", "INVALID", "dex.invalid", "index.invalid:9", "index.invalid.", "*", "127.0.0.2",
    "127.0.0.2:9", "127.0.0.0/8", "::1", "[::1]", "x", "",
]  # fmt: skip
VARIABLES = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]

exceptions = st.lists(st.sampled_from(EXCEPTIONS), max_size=3).map(", ".join)
no_proxies = st.dictionaries(st.sampled_from(["no_proxy", "NO_PROXY"]), exceptions, max_size=2)


class _Handler(BaseHTTPRequestHandler):
    """Refuses everything, and notes that it was asked."""

    def __init__(self, *arguments: Any, asked: list[str], name: str) -> None:
        self.asked, self.name = asked, name
        super().__init__(*arguments)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.asked.append(self.name)
        self.send_error(404)

    do_HEAD = do_CONNECT = do_GET


class Proxied(NamedTuple):
    """Two proxies.

    Args:
        addresses: name → host and port.
        asked: the names of those that were asked.
    """

    addresses: Mapping[str, str]
    asked: list[str]


@contextmanager
def _proxying() -> Iterator[Proxied]:
    asked: list[str] = []
    with ExitStack() as stack:
        addresses = {}
        for name in ("one", "two"):
            addresses[name] = stack.enter_context(listening(partial(_Handler, asked=asked, name=name)))
        yield Proxied(addresses, asked)


@pytest.fixture(scope="module")
def proxied() -> Iterator[Proxied]:
    with _proxying() as proxied:
        yield proxied


#: Ways to write a proxy in a variable, some of which are none.
SPELLINGS = ["http://{}", "{}", "http://{}/", "{}/", "HTTP://{}/x?y", "http://me:pw@{}", " {}", "ftp://{}", "a b", ""]
values = st.builds(str.replace, st.sampled_from(SPELLINGS), st.just("{}"), st.sampled_from(["{one}", "{two}"]))
files = st.dictionaries(
    st.sampled_from(["http-proxy", "https-proxy"]), st.sampled_from(["http://{one}", "{two}", "http://{two}"])
)


@given(
    variables=st.dictionaries(st.sampled_from(VARIABLES), values, max_size=3),
    no_proxy=no_proxies,
    files=st.one_of(st.just({}), files),
    listed=st.lists(exceptions, max_size=2),
    is_cgi=st.sampled_from([False, False, False, True]),
    scheme=st.sampled_from(["http", "https"]),
    host=st.sampled_from(HOSTS),
)
@settings(max_examples=rounds(40, night=600), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_as_uv(
    variables: dict[str, str],
    no_proxy: dict[str, str],
    files: dict[str, str],
    listed: list[str],
    is_cgi: bool,
    scheme: str,
    host: str,
    proxied: Proxied,
    tmp_path: Path,
) -> None:
    document: dict[str, Any] = {key: text.format(**proxied.addresses) for key, text in files.items()}
    document |= {"no-proxy": listed} if listed else {}
    environment = {name: text.format(**proxied.addresses) for name, text in variables.items()} | no_proxy
    environment |= {"REQUEST_METHOD": "GET"} if is_cgi else {}
    url = f"{scheme}://{host}:9/simple"

    (tmp_path / "uv.toml").write_text("".join(f"{key} = {value!r}\n" for key, value in document.items()))
    proxied.asked.clear()
    command = [clients.uv(), "pip", "install", "--dry-run", "--python", sys.executable, "--target", tmp_path / "into"]
    command += ["--no-cache", "--default-index", url, "demo"]
    shell = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "UV_HTTP_RETRIES": "0", **environment}
    done = subprocess.run(list(map(str, command)), cwd=tmp_path, env=shell, capture_output=True, text=True)
    assert done.returncode in (1, 2) and "TOML" not in done.stderr, done.stderr

    config = PipConfig(uv=UvConfig(environment, document))
    found = make_transport(config).proxies.find(Url.parse(url))
    expected = {name for name, address in proxied.addresses.items() if address in str(found)}
    assert set(proxied.asked) == expected, done.stderr


@given(no_proxy=no_proxies, host=st.sampled_from([*HOSTS, "127.0.0.1"]))
@settings(max_examples=rounds(300, night=3000))
def test_the_view_is_an_exception_beside_those_of_the_user(no_proxy: dict[str, str], host: str) -> None:
    """To pip and to uv."""
    from pip._vendor.requests.utils import should_bypass_proxies

    # An empty one hides the other from a part of pip only.
    assume(no_proxy.get("no_proxy") != "" or "NO_PROXY" not in no_proxy)
    url = f"http://{host}:9/"
    after = dict(no_proxy)
    add_loopback_exception(after)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("no_proxy", "NO_PROXY"):
            patch.delenv(name, raising=False)
        patch.setenv("http_proxy", "http://proxy")
        found = []
        for variables in (no_proxy, after):
            for name, value in variables.items():
                patch.setenv(name, value)
            environment = {"http_proxy": "http://proxy", **variables}
            of_uv = UvProxies.of_environment(environment).find(Url.parse(url)) is None
            found.append((should_bypass_proxies(url, no_proxy=None), of_uv))
            assert found[-1][0] == (PipProxies().find(Url.parse(url)) is None)
    assert found[1] == ((True, True) if host == "127.0.0.1" else found[0])
