"""Behind a login, pip's own caches work as they do without dualvariant: nothing is built or downloaded again."""

from __future__ import annotations

import base64
import io
import os
import tarfile
from pathlib import Path

import pytest

import clients
import samples
from servers import Answer, IndexServer, serving
from tool import Tool

V3 = "x86_64 :: level :: v3"

#: A build backend without requirements, inside the project. It notes each wheel that it builds.
_BACKEND = """
import os, zipfile

def build_wheel(folder, settings=None, metadata=None):
    with open(os.environ["BUILD_LOG"], "a") as log:
        log.write("built\\n")
    info = "source-1.0.dist-info"
    with zipfile.ZipFile(os.path.join(folder, "source-1.0-py3-none-any.whl"), "w") as wheel:
        wheel.writestr("source.py", "")
        wheel.writestr(info + "/METADATA", "Metadata-Version: 2.1\\nName: source\\nVersion: 1.0\\n")
        wheel.writestr(info + "/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "/RECORD", "")
    return "source-1.0-py3-none-any.whl"
"""


def make_sdist(folder: Path) -> None:
    """Write ``source`` 1.0."""
    folder.mkdir(exist_ok=True)
    files = {
        "PKG-INFO": "Metadata-Version: 2.1\nName: source\nVersion: 1.0\n",
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        "backend.py": _BACKEND,
    }
    with tarfile.open(folder / "source-1.0.tar.gz", "w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"source-1.0/{name}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))


def count(folder: Path) -> int:
    """The files in a folder, whatever level they are at."""
    return sum(path.is_file() for path in folder.rglob("*"))


class LoginServer(IndexServer):
    """An index that wants a login for everything, and lets a client keep the files.

    Args:
        folder: what it serves.
        login: ``NAME:PASSWORD``.
        kind: ``html`` or ``json``.
    """

    def __init__(self, folder: Path, login: str, kind: str = "html") -> None:
        super().__init__(folder, kind)
        self.wanted = "Basic " + base64.b64encode(login.encode()).decode()
        self.override = self.answer

    def answer(self, path: str) -> Answer | None:
        headers = next(headers for asked, headers in reversed(self.requests) if asked == path)
        if headers.get("authorization") != self.wanted:
            return 401, {"WWW-Authenticate": "Basic"}, b""
        name = path.rpartition("/")[2]
        if not path.startswith("/files/") or not (self.folder / name).is_file():
            return None
        return 200, {"ETag": f'"{name}"', "Cache-Control": "max-age=600"}, (self.folder / name).read_bytes()

    def url_with(self, login: str) -> str:
        """The index with a login, already escaped, in its URL."""
        return self.url.replace("://", f"://{login}@")


@pytest.mark.parametrize("pip", clients.PIPS)
def test_a_source_distribution_behind_a_login_is_built_once(pip: str, tool: Tool, tmp_path: Path) -> None:
    make_sdist(tmp_path / "files")
    target = clients.make_target(tmp_path / "target", pip)
    log, cache = tmp_path / "built", tmp_path / "cache"
    tool.environment.update(BUILD_LOG=str(log), PIP_CACHE_DIR=str(cache))
    # In its cache, pip 22.3 tells files of the two kinds of pages apart.
    kind = "html" if pip == "21.3" else "json"
    with serving(LoginServer(tmp_path / "files", "me:s3cret", kind)) as server:
        assert isinstance(server, LoginServer)
        index = server.url_with("me:s3cret")
        sizes = []
        for _ in range(3):
            tool("install", "source", "-i", index, "--python", target, "--force-reinstall")
            sizes.append(count(cache))
        assert log.read_text().splitlines() == ["built"]
        assert sizes[1:] == [sizes[0]] * 2
        # It is the cache that plain pip uses for the same file.
        tool.run(target, "-m", "pip", "install", "-i", index, "--force-reinstall", "source")
        assert log.read_text().splitlines() == ["built"]
    for path in cache.rglob("*"):
        assert not path.is_file() or b"s3cret" not in path.read_bytes()


@pytest.mark.parametrize("login", ["token:", "me:a%23b%22c%5Cd%20e", "me:%23first"])
def test_logins_that_netrc_files_spell_in_another_way(login: str, tool: Tool, target: Path, tmp_path: Path) -> None:
    from urllib.parse import unquote

    make_sdist(tmp_path / "files")
    log = tmp_path / "built"
    tool.environment.update(BUILD_LOG=str(log), PIP_CACHE_DIR=str(tmp_path / "cache"))
    with serving(LoginServer(tmp_path / "files", unquote(login))) as server:
        assert isinstance(server, LoginServer)
        for _ in range(2):
            tool("install", "source", "-i", server.url_with(login), "--python", target, "--force-reinstall")
    assert log.read_text().splitlines() == ["built"]


def test_pip_gets_wheels_behind_a_login_from_where_they_are(tool: Tool, target: Path, tmp_path: Path) -> None:
    """So pip keeps them in its cache; it does so for https only, which is why their number is not counted here."""
    folder = tmp_path / "files"
    samples.make_wheel(folder, "demo", "1.0", requires=["plain"])
    variant = samples.make_wheel(folder, "demo", "1.0", properties=[V3], requires=["plain"])
    plain = samples.make_wheel(folder, "plain", "1.0")
    with serving(LoginServer(folder, "me:s3cret")) as server:
        assert isinstance(server, LoginServer)
        index = server.url_with("me:s3cret")
        tool("install", "demo", "-i", index, "--python", target, "--profile", tool.level("v3"))
        got = [path for path in server.paths("pip/") if path.endswith(".whl")]
        assert sorted(path.rpartition("/")[2].replace("%7E", "~") for path in got) == sorted([variant.name, plain.name])


def test_the_users_own_netrc_stays_in_force(tool: Tool, target: Path, tmp_path: Path) -> None:
    """Two sources: the login of one is in its URL, that of the other in the user's file, which ends in a macro."""
    make_sdist(tmp_path / "files")
    wheel = samples.make_wheel(tmp_path / "more", "plain", "1.0")
    tool.environment.update(BUILD_LOG=str(tmp_path / "built"), PIP_CACHE_DIR=str(tmp_path / "cache"))
    netrc = tool.home / ".netrc"
    netrc.write_text("machine localhost login you password other\nmacdef init\n  cd /\n\n")
    netrc.chmod(0o600)
    with (
        serving(LoginServer(tmp_path / "files", "me:s3cret")) as one,
        serving(LoginServer(tmp_path / "more", "you:other")) as two,
    ):
        assert isinstance(one, LoginServer)
        file = f"{two.url.replace('127.0.0.1', 'localhost').removesuffix('/simple')}/files/{wheel.name}"
        index = one.url_with("me:s3cret")
        for _ in range(2):
            options: list[str | Path] = ["--python", target, "--force-reinstall"]
            tool("install", "source", f"plain @ {file}", "-i", index, *options)
    assert (tmp_path / "built").read_text().splitlines() == ["built"]
    assert not [path for path in tool.temporary.rglob("*") if os.path.lexists(path)]


def test_two_logins_on_one_host_stay_apart(tool: Tool, target: Path, tmp_path: Path) -> None:
    samples.make_wheel(tmp_path / "a", "first", "1.0")
    samples.make_wheel(tmp_path / "b", "second", "1.0")
    with (
        serving(LoginServer(tmp_path / "a", "me:one")) as one,
        serving(LoginServer(tmp_path / "b", "you:two")) as two,
    ):
        assert isinstance(one, LoginServer) and isinstance(two, LoginServer)
        places = ["-i", one.url_with("me:one"), "--extra-index-url", two.url_with("you:two")]
        tool("install", "first", "second", *places, "--python", target)
        for server, strange in ((one, two.wanted), (two, one.wanted)):
            assert strange not in [headers.get("authorization") for _, headers in server.requests]
