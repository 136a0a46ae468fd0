"""A third engine is one class: what ``engines.protocol`` asks for is enough to install variants with it."""

from __future__ import annotations

import io
import os
import subprocess
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from email import message_from_bytes
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

import clients
import samples
from dualvariant.core.report import Reporter
from dualvariant.engines import choice
from dualvariant.engines.failures import EngineLacksOptionError
from dualvariant.engines.protocol import Engine, InstallOrder
from dualvariant.install.run import run
from dualvariant.repository.page_parser import parse_html_page
from dualvariant.serve.handover import ClientAbilities
from dualvariant.settings.options import (
    InstallOptions,
    ProfileOptions,
    RequirementOptions,
    SelectionOptions,
    SourceOptions,
)
from dualvariant.target.interpreter import Interpreter
from tool import Tool

V3 = "x86_64 :: level :: v3"


class UnpackingEngine:
    """Unpacks the newest wheel of each requirement, and of what it requires, into the target's first site folder.

    Args:
        target: the interpreter to install for.
    """

    name = "unpacking"
    caches_by_address = False
    caches_only_secure = False
    abilities = ClientAbilities(trusted_hosts=False, client_certificate=False)

    def __init__(self, target: Interpreter) -> None:
        self.target = target
        self.orders: list[InstallOrder] = []
        self.files: list[str] = []

    def reuses_pages(self, options: Sequence[str], settings: Mapping[str, str]) -> bool:
        return False

    def check(self, options: Sequence[str], *, report: bool) -> None:
        if options or report:
            raise EngineLacksOptionError(f"no option is supported: {options!r}", "leave the options out")

    def run(self, order: InstallOrder) -> int:
        self.orders.append(order)
        waiting = [Requirement(text) for text in order.requirements]
        for requirement in waiting:  # it grows while it is walked
            waiting += self._install(requirement, order.index_url)
        return 0

    def _install(self, requirement: Requirement, index_url: str) -> list[Requirement]:
        url = f"{index_url.rstrip('/')}/{canonicalize_name(requirement.name)}/"
        wheels = [file for file in parse_html_page(_read(url).decode(), url).files if file.filename.endswith(".whl")]
        versions = {parse_wheel_filename(file.filename)[1]: file for file in wheels}
        newest = versions[max(requirement.specifier.filter(versions))]
        self.files.append(newest.filename)
        with zipfile.ZipFile(io.BytesIO(_read(newest.url))) as archive:
            archive.extractall(self.target.site[0])
            (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
            metadata = message_from_bytes(archive.read(name))
        return [Requirement(text) for text in metadata.get_all("Requires-Dist", [])]


def _read(url: str) -> bytes:
    with build_opener(ProxyHandler({})).open(url) as response:
        content: bytes = response.read()
        return content


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """``demo`` 1.0 and the ``helper`` 2.0 that it requires: each a standard wheel, and variants for v3 and v4."""
    folder = tmp_path / "wheels"
    for properties in (None, [V3], ["x86_64 :: level :: v4"]):
        samples.make_wheel(folder, "demo", "1.0", properties=properties, requires=["helper"])
        samples.make_wheel(folder, "helper", "2.0", properties=properties)
    return folder


@pytest.fixture
def engines(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> list[UnpackingEngine]:
    """The engine is the one that :mod:`dualvariant.engines.choice` returns; the list gets each that is made.

    This process has the same empty home folder and settings as the command in other tests.
    """
    made: list[UnpackingEngine] = []

    def engine(start: choice.EngineStart, target: Interpreter) -> Engine:
        made.append(UnpackingEngine(target))
        return made[-1]

    monkeypatch.setattr(choice.EngineStart, "engine", engine)
    for name in os.environ.keys() - tool.environment.keys():
        monkeypatch.delenv(name)
    for name, value in tool.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(tempfile, "tempdir", str(tool.temporary))
    monkeypatch.chdir(tool.home)
    return made


def options_for(wheels: Path, python: Path, profile: Path, *known: str) -> InstallOptions:
    """``install demo`` from the folder of wheels."""
    selection = SelectionOptions(
        RequirementOptions(("demo",)),
        SourceOptions(find_links=(str(wheels),), no_index=True),
        ProfileOptions(str(profile)),
    )
    return InstallOptions("install", selection, str(python), known=known)


def test_an_engine_with_the_members_of_the_protocol_installs_variants(
    engines: list[UnpackingEngine], tool: Tool, wheels: Path, tmp_path: Path
) -> None:
    python = clients.make_target(tmp_path / "target", pip=None)
    assert run(options_for(wheels, python, tool.level("v3")), Reporter()).code == 0
    (engine,) = engines
    (order,) = engine.orders
    assert (order.command, [*order.requirements], [*order.exchanges]) == ("install", ["demo"], [])
    # The page has one wheel for each release, under the standard name.
    assert engine.files == ["demo-1.0-py3-none-any.whl", "helper-2.0-py3-none-any.whl"]
    code = "import demo, helper; print(demo.PROPERTIES + helper.PROPERTIES)"
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == repr([V3, V3])
    assert list(tool.temporary.iterdir()) == []


def test_an_option_that_the_engine_lacks_is_an_error_before_it_runs(
    engines: list[UnpackingEngine], tool: Tool, wheels: Path, tmp_path: Path
) -> None:
    python = clients.make_target(tmp_path / "target", pip=None)
    with pytest.raises(EngineLacksOptionError):
        run(options_for(wheels, python, tool.level("v3"), "--no-deps"), Reporter())
    (engine,) = engines
    assert engine.orders == []
    assert list(tool.temporary.iterdir()) == []


@pytest.mark.parametrize(("ended", "code"), [(7, 7), (-9, 128 + 9)])
def test_the_exit_code_is_that_of_the_engine(
    ended: int,
    code: int,
    engines: list[UnpackingEngine],
    tool: Tool,
    wheels: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    python = clients.make_target(tmp_path / "target", pip=None)
    monkeypatch.setattr(UnpackingEngine, "run", lambda engine, order: ended)
    assert run(options_for(wheels, python, tool.level("v3")), Reporter()).code == code
