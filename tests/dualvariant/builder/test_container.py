"""The compiler driver in a container: the sources are in another place there, and only the output comes back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from dualvariant.builder.toolchain.container import (
    ContainerDriver,
    ContainerRecord,
    pack_driver,
    read_container_records,
)
from dualvariant.builder.toolchain.driver import find_level_flags
from dualvariant.core.platforms import find_host_platform

pytestmark = [
    pytest.mark.usefixtures("compiler"),
    pytest.mark.skipif(find_host_platform() != "linux_x86_64", reason="its flags are for Linux on x86-64"),
]

LEVELS = find_level_flags("linux_x86_64", "gcc", {"CFLAGS": ("-march=x86-64-v3",)})
#: A program in the place of auditwheel that knows the option, and shows its arguments.
REPAIRER = '#!/bin/sh\n[ "$2" != --help ] || echo "usage: --new-option"\nprintf "<%s>" "$@"\necho\n'


class Container:
    """A place to which only a folder was copied, and in which the assignments of cibuildwheel hold."""

    def __init__(self, folder: Path, package: str = "my project", options: tuple[str, ...] = ()) -> None:
        start, self.project = folder / "here", folder / "container" / "it is"
        tree = start / package
        tree.mkdir(parents=True)
        self.driver: ContainerDriver = pack_driver(tree, start, LEVELS, ["--cfg", "users"], options)
        shutil.move(start, self.project)
        self.package = self.project / package
        image = folder / "image"
        image.mkdir()
        (image / "auditwheel").write_text(REPAIRER)
        (image / "auditwheel").chmod(0o755)
        (image / "python").symlink_to(sys.executable)
        self.environ = {"PATH": f"{image}:/usr/bin:/bin"}

    def enter(self) -> Mapping[str, str]:
        """The environment that the assignments make, by the rules of bash."""
        words = " ".join(f"{name}={word}" for name, word in self.driver.assignments.items())
        command = ["bash", "-c", f"set -ea; {words}\nenv -0"]
        done = subprocess.run(
            command, cwd=self.project, env=self.environ, stdout=subprocess.PIPE, text=True, check=True
        )
        return dict(line.split("=", 1) for line in done.stdout.split("\0")[:-1])

    def run(self, script: str, environ: Mapping[str, str]) -> str:
        command = ["sh", "-ec", script]
        return subprocess.check_output(command, cwd=self.package, env=environ, text=True)


BUILD = """
echo 'int q(void) { return 1; }' > q.c; echo 'int q(void); int m(void) { return q(); }' > m.c
mkdir -p ../elsewhere
/usr/bin/gcc -fPIC -c q.c -o ../elsewhere/q.o; /usr/bin/ar rc ../elsewhere/libq.a ../elsewhere/q.o
eval "$CC -march=native -fPIC -c m.c -o m.o"
gcc -shared m.o -L../elsewhere -lq -lm -o m.so
"""


def build(container: Container, script: str = BUILD) -> tuple[str, list[ContainerRecord]]:
    """What is left of a build when the container is gone: the output, and the records in it."""
    environ = {**container.enter(), "CIBUILDWHEEL_BUILD_IDENTIFIER": "cp311-manylinux_x86_64"}
    container.run(script, environ)
    wheel = container.package / "m-1.0-cp311-cp311-linux_x86_64.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(container.package / "m.so", "m.so")
    output = container.run(f"echo before; auditwheel repair -w out {wheel.name}; echo after", environ)
    shutil.rmtree(container.project)
    return read_container_records(output)


def test_an_archive_that_only_the_container_has_is_not_taken_for_shared(tmp_path: Path) -> None:
    output, (record,) = build(Container(tmp_path))
    assert output == "before\n<repair><-w><out><m-1.0-cp311-cp311-linux_x86_64.whl>\nafter\n"
    reach = record.find_reach(LEVELS)
    assert (reach.objects, reach.natives, reach.unknown, reach.is_whole) == (1, 1, ("libq.a",), False)


def test_flags_that_reach_everything(tmp_path: Path) -> None:
    _, (record,) = build(Container(tmp_path), BUILD.replace("/usr/bin/gcc", "gcc").replace("/usr/bin/ar", "ar"))
    reach = record.find_reach(LEVELS)
    assert (reach.objects, reach.is_whole) == (2, True)


def test_a_repaired_wheel_has_the_record_of_its_build(tmp_path: Path) -> None:
    _, (record,) = build(Container(tmp_path))
    assert record.belongs_to("m-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl")
    assert not record.belongs_to("m-1.0-cp311-cp311-musllinux_1_2_x86_64.whl")
    assert not record.belongs_to("m-1.0-cp312-cp312-manylinux_2_17_x86_64.whl")


def test_the_programs_that_the_user_names_stay(tmp_path: Path) -> None:
    container = Container(tmp_path)
    container.environ |= {"CC": "/usr/bin/gcc -pthread", "RUSTC_WRAPPER": "sccache", "HOME": str(tmp_path)}
    environ = container.enter()
    assert environ["CC"].endswith(" -pthread") and "driver" in environ["CC"]
    assert environ["PATH"].endswith(container.environ["PATH"])
    wrapper = Path(environ["RUSTC_WRAPPER"]).read_text()
    assert "rust_chain=sccache" in wrapper and "users" in wrapper
    assert container.enter()["PATH"] == environ["PATH"], "each Python of a run installs it again"


@pytest.mark.parametrize(("option", "given"), [("--new-option", "<--new-option>"), ("--other", "")])
def test_only_options_that_auditwheel_knows_are_added(tmp_path: Path, option: str, given: str) -> None:
    container = Container(tmp_path, options=(option,))
    environ = container.enter()
    assert container.run("auditwheel repair a", environ).endswith(f"<repair><a>{given}\n")
    assert container.run("auditwheel show a", environ) == "<show><a>\n"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="cibuildwheel needs Python 3.11")
@pytest.mark.parametrize("package", ["", "my project", "it's"])
def test_cibuildwheel_reads_the_assignments_as_bash_does(
    tmp_path: Path, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = pytest.importorskip("cibuildwheel.environment", reason="cibuildwheel is not installed")
    container = Container(tmp_path, package)
    words = " ".join(f"{name}={word}" for name, word in container.driver.assignments.items())
    monkeypatch.chdir(container.project)
    found = environment.parse_environment(words).as_dictionary(container.environ)
    by_bash = container.enter()
    assert {name: found[name] for name in container.driver.assignments} == {
        name: by_bash[name] for name in container.driver.assignments
    }
    assert found["PATH"].split(os.pathsep)[0] == str(container.package / ".dualvariant-driver" / "bin")
