"""The recipes of docs/howto/profiles.md, as far as they run without a container and a cluster."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import clients
import samples
from dockerfiles import Image, read_dockerfiles
from foreign_tools import make_tool_environment
from tool import Tool

ROOT = Path(__file__).resolve().parents[2]
V3 = "x86_64 :: level :: v3"
SHOW = "import demo; print(*demo.PROPERTIES)"

#: Stands for the checkout that a recipe installs: a program that runs the tool which is tested.
STAND_IN = {
    "pyproject.toml": """\
[build-system]
requires = []
build-backend = "stand_in"
backend-path = ["."]
""",
    "stand_in.py": """\
import pathlib, zipfile
SCRIPT = "#!python\\nimport os, sys\\nos.execv('PYTHON', ['PYTHON', '-m', 'dualvariant', *sys.argv[1:]])\\n"
def build_wheel(folder, settings=None, metadata=None):
    info, name = "dualvariant-0.dist-info", "dualvariant-0-py3-none-any.whl"
    files = {
        "dualvariant-0.data/scripts/dualvariant": SCRIPT,
        f"{info}/METADATA": "Metadata-Version: 2.1\\nName: dualvariant\\nVersion: 0\\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as wheel:
        for path, text in files.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = 0o100755 << 16
            wheel.writestr(entry, text)
        wheel.writestr(f"{info}/RECORD", "".join(f"{path},,\\n" for path in [*files, f"{info}/RECORD"]))
    return name
""",
}


def test_the_commands_of_the_page(tool: Tool) -> None:
    page, check = ROOT / "docs/howto/profiles.md", ROOT / "docs/check_console.py"
    environment = {**tool.environment, "PATH": f"{Path(sys.executable).parent}:{tool.environment['PATH']}"}
    done = subprocess.run([sys.executable, check, page], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_image_and_a_machine_without_a_network(tool: Tool, tmp_path: Path) -> None:
    """Downloaded here with the profile of the image's machine, installed there from the folder, for that machine."""
    wheels, house = tmp_path / "wheels", tmp_path / "wheelhouse"
    samples.make_wheel(wheels, "demo", "1.0")
    samples.make_wheel(wheels, "demo", "1.0", properties=[V3])
    (tmp_path / "requirements.txt").write_text("demo==1.0\n")
    python = clients.make_target(tmp_path / "there")
    for level in ("x86_64_v3", "x86_64_v2"):
        source: list[str | Path] = ["--no-index", "-f", wheels, "-r", tmp_path / "requirements.txt", "--python", python]
        tool("download", "--profile", level, "-d", house, *source)
    assert len(list(house.iterdir())) == 2
    for level, properties in (("v3", [[V3]]), ("v2", [])):
        there = {"DUALVARIANT_X86_64": level}
        options: list[str | Path] = ["--no-index", "-f", house, "-r", tmp_path / "requirements.txt", "--python", python]
        tool("install", "--force-reinstall", *options, environment=there)
        assert [
            each["properties"] for each in json.loads(tool("list", "--python", python, "--json").stdout)
        ] == properties


#: A ``python`` for the instructions of an image: ``-m venv`` takes a fraction of a second, as :mod:`clients` makes it.
PYTHON = """\
#!/bin/sh
if [ "$1 $2" = "-m venv" ]; then
    exec PYTHON -c "import sys, pathlib; sys.path.insert(0, 'SUPPORT')
import clients; clients.make_target(pathlib.Path(sys.argv[1]))" "$3"
fi
exec PYTHON "$@"
"""


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """One release, standard and for v3."""
    samples.make_wheel(tmp_path / "wheels", "demo", "1.0")
    samples.make_wheel(tmp_path / "wheels", "demo", "1.0", properties=[V3])
    return tmp_path / "wheels"


@pytest.fixture
def image(tool: Tool, wheels: Path, tmp_path: Path) -> Image:
    """An image without anything; what its recipes copy is there, and pip knows the wheels by its variables."""
    context = tmp_path / "context"
    (context / "dualvariant").mkdir(parents=True)
    for name, text in STAND_IN.items():
        (context / "dualvariant" / name).write_text(text.replace("PYTHON", sys.executable))
    (context / "requirements.txt").write_text("demo\n")
    tool.level("v3").rename(context / "node-old.json")
    (tmp_path / "bin").mkdir()
    python = PYTHON.replace("PYTHON", sys.executable).replace("SUPPORT", str(Path(clients.__file__).parent))
    (tmp_path / "bin" / "python").write_text(python)
    (tmp_path / "bin" / "python").chmod(0o755)
    variables = {
        **tool.environment,
        "PATH": f"{tmp_path / 'bin'}{os.pathsep}{tool.environment['PATH']}",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "DUALVARIANT_X86_64": "v2",  # the CPU of the machine that builds does not matter
    }
    return Image(tmp_path / "root", context, variables)


@pytest.mark.parametrize(("arguments", "expected"), [({}, V3), ({"PROFILE": "x86_64_v2"}, "")])
def test_the_image_of_the_page_on_other_machines(
    arguments: dict[str, str], expected: str, image: Image, tmp_path: Path
) -> None:
    """Chosen by the argument of the build; on a machine that lacks something, its entry point says so."""
    clients.make_target(image.root / "usr" / "local")
    (dockerfile,) = read_dockerfiles(ROOT / "docs/howto/profiles.md")
    image.build(dockerfile, arguments)
    assert image.entry_point[1] == "check" and image.command
    python = str(image.root / "usr/local/bin/python")
    there = image.start(python, "-c", SHOW, DUALVARIANT_X86_64="v3")
    assert (there.returncode, there.stdout.strip()) == (0, expected), there.stderr
    lesser = image.start(python, "-c", SHOW, DUALVARIANT_X86_64="v2")
    assert lesser.returncode == (1 if expected else 0)
    if expected:
        assert f"needs '{V3}', provider x86_64 says v2, v1" in lesser.stderr and not lesser.stdout


def test_the_image_of_a_cluster(image: Image) -> None:
    (dockerfile,) = read_dockerfiles(ROOT / "docs/howto/cluster.md")
    image.build(dockerfile)
    assert image.start("python", "-c", SHOW).stdout.strip() == V3  # the environment's is first on PATH


#: Runs a module of Lmod: what modules may call is little Lua, of which the recipe needs this.
MODULE = """
import os, sys, lupa
runtime, found = lupa.LuaRuntime(), []
functions = runtime.globals()
functions.pathJoin = lambda *parts: "/".join(parts)
functions.prepend_path = lambda name, value: found.append((name, value))
runtime.execute(open(sys.argv[1]).read())
((name, value),) = found
print(name, value)
"""


def test_the_module_of_a_cluster(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    """Each node gets the environment for its level; one of which nothing is known, the least."""
    page = (ROOT / "docs/howto/profiles.md").read_text(encoding="utf-8")
    (module,) = re.findall(r"^```lua\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "app.lua").write_text(module.replace("/shared/", f"{tmp_path}/shared/"))
    for level in ("v2", "v3"):
        python = clients.make_target(tmp_path / "shared/app/1.0" / level)
        tool("install", "demo", "--profile", f"x86_64_{level}", "--no-index", "-f", wheels, "--python", python)
    lua = make_tool_environment("lupa", "lupa")
    for variables, expected in (({}, ""), ({"CLUSTER_CPU_LEVEL": "v3"}, V3)):
        line = [str(lua), "-c", MODULE, str(tmp_path / "app.lua")]
        done = subprocess.run(line, env={**tool.environment, **variables}, capture_output=True, text=True, check=True)
        name, folder = done.stdout.split()
        assert name == "PATH"
        shown = subprocess.run([f"{folder}/python", "-c", SHOW], capture_output=True, text=True, check=True)
        assert shown.stdout.strip() == expected
