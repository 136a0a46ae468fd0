"""What several modules install, and with what."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

import clients
import samples
from tool import Tool


@pytest.fixture
def uv_on_path(tool: Tool) -> None:
    """The command finds uv."""
    tool.environment["PATH"] = f"{clients.uv().parent}{os.pathsep}{tool.environment['PATH']}"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """``demo`` 1.0 with v2, v3, v4 variants; it needs ``helper`` 2.0, which has variants too; ``plain`` has none."""
    folder = tmp_path / "wheels"
    samples.make_wheel(folder, "demo", "1.0", requires=["helper"])
    samples.make_wheel(folder, "helper", "2.0")
    samples.make_wheel(folder, "plain", "3.0")
    for level in ("v2", "v3", "v4"):
        samples.make_wheel(folder, "demo", "1.0", properties=[f"x86_64 :: level :: {level}"], requires=["helper"])
        samples.make_wheel(folder, "helper", "2.0", properties=[f"x86_64 :: level :: {level}"])
    return folder


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of this machine that has signed itself, and its key, in one file."""
    folder = tmp_path_factory.mktemp("tls")
    name = "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=CA:FALSE"
    command = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 {name} -keyout {folder}/key -out {folder}/cert"
    try:
        subprocess.run(command.split(), check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("there is no openssl to make a certificate with")
    (folder / "both").write_text((folder / "cert").read_text() + (folder / "key").read_text())
    return folder / "both"
