"""One pip cache, used with each change that must change the wheel: it never gives the wrong one."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

import clients
import samples
from dualvariant.target.installed import find_distributions
from servers import IndexServer, serving
from tool import Tool

LEVEL = "x86_64 :: level :: {}"


#: Each kind of source with the newest pip, and the one that redirects with the older ones.
ENGINES = [("26.3", "file"), ("26.3", "http"), ("26.3", "http without hashes"), ("23.2.1", "http"), ("21.3", "http")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A standard wheel and variants, each with another value of ``WHICH``."""
    folder = tmp_path / "wheels"
    samples.make_wheel(folder, "demo", "1.0", body="WHICH = 'standard'\n")
    for level in ("v2", "v3", "v4"):
        body = f"WHICH = {level!r}\n"
        samples.make_wheel(folder, "demo", "1.0", properties=[LEVEL.format(level)], body=body)
    both = [LEVEL.format("v2"), "x86_64 :: avx2 :: on"]
    samples.make_wheel(folder, "demo", "1.0", properties=both, body="WHICH = 'v2+avx2'\n")
    samples.make_wheel(folder, "demo", "1.0", properties=["other :: thing :: on"], body="WHICH = 'other'\n")
    return folder


@pytest.mark.parametrize(("pip", "kind"), ENGINES)
def test_every_change_that_must_change_the_wheel_does(
    pip: str, kind: str, folder: Path, tool: Tool, tmp_path: Path
) -> None:
    target = clients.make_target(tmp_path / "target", pip)
    rich = tool.profile("rich", {"other": {"thing": ["on"]}, "x86_64": {"level": ["v4", "v3", "v2"], "avx2": ["on"]}})
    server = IndexServer(folder, hashes=kind == "http")
    with serving(server):
        place = ["--no-index", "-f", str(folder)] if kind == "file" else ["-i", server.url]

        def take(*options: str | Path) -> str:
            into = tmp_path / "into"
            subprocess.run(["rm", "-rf", str(into)], check=True)
            tool("install", "demo", *place, "--python", target, "--target", into, *options)
            text = (into / "demo.py").read_text()
            namespace: dict[str, str] = {}
            exec(text, namespace)
            return namespace["WHICH"]

        steps: Sequence[tuple[list[str | Path], str]] = [
            (["--profile", tool.level("v4")], "v4"),
            (["--profile", tool.level("v2")], "v2"),
            (["--profile", tool.level("v3")], "v3"),
            (["--no-variant"], "standard"),
            (["--profile", tool.level("v4")], "v4"),
            (["--profile", tool.level("v4"), "--variant", LEVEL.format("v2")], "v2"),
            (["--profile", tool.level("v2"), "--variant", LEVEL.format("v4"), "--force"], "v4"),
            (["--profile", tool.level("v1")], "standard"),
            (["--profile", rich], "v2+avx2"),
            (["--profile", rich, "--variant", "other :: thing :: on"], "other"),
        ]
        # Back again in every order with one of them; with the others, back to the first.
        again = [*reversed(steps)] if (pip, kind) == ENGINES[1] else steps[:1]
        for options, expected in [*steps, *again]:
            assert take(*options) == expected, options

        # The same version, uploaded again with other content. (Without hashes on the page, pip's own cache of the
        # file's address decides, as it does for plain pip; this server forbids nothing and pip stores nothing without
        # ETag.)
        samples.make_wheel(folder, "demo", "1.0", properties=[LEVEL.format("v4")], body="WHICH = 'v4 again'\n")
        assert take("--profile", tool.level("v4")) == "v4 again"


def test_the_priority_of_providers_changes_the_wheel(tool: Tool, target: Path, tmp_path: Path) -> None:
    folder = tmp_path / "wheels"
    samples.make_wheel(folder, "duo", "1.0", properties=["aa :: x :: 1"])
    samples.make_wheel(folder, "duo", "1.0", properties=["bb :: x :: 1"])
    profile = tool.profile("both", {"aa": {"x": ["1"]}, "bb": {"x": ["1"]}})
    place: list[str | Path] = ["--no-index", "-f", folder, "--python", target, "--profile", profile]

    def take(*options: str) -> str:
        result = tool("explain", "duo", *place, *options, "--json")
        (project,) = json.loads(result.stdout)["projects"]
        tool("install", "duo", *place, *options, "--", "--force-reinstall")
        (entry,) = find_distributions(target.parents[1].glob("lib/python3*/site-packages"), {canonicalize_name("duo")})
        assert project["candidates"][0]["label"] == entry.label
        (text,) = entry.properties
        return text[:2]

    assert take() == "aa"
    assert take("--provider-priority", "bb") == "bb"
    assert take("--provider-priority", "aa,bb") == "aa"
    for place_name, text in [
        ("variant.toml", '[variantlib]\nprovider_priority = ["bb", "aa"]\n'),
        ("pyproject.toml", '[tool.variantlib]\nprovider_priority = ["bb"]\n'),
        (".config/dualvariant/variant.toml", '[variantlib]\nprovider_priority = ["bb"]\n'),
    ]:
        path = tool.home / place_name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        assert take() == "bb", place_name
        assert take("--provider-priority", "aa") == "aa"
        path.unlink()
    pip_conf = tool.home / "pip.conf"
    pip_conf.write_text('[variantlib]\nprovider_priority = ["bb", "aa"]\n')
    tool.environment["PIP_CONFIG_FILE"] = str(pip_conf)
    assert take() == "bb"


def test_the_digest_changes_with_everything_that_the_choice_depends_on() -> None:
    from dualvariant.selection.choice import Choice
    from variantlib.config import KeyConfig, ProviderConfig
    from variantlib.profile import HostProfile
    from variantlib.selection import Preferences

    def choice(**changes: object) -> Choice:
        values: dict[str, object] = {
            "profile": HostProfile([ProviderConfig("a", [KeyConfig("k", ["1", "2"])])]),
            "tags": ("py3-none-any",),
            "python": "3.11.7",
        }
        return Choice(**{**values, **changes})  # type: ignore[arg-type]

    one = HostProfile([ProviderConfig("a", [KeyConfig("k", ["2", "1"])])])
    digests = {
        choice().digest(["https://one"]),
        choice().digest(["https://two"]),
        choice(profile=one).digest(["https://one"]),
        choice(tags=("py2-none-any",)).digest(["https://one"]),
        choice(python="3.12.1").digest(["https://one"]),
        choice(others=Preferences(no_variant=True)).digest(["https://one"]),
        choice(others=Preferences(force=True)).digest(["https://one"]),
        choice(named={"x": Preferences(("v",))}).digest(["https://one"]),
        choice(named={"y": Preferences(("v",))}).digest(["https://one"]),
    }
    assert len(digests) == 9
