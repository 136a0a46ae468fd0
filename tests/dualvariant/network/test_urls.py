"""URLs as values."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest

from dualvariant.network.urls import Url


@pytest.mark.parametrize(
    "url",
    [
        "https://host/a/b?c#d",
        "HTTPS://Me%40x:p%3Aw@Host:8/a",
        "http://[::1]:80/x",
        "http://host",
        "http://host?x/y",
        "file:///a/b",
        "x/y",
        "",
    ],
)
def test_a_url_is_taken_apart_as_urllib_does(url: str) -> None:
    parts, parsed = urlsplit(url), Url.parse(url)
    server = parsed.server
    user, password = (unquote(text) if text is not None else None for text in (parts.username, parts.password))
    assert (server.scheme, server.host, parsed.path) == (parts.scheme, parts.hostname or "", parts.path)
    assert (server.user, server.password) == (user, password)
    assert server.host_and_port == parts.netloc.rpartition("@")[2].lower()
