"""The logins that ``uv auth login`` has stored, in a file that the real uv has written."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

import clients
from dualvariant.network.login import Login
from dualvariant.network.stored_logins import StoredLogins
from dualvariant.network.urls import Url

LOGINS = [
    ("https://index.invalid", "whole", 'pa"ss wörd'),
    ("https://index.invalid/team", "team", "2"),
    ("https://index.invalid/team", "other", "3"),
    ("http://localhost:8080/", "port", "4"),
]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> StoredLogins:
    folder = tmp_path_factory.mktemp("credentials")
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "UV_CREDENTIALS_DIR": str(folder)}
    for service, user, password in LOGINS:
        command = [str(clients.uv()), "auth", "login", service, "--username", user, "--password", password]
        subprocess.run(command, env=environment, check=True, capture_output=True)
    command = [str(clients.uv()), "auth", "login", "https://token.invalid", "--token", "abc"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return StoredLogins(folder / "credentials.toml")


@pytest.mark.parametrize(
    ("url", "user", "expected"),
    [
        ("https://index.invalid/simple/demo/", None, Login("whole", 'pa"ss wörd')),
        ("https://index.invalid/simple/demo/", "whole", Login("whole", 'pa"ss wörd')),
        ("https://index.invalid/simple/demo/", "nobody", None),
        ("https://index.invalid:443/simple/demo/", None, Login("whole", 'pa"ss wörd')),
        ("https://index.invalid/team/simple", "team", Login("team", "2")),
        ("https://index.invalid/team/simple", "other", Login("other", "3")),
        ("http://index.invalid/simple", None, None),
        ("https://localhost:8080/simple", None, None),
        ("http://localhost:8080/simple", None, Login("port", "4")),
        ("https://a.index.invalid/simple", None, None),
        ("https://token.invalid/simple", None, Login("__token__", "abc")),
    ],
)
def test_the_service_with_the_longest_path_counts(
    url: str, user: str | None, expected: Login | None, stored: StoredLogins
) -> None:
    assert stored.find(Url.parse(url), user) == expected


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[[credential",
        "credential = 3",
        "credential = [3]",
        '[[credential]]\nservice = "https://x["\nusername = "a"\npassword = "b"\nscheme = "basic"',
        '[[credential]]\nservice = "https://index.invalid/"\nusername = 3\npassword = "b"\nscheme = "basic"',
        '[[credential]]\nservice = "https://index.invalid/"\nusername = "a"\npassword = "b"\nscheme = "bearer"',
    ],
)
def test_what_cannot_be_read_has_no_login(content: str, tmp_path: Path) -> None:
    path = tmp_path / "credentials.toml"
    path.write_text(content)
    assert StoredLogins(path).find(Url.parse("https://index.invalid/"), None) is None


def test_without_a_file_there_is_no_login(tmp_path: Path) -> None:
    assert StoredLogins(tmp_path / "credentials.toml").find(Url.parse("https://index.invalid/"), None) is None
