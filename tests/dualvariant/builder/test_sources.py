"""A source distribution, a name on an index, settings for one variant, and projects that are not what they seem."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from dualvariant.audit import audit_wheel
from dualvariant.builder.finish.label import tag_wheel
from dualvariant.core.platforms import find_host_platform
from samples import make_wheel
from tool import Tool
from variantlib.meta import VariantDescription

from .projects import write_project

pytestmark = [
    pytest.mark.usefixtures("compiler"),
    pytest.mark.skipif(find_host_platform() != "linux_x86_64", reason="the variants are of x86-64"),
]
#: manylinux2014 and what is older.
MANYLINUX = {f"manylinux_2_{minor}_x86_64" for minor in (5, 12, 17)}
MATRIX = ("--matrix", "x86_64 :: level = v3", "--platform", "linux_x86_64")


@pytest.fixture
def sdist(tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]) -> Path:
    """A source distribution of a project that declares nothing."""
    project = write_project(tmp_path / "tiny", "")
    command = [sys.executable, "-m", "build", "--sdist", str(project), "-o", str(tmp_path / "sdists")]
    subprocess.run(command, env={**tool.environment, **build_environment}, check=True, capture_output=True)
    (path,) = (tmp_path / "sdists").glob("*.tar.gz")
    return path


def names(result: subprocess.CompletedProcess[str]) -> list[str]:
    return [Path(line).name.partition("-cp")[0] for line in result.stdout.splitlines()]


def test_from_a_source_distribution(
    sdist: Path, tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
) -> None:
    result = tool("build", sdist, "-o", tmp_path / "out", *MATRIX, environment=build_environment)
    assert names(result) == ["tiny-1.0", "tiny-1.0~a496bd9c"]


def test_from_a_name_on_an_index(sdist: Path, tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]) -> None:
    links = f"{build_environment['PIP_FIND_LINKS']} {sdist.parent}"
    environment = {**build_environment, "PIP_FIND_LINKS": links}
    result = tool("build", "tiny==1.0", "-o", tmp_path / "out", *MATRIX, environment=environment)
    assert names(result) == ["tiny-1.0", "tiny-1.0~a496bd9c"]
    stderr = tool("build", "tiny==2.0", "-o", tmp_path / "out", *MATRIX, environment=environment, code=1).stderr
    assert "no source distribution of 'tiny==2.0' could be fetched (there is 1.0)" in stderr


def test_listing_runs_nothing_of_a_project(sdist: Path, tmp_path: Path, tool: Tool) -> None:
    """Its setup.py would write a file down; what --list needs is in pyproject.toml."""
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (tree,) = (tmp_path / "unpacked").iterdir()
    ran = tmp_path / "ran"
    (tree / "setup.py").write_text(f"open({str(ran)!r}, 'w').close()\nraise SystemExit(3)\n")
    with tarfile.open(sdist, "w:gz") as archive:
        archive.add(tree, tree.name)
    environment = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(sdist.parent)}
    result = tool("build", "tiny", "--list", *MATRIX, environment=environment)
    assert [line.split()[1] for line in result.stdout.splitlines()] == ["-", "a496bd9c"]
    assert (result.stderr, ran.exists()) == ("", False)


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        ("x86_64 :: level = v9", "x86_64 has no level 'v9'; it has v1, v2, v3, v4"),
        ("x86_64 :: lvl = v3", "x86_64 has no 'lvl'; did you mean 'level'?"),
        ("X86_64 :: level = v3", "did you mean 'x86_64'?"),
        ("x86_64 :: avx2 = yes", "the value of x86_64 :: avx2 is 'on', not 'yes'"),
        ("aarch64 :: version = 8.9a", "aarch64 has no version '8.9a'"),
    ],
)
def test_properties_that_cannot_be_meant(tmp_path: Path, tool: Tool, matrix: str, words: str) -> None:
    project = write_project(tmp_path / "tiny", "")
    for line in (["--list"], ["-o", tmp_path / "out"]):
        stderr = tool("build", project, "--matrix", matrix, *line, code=2).stderr
        assert words in stderr and "[unknown-property]" in stderr
    wheel = make_wheel(tmp_path / "wheels", "pkg", "1.0", tag="cp311-cp311-linux_x86_64")
    value = matrix.replace("=", "::")
    assert words in tool("tag", wheel, "-p", value, "-o", tmp_path / "out", code=2).stderr
    made = tag_wheel(wheel, VariantDescription.from_strings([value]), tmp_path)
    audit = audit_wheel(made)
    assert audit.verdict == "mislabelled" and any(words in str(error) for error in audit.errors)


def test_a_project_without_code_gets_its_standard_wheel(
    tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
) -> None:
    both = """
[tool.variantlib.build.linux_x86_64]
variants = ["x86_64 :: level :: v3"]
[tool.variantlib.build.linux_aarch64]
"""
    project = write_project(tmp_path / "tiny", both, pure=True)
    line = ("build", project, "-o", tmp_path / "out")
    result = tool(*line, environment=build_environment)
    assert names(result) == ["tiny-1.0-py3-none-any.whl"]
    said = " ".join(result.stderr.split())
    assert "a496bd9c: not needed: nothing in the project's wheel is compiled" in said
    assert "nothing in it is compiled: the wheel for linux_" in said  # there is one for both platforms
    assert "failed" not in said
    only = tool(*line, "--only", "x86_64 :: level :: v3", "--json", environment=build_environment, code=1)
    assert "nothing in the project's wheel is compiled" in only.stderr and "[nothing-compiled]" in only.stderr
    (v3,) = json.loads(only.stdout)
    assert (v3["wheel"], v3["error"]) == (None, None) and "is compiled" in v3["needless"]


def test_a_variant_that_is_the_standard_wheel_is_pointless(
    tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
) -> None:
    """The flags reach every object, and the compiler has nothing to make of them."""
    project = write_project(tmp_path / "tiny", "")
    source = (project / "tiny.c").read_text()
    body = source[source.index("static PyObject *dot") : source.index("static PyMethodDef")]
    empty = "static PyObject *dot(PyObject *self, PyObject *args) { Py_RETURN_NONE; }\n"
    (project / "tiny.c").write_text(source.replace(body, empty))
    line = ("build", project, "-o", tmp_path / "out", *MATRIX, "--no-smoke", "--json")
    standard, v3 = json.loads(tool(*line, environment=build_environment, code=1).stdout)
    assert standard["same_code"] is None
    assert v3["flags"]["reached_every_object"] is True
    reached, made = v3["same_code"].split(", and ")
    assert reached == "the flags reached every object (1 compilations)"
    assert made == "the compiler made the same code: this variant is pointless"


def test_a_project_that_ignores_cflags(tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]) -> None:
    """The driver brings the level's flags; where the project's own flags take them back, the wheel is rejected."""
    project, out = write_project(tmp_path / "tiny", ""), tmp_path / "out"
    setup = (project / "setup.py").read_text()
    (project / "setup.py").write_text("import os\nos.environ['CFLAGS'] = '-O1 -march=x86-64'\n" + setup)
    line = ("build", project, "-o", out, *MATRIX)
    result = tool(*line, "--json", environment=build_environment, code=1)
    standard, v3 = json.loads(result.stdout)
    assert (standard["audit"]["lies"], standard["audit"]["level"]) == ([], "v1")
    assert any("its code needs nothing above the baseline" in lie for lie in v3["audit"]["lies"])
    assert any("the standard wheel's" in lie for lie in v3["audit"]["lies"])
    assert "no recorded command shows that the flags reached tiny.c" in v3["same_code"]
    rejected = Path(v3["rejected"])
    assert (v3["wheel"], rejected.exists(), rejected.name[-13:]) == (None, True, ".whl.rejected")
    assert v3["refused"] == v3["rejected"], "the key of 0.1.0 is there for one more release"
    assert f"rejected; indexes and installers will not see it as {rejected}" in result.stderr
    assert [path.name for path in out.glob("*.whl")] == [Path(standard["wheel"]).name]
    tool("index", out)
    page = (out / "simple" / "tiny" / "index.html").read_text()
    assert "~" not in page and page.count(".whl") > 0

    again = tool(*line, environment=build_environment, code=1)
    assert again.stderr.count("nothing has changed") == 2
    assert "its code needs nothing above the baseline" in " ".join(again.stderr.split()), "it is said each time"
    assert all(
        len(line) <= 80 for line in again.stderr.partition("\nwheel ")[2].partition("dualvariant:")[0].split("\n")
    )
    assert names(again) == ["tiny-1.0"]
    (project / "setup.py").write_text("import os\nos.environ['CFLAGS'] = '-O1'\n" + setup)
    assert names(tool(*line, environment=build_environment)) == ["tiny-1.0", "tiny-1.0~a496bd9c"]
    assert not rejected.exists()


def test_two_variants_that_come_out_alike(tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]) -> None:
    """To the byte: AVX2 is in v3 already. The one that asks for more is the one that says too much."""
    project, out = write_project(tmp_path / "tiny", ""), tmp_path / "out"
    axes = ("--matrix", "x86_64 :: level = v3", "--matrix", "x86_64 :: avx2 = on,-")
    result = tool("build", project, "-o", out, "--json", "--no-smoke", *axes, environment=build_environment, code=1)
    standard, both, v3 = json.loads(result.stdout)
    assert both["properties"] == ["x86_64 :: avx2 :: on", "x86_64 :: level :: v3"]
    with zipfile.ZipFile(v3["wheel"]) as one, zipfile.ZipFile(both["rejected"]) as two:
        (library,) = [name for name in one.namelist() if name.endswith(".so")]
        assert one.read(library) == two.read(library)
    assert (standard["audit"]["lies"], v3["audit"]["lies"]) == ([], [])
    (lie,) = both["audit"]["lies"]
    assert lie == f"every file in it is that of another variant ({Path(v3['wheel']).name})"
    # Built alone it would be true, but it would lie beside the other.
    alone = ("build", project, "-o", out, "--no-smoke", "--only", both["label"], *axes)
    assert tool(*alone, environment=build_environment, code=1).stdout == ""
    assert len(list(out.glob("*.whl"))) == 2


def test_a_variant_that_comes_out_like_the_standard_wheel(
    tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
) -> None:
    declaration = (
        '[tool.variantlib.build.linux_x86_64]\nvariants = ["x86_64 :: level :: v3", "paint :: colour :: red"]\n'
        '[tool.variantlib.build.configurations.red]\nproperties = "paint :: colour :: red"\n'
        '[[tool.variantlib.build.overrides]]\nselect = "paint :: colour :: red"\nenvironment = { COLOUR = "red" }\n'
    )
    project = write_project(tmp_path / "tiny", declaration)
    line = ("build", project, "-o", tmp_path / "out", "--json", "--no-smoke")
    red = json.loads(tool(*line, environment=build_environment, code=1).stdout)[2]
    assert red["properties"] == ["paint :: colour :: red"]
    assert any("standard wheel" in text for text in red["audit"]["lies"])


def test_a_project_that_labels_its_wheels_itself(
    tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
) -> None:
    """A wheel already labelled, by a backend of the project's own."""
    project = write_project(tmp_path / "tiny", "")
    text = (project / "pyproject.toml").read_text().replace('"setuptools.build_meta"', '"own"\nbackend-path = ["."]')
    (project / "pyproject.toml").write_text(text)
    (project / "MANIFEST.in").write_text("include own.py\n")
    (project / "own.py").write_text(
        "import os\nfrom setuptools.build_meta import *\nfrom setuptools import build_meta\n"
        "def build_wheel(folder, settings=None, metadata=None):\n"
        "    name = build_meta.build_wheel(folder, settings, metadata)\n"
        "    new = name.replace('1.0-', '1.0~a496bd9c-')\n"
        "    os.rename(os.path.join(folder, name), os.path.join(folder, new))\n"
        "    return new\n"
    )
    result = tool("build", project, "-o", tmp_path / "out", *MATRIX, environment=build_environment, code=1)
    assert "the project's build labels its wheels itself: 'tiny-1.0~a496bd9c-" in result.stderr
    assert list((tmp_path / "out").glob("*.whl*")) == []


def test_settings_of_one_variant(tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]) -> None:
    """Environment and dependencies; a property that no provider knows needs no flags then."""
    declaration = (
        '[tool.variantlib.build.linux_x86_64]\nvariants = ["red"]\n'
        '[tool.variantlib.build.configurations.red]\nproperties = "paint :: colour :: red"\n'
        'environment = { COLOUR = "red" }\ncflags = ["-DRED", "-O1"]\ndependencies = ["attrs>=1"]\n'
    )
    project = write_project(tmp_path / "tiny", declaration)
    seen = tmp_path / "seen"
    line = f"import os\nopen({str(seen)!r}, 'a').write(os.environ.get('COLOUR', 'none') + chr(10))\n"
    (project / "setup.py").write_text(line + (project / "setup.py").read_text())
    result = tool("build", project, "-o", tmp_path / "out", "--no-smoke", environment=build_environment)
    assert {*seen.read_text().split()} == {"none", "red"}
    standard, red = [Path(line) for line in result.stdout.splitlines()]
    for wheel, expected in ((standard, False), (red, True)):
        with zipfile.ZipFile(wheel) as archive:
            (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
            assert ("Requires-Dist: attrs>=1" in archive.read(name).decode()) is expected


def test_a_test_command_with_its_requirements_and_placeholders(
    tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
) -> None:
    project = write_project(tmp_path / "tiny", "")
    (project / "tests").mkdir()
    (project / "tests" / "check.py").write_text(
        "import os, sys, tiny\n"
        "try:\n    import helper\nexcept ImportError:\n    sys.exit('helper is not here')\n"
        "assert os.listdir() == [], 'an empty folder, so that no source is imported'\n"
        "assert os.path.samefile(sys.argv[1], sys.argv[2]) and os.path.exists(sys.argv[2] + '/setup.py')\n"
        "assert os.path.basename(sys.argv[3]).startswith('tiny-1.0-') and sys.argv[3].endswith('.whl')\n"
        "assert sys.argv[4:] == ['{project}', '{}']\n"
    )
    make_wheel(tmp_path / "helper", "helper", "1.0")
    environment = {
        **build_environment,
        "PIP_FIND_LINKS": f"{build_environment['PIP_FIND_LINKS']} {tmp_path / 'helper'}",
    }
    command = "python {project}/tests/check.py {project} {package} {wheel} '#{project}' '{}'"
    line = ("build", project, "-o", tmp_path / "out", "--json", *MATRIX, "--test-command", command)
    done = tool(*line, "--test-requires", "helper>=1", environment=environment)
    for outcome in json.loads(done.stdout):
        assert outcome["smoke"]["runs"][-1]["outcome"] == "ran", outcome["smoke"]
    # The wheels are the same; what they are tried with is not.
    done = tool(*line, environment=environment, code=1)
    assert "test command: failed" in done.stderr and "helper is not here" in done.stderr
    assert list((tmp_path / "out").glob("*.whl")) == []
    done = tool(*line, "--test-requires", "helper>=2", environment=environment, code=1)
    assert "the requirements of the test cannot be installed" in done.stderr


@pytest.mark.usefixtures("zig")
def test_zig_makes_manylinux2014_of_this_machines_own_platform(
    tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
) -> None:
    project = write_project(tmp_path / "tiny", "")
    line = ("build", project, "-o", tmp_path / "out", "--compiler", "zig", *MATRIX)
    wheels = tool(*line, environment=build_environment).stdout.splitlines()
    assert len(wheels) == 2
    assert all(
        "manylinux" in Path(wheel).name and "linux_x86_64" not in Path(wheel).name.split("-") for wheel in wheels
    )


def test_a_flag_that_the_compiler_refuses(tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]) -> None:
    project = write_project(
        tmp_path / "tiny", "[tool.variantlib.build]\ncflags = ['-fno-such-flag']\nlinux_x86_64 = {}\n"
    )
    result = tool("build", project, "-o", tmp_path / "out", environment=build_environment, code=1)
    assert "-fno-such-flag" in result.stderr
    assert result.stdout == ""
