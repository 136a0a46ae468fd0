"""The steps after the compiler are the same for ``build``, ``--cibuildwheel`` and ``dualvariant.backend``."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Mapping
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest

from dualvariant.builder.declaration.job import Job
from dualvariant.builder.finish.pipeline import Step, UnfinishedWheel, finish_wheel
from dualvariant.builder.finish.provenance import Origin
from dualvariant.builder.run.cibuildwheel import LEFT_OUT
from dualvariant.core.platforms import find_host_platform
from natives import compiled, native_wheel
from samples import make_wheel
from tool import Tool
from variantlib.meta import VariantDescription
from variantlib.wheel_name import parse_wheel_name

from .projects import write_project
from .stand_in import replace_cibuildwheel

V3 = "x86_64 :: level :: v3"
DECLARATION = f"""
[tool.variantlib.build]
backend = "crlf_backend"
backend-path = ["."]
[[tool.variantlib.build.overrides]]
select = "{V3}"
build-requires = ["helper"]
dependencies = ["numpy>=1", "mkl; python_version >= '3'"]
[tool.variantlib.build.linux_x86_64]
variants = ["{V3}"]
"""

#: A backend that writes METADATA with CRLF, as some do on Windows, and that needs the declared build requirement.
BACKEND = """\
import base64, csv, hashlib, io, zipfile
from pathlib import Path
from setuptools.build_meta import *
from setuptools.build_meta import build_wheel as build

def build_wheel(directory, settings=None, metadata=None):
    import helper
    path = Path(directory, build(directory, settings, metadata))
    with zipfile.ZipFile(path) as archive:
        files = {info: archive.read(info) for info in archive.infolist()}
    rows = []
    with zipfile.ZipFile(path, "w") as archive:
        for info, content in files.items():
            if info.filename.endswith("/METADATA"):
                content = content.replace(b"\\r\\n", b"\\n").replace(b"\\n", b"\\r\\n")
            if info.filename.endswith("/RECORD"):
                record = info
                continue
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            rows.append([info.filename, f"sha256={digest}", len(content)])
            archive.writestr(info, content)
        text = io.StringIO()
        csv.writer(text, lineterminator="\\n").writerows([*rows, [record.filename, "", ""]])
        archive.writestr(record, text.getvalue())
    return path.name
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one extension module; ``build-requires`` and ``dependencies`` are declared for its v3 variant."""
    folder = write_project(tmp_path / "tiny", DECLARATION)
    (folder / "crlf_backend.py").write_text(BACKEND)
    (folder / "README.md").write_text("Line one\n\nLine two, é\n", "utf-8")
    text = (folder / "pyproject.toml").read_text()
    text = text.replace(
        'build-backend = "setuptools.build_meta"', 'build-backend = "crlf_backend"\nbackend-path = ["."]'
    )
    text = text.replace('version = "1.0"\n', 'version = "1.0"\nreadme = "README.md"\ndependencies = ["packaging"]\n')
    (folder / "pyproject.toml").write_text(text)
    (folder / "MANIFEST.in").write_text("include crlf_backend.py\n")
    return folder


@pytest.fixture
def helper(tmp_path: Path, wheelhouse: Path) -> Mapping[str, str]:
    """An index with the build requirement ``helper``, beside setuptools."""
    make_wheel(tmp_path / "links", "helper", "1.0")
    return {"PIP_FIND_LINKS": f"{wheelhouse} {tmp_path / 'links'}"}


def use_build(tool: Tool, project: Path, environment: Mapping[str, str]) -> None:
    line = ("build", project, "-o", project / "out", "--no-smoke", "--only", V3)
    tool(*line, environment=environment)


def use_cibuildwheel(tool: Tool, project: Path, environment: Mapping[str, str]) -> None:
    replace_cibuildwheel(tool, project.parent / "stand-in")
    tool("build", project, "-o", project / "out", "--cibuildwheel", "--only", V3, environment=environment)


def use_backend(tool: Tool, project: Path, environment: Mapping[str, str]) -> None:
    """``python -m build`` without isolation; it checks the requirements that the backend returns."""
    text = (project / "pyproject.toml").read_text()
    text = text.replace('build-backend = "crlf_backend"\nbackend-path = ["."]', 'build-backend = "dualvariant.backend"')
    (project / "pyproject.toml").write_text(text)
    tool.environment |= environment
    site = project.parent / "site"
    pip = (sys.executable, "-m", "pip", "install", "-q", "--target", str(site), "setuptools", "helper")
    tool.run(*pip)
    tool.environment["PYTHONPATH"] = str(site)
    line = (sys.executable, "-m", "build", "--no-isolation", "--wheel", str(project), "-o", str(project / "out"))
    tool.run(*line, "-C", f"variant={V3}")


BUILDERS = {"build": use_build, "cibuildwheel": use_cibuildwheel, "backend": use_backend}


@pytest.mark.usefixtures("compiler")
@pytest.mark.skipif(find_host_platform() != "linux_x86_64", reason="builds are for Linux on x86-64")
@pytest.mark.parametrize("builder", BUILDERS)
def test_every_builder_runs_the_steps(
    project: Path, tool: Tool, build_environment: Mapping[str, str], helper: Mapping[str, str], builder: str
) -> None:
    BUILDERS[builder](tool, project, {**build_environment, **helper})
    (wheel,) = (project / "out").glob("*.whl")
    assert parse_wheel_name(wheel.name).label == "a496bd9c"
    files = read_wheel(wheel)
    (metadata,) = [content for name, content in files.items() if name.endswith(".dist-info/METADATA")]
    headers = BytesParser().parsebytes(metadata)
    assert headers.get_all("Requires-Dist") == ["packaging", "numpy>=1", "mkl; python_version >= '3'"]
    assert metadata.count(b"\n") == metadata.count(b"\r\n"), "every line ends as the backend wrote it"
    assert metadata.endswith("Line one\r\n\r\nLine two, é\r\n".encode())
    (provenance,) = [json.loads(content) for name, content in files.items() if "/sboms/dualvariant" in name]
    check_provenance(provenance, builder)


def check_provenance(document: dict[str, Any], builder: str) -> None:
    tools = {tool["name"]: tool for tool in document["metadata"]["tools"]["components"]}
    component = document["metadata"]["component"]
    facts = {each["name"].removeprefix("dualvariant:"): each["value"] for each in component["properties"]}
    assert "crlf_backend" in tools
    assert facts["platform"] == "linux_x86_64"
    assert facts["property"] == V3
    assert "-march=x86-64-v3" in facts["flags:CFLAGS"]
    assert facts["source-date-epoch"] == "1580601600"
    if builder == "build":
        (reference,) = component["externalReferences"]
        assert reference["url"] == facts["source"] == "tiny-1.0.tar.gz"
    else:
        assert "externalReferences" not in component
        assert (facts["source"], len(facts["source-tree-sha256"])) == ("source tree", 64)
    if builder == "cibuildwheel":
        assert "version" not in tools["gcc"], "the version is known in cibuildwheel's image only"
        assert "helper" not in tools
    else:
        assert tools["helper"]["version"] == "1.0"


def read_wheel(wheel: Path) -> dict[str, bytes]:
    """The files of a wheel; RECORD lists each of them with its hash and size."""
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    (record,) = [name for name in files if name.endswith(".dist-info/RECORD")]
    rows = {row[0]: row[1:] for row in csv.reader(io.StringIO(files[record].decode())) if row}
    assert rows.keys() == files.keys()
    for name, content in files.items():
        if name != record:
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            assert rows[name] == [f"sha256={digest}", str(len(content))], name
    return files


class TestPipeline:
    def unfinished(self, folder: Path, job: Job) -> UnfinishedWheel:
        origin = Origin("tiny-1.0.tar.gz", "0" * 64, "setuptools.build_meta", "gcc: gcc 12", {}, (), "1580601600")
        return UnfinishedWheel(job, origin, folder / "log")

    def test_a_step_that_is_left_out_does_not_run(self, tmp_path: Path) -> None:
        wheel = make_wheel(tmp_path, "tiny", "1.0")
        assert finish_wheel(wheel, self.unfinished(tmp_path, Job("linux_x86_64", None)), tmp_path, list(Step)) == wheel
        assert not list(tmp_path.glob("finish-*"))

    def test_strip_needs_a_toolchain(self, tmp_path: Path) -> None:
        wheel = make_wheel(tmp_path, "tiny", "1.0", tag="cp311-cp311-linux_x86_64")
        with pytest.raises(ValueError, match="toolchain"):
            finish_wheel(wheel, self.unfinished(tmp_path, Job("linux_x86_64", None)), tmp_path)

    def test_a_wheel_that_cibuildwheel_repaired_gets_its_note_and_one_tag(self, tmp_path: Path) -> None:
        content = compiled(tmp_path / "c", "-march=x86-64-v3")
        tags = "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64"
        wheel = native_wheel(tmp_path, {"tiny.so": content}, tag=tags)
        job = Job("linux_x86_64", VariantDescription.from_strings([V3]))
        finished = finish_wheel(wheel, self.unfinished(tmp_path, job), tmp_path, LEFT_OUT)
        assert parse_wheel_name(finished.name).platform == "manylinux_2_17_x86_64"
        audit = pytest.importorskip("dualvariant.audit").audit_wheel(finished)
        assert audit.modules[0].note == "v3"

    @pytest.mark.parametrize(("platform", "tag"), [("macosx_arm64", "macosx_11_0_arm64"), ("win_amd64", "win_amd64")])
    def test_wheels_of_other_systems_are_labelled_and_documented(self, tmp_path: Path, platform: str, tag: str) -> None:
        wheel = make_wheel(tmp_path, "tiny", "1.0", tag=f"cp311-cp311-{tag}")
        job = Job(platform, VariantDescription.from_strings(["x :: y :: z"]))
        finished = finish_wheel(wheel, self.unfinished(tmp_path, job), tmp_path, LEFT_OUT)
        name = parse_wheel_name(finished.name)
        assert (name.platform, name.label) == (tag, job.label)
        assert any("/sboms/dualvariant" in entry for entry in read_wheel(finished))
