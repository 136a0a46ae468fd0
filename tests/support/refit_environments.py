"""Environments that pip or uv has made, for tests of ``refit``: the command in them, and what is in them."""

from __future__ import annotations

import csv
import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path

import clients
from tool import Tool

__all__ = ["assert_whole", "labels", "level", "make_environment", "on_v3", "refit", "site_of"]


def make_environment(folder: Path, maker: str, wheels: Path | str, *names: str, tool: Tool) -> Path:
    """An environment that pip or uv has made and filled, and that has never met us; returns its interpreter."""
    python = clients.make_target(folder, "26.3" if maker == "pip" else None)
    source: list[str | Path] = ["--find-links", wheels] if isinstance(wheels, Path) else ["--index-url", wheels]
    source = ["--no-index", *source] if isinstance(wheels, Path) else source
    if maker == "pip":
        tool.run(python, "-m", "pip", "install", "-q", *source, *names)
    else:
        tool.run(clients.uv(), "pip", "install", "-q", "--python", python, *source, *names)
    return python


def refit(tool: Tool, python: Path, wheels: Path, *options: str | Path, code: int = 0) -> str:
    """Run ``refit`` for a CPU of level v3, and return what it says."""
    source: list[str | Path] = ["--no-index", "-f", wheels] if "-i" not in options else []
    done = tool("refit", "--python", python, *source, "--profile", level(tool, "v3"), *options, code=code)
    return done.stderr + done.stdout


def level(tool: Tool, name: str) -> Path:
    """The profile of a CPU level; written once."""
    path = tool.home / f"{name}.json"
    return path if path.exists() else tool.level(name)


def site_of(python: Path) -> Path:
    """The folder of an environment in which its distributions are."""
    (site,) = python.parents[1].glob("lib/python3*/site-packages")
    return site


def labels(tool: Tool, python: Path) -> dict[str, list[str]]:
    """The properties of each installed distribution."""
    shown = json.loads(tool("list", "--all", "--json", "--python", python).stdout)
    return {entry["name"]: entry["properties"] for entry in shown if entry["name"] != "pip"}


def assert_whole(site: Path) -> None:
    """Every distribution has every file that its RECORD lists, as it lists it."""
    for info in site.glob("*.dist-info"):
        if info.name.startswith("pip-"):
            continue
        for name, digest, _ in csv.reader((info / "RECORD").read_text().splitlines()):
            if name.endswith(".pyc") or not digest:
                continue
            content = (site / name).read_bytes()
            assert digest == f"sha256={urlsafe_b64encode(sha256(content).digest()).rstrip(b'=').decode()}", name


def on_v3(tool: Tool, python: Path, wheels: Path) -> list[str | Path]:
    """The options for an environment, a folder of wheels and a host of level v3."""
    return ["--python", python, "--no-index", "-f", wheels, "--profile", level(tool, "v3")]
