"""URLs as values."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import quote, unquote, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dualvariant.core.errors import InvalidUrlError
from dualvariant.network.urls import (
    Url,
    find_path,
    find_scheme,
    is_address,
    is_http,
    is_secure,
    join_url,
    local_path,
    mask_login,
    redact_path,
    redact_url,
    replace_login,
    strip_credentials,
)
from strategies import BROKEN_URLS


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


# --- texts that are not quite URLs


@pytest.mark.parametrize(
    "ask",
    [
        find_path,
        find_scheme,
        is_address,
        is_http,
        is_secure,
        local_path,
        mask_login,
        redact_url,
        strip_credentials,
        lambda text: Url.parse(text).path,
        lambda text: join_url(text, "x"),
        lambda text: join_url("http://h/", text),
        lambda text: replace_login(text, "u:p"),
    ],
)
def test_a_text_is_a_url_or_it_is_said_that_it_is_none(ask: Callable[[str], object]) -> None:
    @given(BROKEN_URLS)
    def check(text: str) -> None:
        with suppress(InvalidUrlError):
            ask(text)

    check()


@given(BROKEN_URLS)
def test_the_scheme_of_a_url_is_the_one_that_urllib_finds(text: str) -> None:
    with suppress(ValueError):
        assert find_scheme(text) == urlsplit(text).scheme


@given(BROKEN_URLS)
def test_a_url_that_was_taken_apart_stays_one(text: str) -> None:
    with suppress(InvalidUrlError):
        parsed = Url.parse(text)
        assert is_secure(text) or parsed.server.scheme == "http"
        strip_credentials(text)


# --- what is shown

MARK = "SECRET"
#: What may be in a password, around a mark that is nowhere else.
PASSWORDS = st.builds(
    "{}{}{}".format, st.text("ab1/:@[]%#? ", max_size=6), st.just(MARK), st.text("ab1/:@[]%#? ", max_size=6)
)
STARTS = st.sampled_from(["http://", "https://", "http:/", "http:///", "HTTP:", "http:\\\\", "ftp:/", "://", "", " "])
SERVERS = st.sampled_from(["127.0.0.1:1", "host", "host:80a", "[::1", "::1]", "[::1]:x", "a b", "h[x]"])


def is_plainly_something_else(start: str, password: str) -> bool:
    """Whether the login has the form of a host with a port: nobody can see that it is none."""
    return start.endswith("//") and re.match(r"[0-9]+/", password) is not None


@given(STARTS, PASSWORDS, st.sampled_from(["@", "%40", "\uff20"]), SERVERS)
def test_no_part_of_a_password_is_shown(start: str, password: str, at: str, server: str) -> None:
    assume(not is_plainly_something_else(start, password))
    text = f"{start}user:{password}{at}{server}/simple"
    assert MARK not in redact_url(text)
    assert MARK not in mask_login(text)
    try:
        Url.parse(text)
    except InvalidUrlError as error:
        assert MARK not in str(error)


@given(st.sampled_from(["host", "host:80", "[::1]:8", "127.0.0.1", "a-b.example"]), st.booleans())
def test_a_plain_url_is_shown_as_it_is(host: str, login: bool) -> None:
    shown = f"https://{host}/@scope/x@1" if not login else f"https://{host}/x"
    given = shown.replace("//", "//u:p@") if login else shown
    assert redact_url(f"{given}?token=x#y") == shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:se/SECRET@127.0.0.1:1/simple", "http://****@127.0.0.1:1/simple"),
        ("user:SECRET@127.0.0.1:1/simple", "****@127.0.0.1:1/simple"),
        ("http:/user:SECRET@127.0.0.1:1/simple", "http:/****@127.0.0.1:1/simple"),
        ("http://user:pass?SECRET@host/simple", "http://****"),
        ("http://[::1/x?token=SECRET", "http://[::1/x"),
        ("file:///home/me@work/links", "file:///home/me@work/links"),
        ("file:///home/us%20er%3ASECRET%40host/links", "file:///****@host/links"),
        ("./links", "./links"),
    ],
)
def test_how_a_text_is_shown(url: str, shown: str) -> None:
    assert redact_url(url) == shown


@given(PASSWORDS)
def test_a_path_that_may_be_an_address_is_shown_without_its_password(password: str) -> None:
    for start in ("//", "us er ", "/home/me/"):
        assert MARK not in redact_path(f"{start}user:{password}@host/simple")
        assert MARK not in redact_url(f"file://{quote(f'{start}user:{password}@host/simple')}")
    assert redact_path("/home/me@work/links") == "/home/me@work/links"


def test_a_long_url_is_shown_without_its_middle() -> None:
    shown = redact_url(f"http://host/{'x' * 60_000}/end")
    assert len(shown) < 400 and shown.startswith("http://host/x") and shown.endswith("x/end") and "…" in shown
