"""Fused wheels of C modules, installed by plain pip: each behaves as the wheel of the variant that it loads."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

import emulation
from foreign_tools import make_tool_environment
from fusing import ABI3, LINKED, MULTI, SUFFIX, USER, compile_library, make_wheels, module_source
from shared import make_once
from tool import Tool

#: Emulated CPU → the variant that it gets.
MODELS = {"qemu64": "none", "Nehalem": "v2", "SandyBridge": "v2", "Haswell": "v3", "Haswell,-xsave": "v2", "max": "v3"}

COMMON = {
    "pkg/__init__.py": b"",
    "pkg/_single.pyi": b"def level() -> str: ...\n",
    "pkg/data.txt": b"data\n",
    "pkg/py.typed": b"",
}

#: What can be seen of the modules from outside, as JSON; the folder that the wheel is in is left out.
PROBE = """
import importlib, importlib.resources, importlib.util, inspect, json, os, pickle, pkgutil, sys, threading
root = sys.argv[1]
sys.path.insert(0, root)
def short(text): return str(text).replace(root, "ROOT")
seen = {}
names = ["pkg._single", "pkg._multi", "pkg._user", "pkg._linked", "pkg._abi", "_top", "space.inner._deep", "extension"]
for name in names:
    module = importlib.import_module(name)
    spec = module.__spec__
    seen[name] = [module.level(), short(module.__file__), spec.name, short(spec.origin), type(spec.loader).__name__,
        module.__name__, module.__package__, short(inspect.getfile(module)), inspect.ismodule(module), module.__doc__,
        sys.modules[name] is module, short(importlib.util.find_spec(name).origin), sorted(vars(module))]
import pkg, pkg._multi, pkg._user, pkg._single, space
thing = pickle.loads(pickle.dumps(pkg._multi.Thing()))
seen["pickle"] = [type(thing) is pkg._multi.Thing, repr(pkg._multi.Thing)]
seen["calls"] = [pkg._user.call(), pkg._linked.ask(), pkg._single.sum()]
files = importlib.resources.files("pkg")
seen["resources"] = [files.joinpath(name).read_text() for name in ("data.txt", "_single.pyi")]
seen["modules"] = sorted(module.name for module in pkgutil.walk_packages([root]) if "dist" not in module.name)
seen["namespace"] = [short(list(space.__path__)), space.__spec__.origin]
seen["reload"] = [importlib.reload(pkg._multi).level(), importlib.reload(pkg._single).level()]
del sys.modules["pkg._multi"]
again = importlib.import_module("pkg._multi")
seen["again"] = [again.level(), again is not thing, pickle.loads(pickle.dumps(again.Thing())) is not None]
found = []
thread = threading.Thread(target=lambda: found.append(importlib.import_module("_top").level()))
thread.start(); thread.join()
seen["thread"] = found
try:
    import _xxsubinterpreters as interpreters
except ImportError:
    seen["subinterpreter"] = None
else:
    other = interpreters.create()
    code = f"import sys; sys.path.insert(0, {root!r}); import pkg._multi as m; assert m.level() == {again.level()!r}"
    seen["subinterpreter"] = str(interpreters.run_string(other, code))
    interpreters.destroy(other)
print(json.dumps(seen))
"""


def _compile(folder: Path) -> dict[str, dict[str, bytes]]:
    """For each level its modules: single- and multi-phase, abi3, at top level, in a namespace package, as a package."""
    found: dict[str, dict[str, bytes]] = {}
    rpath = "-Wl,-rpath,$ORIGIN"
    for level in ("none", "v2", "v3"):
        place = folder / level
        place.mkdir()
        helper = "const char *helper_level(void) { return LEVEL; }\n"
        library = compile_library(place, helper, level, "-Wl,-soname,libhelper.so.1")
        (place / "libhelper.so.1").write_bytes(library)
        link = [str(place / "libhelper.so.1"), rpath + "/../pkg_demo.libs"]
        sources = {
            f"pkg/_single{SUFFIX}": (module_source("_single"), []),
            f"pkg/_multi{SUFFIX}": (module_source("_multi", MULTI), []),
            f"pkg/_user{SUFFIX}": (module_source("_user", USER), []),
            f"pkg/_linked{SUFFIX}": (module_source("_linked", LINKED), link),
            f"pkg/_abi{ABI3}": ("#define Py_LIMITED_API 0x03080000\n" + module_source("_abi"), []),
            "_top.so": (module_source("_top", MULTI.replace("PACKAGE.", "")), []),
            f"space/inner/_deep{SUFFIX}": (module_source("_deep"), []),
            f"extension/__init__{SUFFIX}": (module_source("extension"), []),
        }
        found[level] = {path: compile_library(place, text, level, *flags) for path, (text, flags) in sources.items()}
        found[level]["pkg_demo.libs/libhelper.so.1"] = library
    return found


def _make(folder: Path) -> None:
    wheels = make_wheels(folder, _compile(folder), COMMON)
    tool = Tool(folder / "home")
    tool("fuse", *wheels.values(), "-o", folder / "fused")
    sites = {**wheels, "fused": next((folder / "fused").glob("*.whl"))}
    for name, wheel in sites.items():
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder / "site" / name)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration package: its wheels, its fused wheel in ``fused``, and each of them unpacked in ``site``."""
    return make_once(tmp_path_factory, "fused_demo", _make)


def look(site: Path, *command: str, **variables: str) -> dict[str, Any]:
    """What the probe sees of an unpacked wheel."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DUALVARIANT_"))}
    line = [*(command or (sys.executable,)), "-S", "-c", PROBE, str(site)]
    result = subprocess.run(line, env={**environ, **variables}, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    seen: dict[str, Any] = json.loads(result.stdout)
    return seen


@pytest.mark.parametrize("name", ["none", "v2", "v3"])
def test_the_modules_are_those_of_the_variants_own_wheel(name: str, demo: Path) -> None:
    """Names, paths, specs, loaders, pickles, resources, reloads, threads and subinterpreters: nothing differs."""
    host = look(demo / "site/fused")["_top"][0]
    if name == "v3" and host != "v3":
        pytest.skip("this processor has no v3")
    alone = look(demo / "site" / name)
    fused = look(demo / "site/fused", DUALVARIANT_FUSED=name)
    assert {entry[0] for module, entry in alone.items() if "_" in module or module == "extension"} >= {name}
    assert alone == fused


@pytest.mark.parametrize("model", MODELS)
def test_each_processor_gets_its_variant(model: str, demo: Path) -> None:
    seen = look(demo / "site/fused", *emulation.x86(model, sys.executable))
    assert {MODELS[model]} == {seen[name][0] for name in seen if name.startswith(("pkg.", "_top", "space.", "ext"))}
    assert MODELS[model] == seen["calls"][1], "the linked library is the variant's as well"


def test_plain_pip_installs_and_removes_it(demo: Path, target: Path, tool: Tool) -> None:
    (wheel,) = (demo / "fused").glob("*.whl")
    tool.run(target, "-m", "pip", "install", "--no-index", "--no-deps", wheel)
    assert (
        tool.run(target, "-c", "import _top, pkg._multi; print(_top.level() == pkg._multi.level())").stdout == "True\n"
    )
    (found,) = json.loads(tool("list", "--python", target, "--json").stdout)
    level = tool.run(target, "-c", "import _top; print(_top.level())").stdout.strip()
    assert (found["dialect"], found["fused"]) == ("standard", {"variants": ["v3", "v2", "none"], "active": level})
    assert f"{level} is active (of v3, v2, none)" in tool("check", "--python", target).stdout
    line = tool("check", "--python", target, "--profile", tool.level("v2")).stdout
    assert "v2 is active" in line
    failed = tool(
        "check", "--python", target, "--profile", tool.level("v1"), code=1, environment={"DUALVARIANT_FUSED": "v2"}
    )
    assert "DUALVARIANT_FUSED is 'v2'" in failed.stdout
    (site,) = target.parent.parent.glob("lib/python3*/site-packages")
    tool.run(target, "-m", "pip", "uninstall", "-y", "pkg-demo")
    assert not list(site.glob("pkg*")) and not list(site.glob("_top*"))


def test_explain_knows_it_as_a_standard_wheel(demo: Path, tool: Tool, target: Path) -> None:
    line = ("explain", "pkg-demo", "--no-index", "-f", demo / "fused", "--python", target, "--json")
    (project,) = json.loads(tool(*line).stdout)["projects"]
    (candidate,) = project["candidates"]
    assert (candidate["dialect"], candidate["label"], candidate["verdict"]) == ("standard", None, "chosen")


@pytest.mark.parametrize(("asked", "words"), [("v4", "not support"), ("v9", "v3, v2, v1, v4, none"), ("V3", "V3")])
def test_a_variant_that_cannot_be_had_is_an_import_error(asked: str, words: str, demo: Path) -> None:
    command = emulation.x86("max", sys.executable) if asked == "v4" else [sys.executable]
    environ = {**os.environ, "DUALVARIANT_FUSED": asked, "PYTHONPATH": str(demo / "site/fused")}
    result = subprocess.run([*command, "-c", "import _top"], env=environ, capture_output=True, text=True)
    last = result.stderr.strip().splitlines()[-1]
    assert result.returncode == 1 and last.startswith("ImportError: DUALVARIANT_FUSED ")
    assert words in last and repr(asked) in last and "unset DUALVARIANT_FUSED" in last


def test_a_variant_whose_file_is_missing_is_an_import_error(demo: Path, tmp_path: Path) -> None:
    """As in a folder that a freezer has filled, which takes the files that Python names and no others."""
    with zipfile.ZipFile(next((demo / "fused").glob("*.whl"))) as archive:
        archive.extract("_top.so", tmp_path)
    environ = {**os.environ, "PYTHONPATH": str(tmp_path), "DUALVARIANT_FUSED": "none"}
    result = subprocess.run([sys.executable, "-c", "import _top"], env=environ, capture_output=True, text=True)
    last = result.stderr.strip().splitlines()[-1]
    assert (
        last.startswith("ImportError: the variant 'none' of this module cannot be loaded: ") and "_top.none.so" in last
    )


def test_setdlopenflags_counts_for_the_variant(demo: Path) -> None:
    """Functions of a module that was opened with RTLD_GLOBAL can be found by others."""
    code = (
        "import ctypes, os, sys; sys.setdlopenflags(os.RTLD_NOW | {}); import pkg._linked;"
        "print(hasattr(ctypes.CDLL(None), 'helper_level'))"
    )
    for flag, found in (("os.RTLD_GLOBAL", "True"), ("0", "False")):
        environ = {**os.environ, "PYTHONPATH": str(demo / "site/fused")}
        result = subprocess.run([sys.executable, "-c", code.format(flag)], env=environ, capture_output=True, text=True)
        assert result.stdout.strip() == found, result.stderr


def test_the_wheel_is_an_ordinary_one(demo: Path) -> None:
    (wheel,) = (demo / "fused").glob("*.whl")
    standard = next((demo / "none").glob("*.whl"))
    assert wheel.name == standard.name
    with zipfile.ZipFile(wheel) as new, zipfile.ZipFile(standard) as old:
        assert new.read("pkg_demo-1.0.dist-info/METADATA") == old.read("pkg_demo-1.0.dist-info/METADATA")
        assert b"Variant" not in new.read("pkg_demo-1.0.dist-info/METADATA")
        rows = list(csv.reader(io.StringIO(new.read("pkg_demo-1.0.dist-info/RECORD").decode())))
        assert sorted(row[0] for row in rows) == sorted(name for name in new.namelist() if not name.endswith("/"))
        for path, digest, size in rows[:-1]:
            content = new.read(path)
            encoded = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            assert (digest, int(size)) == (f"sha256={encoded}", len(content))
        same = set(old.namelist()) - set(json.loads(new.read("pkg_demo-1.0.dist-info/fused.json"))["modules"])
        for path in same - {"pkg_demo-1.0.dist-info/RECORD"}:
            assert new.read(path) == old.read(path), path


def test_the_same_wheels_give_the_same_bytes_in_any_order_and_dialect(demo: Path, tool: Tool, tmp_path: Path) -> None:
    wheels = [*(demo / "variants").glob("*.whl"), *(demo / "none").glob("*.whl")]
    first = next((demo / "fused").glob("*.whl")).read_bytes()
    tool("fuse", *reversed(wheels), "-o", tmp_path / "again")
    assert first == next((tmp_path / "again").glob("*.whl")).read_bytes()
    tool("convert", *(demo / "variants").glob("*.whl"), "-o", tmp_path / "labels")
    tool("fuse", *(demo / "none").glob("*.whl"), *(tmp_path / "labels").glob("*.whl"), "-o", tmp_path / "of_labels")
    with zipfile.ZipFile(next((tmp_path / "of_labels").glob("*.whl"))) as other:
        assert not [name for name in other.namelist() if name.endswith("variant.json")]
        with zipfile.ZipFile(io.BytesIO(first)) as archive:
            assert sorted(archive.namelist()) == sorted(other.namelist())
            differing = {name for name in archive.namelist() if archive.read(name) != other.read(name)}
    assert {name.rpartition("/")[2] for name in differing} == {"RECORD", "fused.json"}  # it names the wheels


def test_audit_judges_it_variant_by_variant(demo: Path, tool: Tool, tmp_path: Path) -> None:
    pytest.importorskip("iced_x86")
    (wheel,) = (demo / "fused").glob("*.whl")
    found = {entry["part"]: entry for entry in json.loads(tool("audit", "--json", wheel).stdout)}
    assert {part: entry["verdict"] for part, entry in found.items()} == {"v3": "true", "v2": "true", "none": "true"}
    assert found["v3"]["level_found"] == "v3" and found["none"]["level_found"] == "v1"
    stubs = [module for module in found["none"]["modules"] if module["path"] == "_top.so"]
    assert stubs[0]["needs"] == [] and stubs[0]["judged"]
    # Each file under a false name: v3's code where all processors load it, and where v2's do.
    for place in ("none", "v2"):
        changed = tmp_path / place / wheel.name
        changed.parent.mkdir()
        with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(changed, "w") as target:
            for name in source.namelist():
                target.writestr(name, source.read("_top.v3.so" if name == f"_top.{place}.so" else name))
        result = json.loads(tool("audit", "--json", changed, code=1).stdout)
        assert [entry["part"] for entry in result if entry["verdict"] == "mislabelled"] == [place]


def test_twine_takes_it(demo: Path) -> None:
    """And not the variants that it is made of, whose METADATA has fields that no index knows."""
    twine = make_tool_environment("twine", "twine>=6")
    (wheel,) = (demo / "fused").glob("*.whl")
    for path, code, word in ((wheel, 0, "PASSED"), (next((demo / "variants").glob("*.whl")), 1, "")):
        result = subprocess.run([str(twine), "-m", "twine", "check", str(path)], capture_output=True, text=True)
        assert result.returncode == code and word in result.stdout, result.stdout + result.stderr


def test_only_what_differs_is_there_more_than_once(tool: Tool, tmp_path: Path) -> None:
    """A module that is the same in two variants has one file for both, and one that is the same in all has no stub."""
    libraries = {level: compile_library(tmp_path, module_source("_a"), level) for level in ("none", "v2", "v3")}
    same = compile_library(tmp_path, module_source("_b"), "none")
    files = {
        "none": {"_a.so": libraries["none"], "_b.so": same, "_c.so": libraries["none"]},
        "v2": {"_a.so": libraries["v2"], "_b.so": same, "_c.so": libraries["none"]},
        "v3": {"_a.so": libraries["v3"], "_b.so": same, "_c.so": libraries["v3"]},
    }
    for level in files:
        files[level]["_c.so"] = compile_library(tmp_path, module_source("_c"), "v3" if level == "v3" else "none")
    result = tool("fuse", *make_wheels(tmp_path, files).values(), "-o", tmp_path / "out")
    assert "2 modules differ" in result.stderr and " kB in place of v3 " in result.stderr
    with zipfile.ZipFile(result.stdout.strip()) as archive:
        found = {name for name in archive.namelist() if name.endswith(".so")}
    assert found == {"_a.so", "_a.none.so", "_a.v2.so", "_a.v3.so", "_b.so", "_c.so", "_c.none.so", "_c.v3.so"}


def test_several_releases_and_a_wheel_without_variants(tool: Tool, tmp_path: Path) -> None:
    files = {level: {"_a.so": compile_library(tmp_path, module_source("_a"), level)} for level in ("none", "v3")}
    one = make_wheels(tmp_path / "one", files, name="one")
    two = make_wheels(tmp_path / "two", files, name="two")
    arm = make_wheels(tmp_path / "arm", {"none": {}}, name="one", tag="cp311-cp311-manylinux_2_17_aarch64")
    result = tool("fuse", *one.values(), *arm.values(), *two.values(), "-o", tmp_path / "out")
    assert [Path(line).name for line in result.stdout.splitlines()] == [one["none"].name, two["none"].name]
    assert f"{arm['none'].name}: left alone" in result.stderr
