"""The structure: which package and folder may import which, what is in the wheel, what a cheap command may load."""

from __future__ import annotations

import ast
import base64
import configparser
import csv
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping, Set
from graphlib import TopologicalSorter
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: The import packages of this repository and the folder that each is in.
SOURCES = {
    "variantlib": ROOT / "variantlib" / "variantlib",
    "dualvariant_providers": ROOT / "plugins" / "dualvariant_providers",
    "dualvariant": ROOT / "resolver" / "dualvariant",
    "dual_autodiff": ROOT / "dual_core",
    "fictional_hw": ROOT / "plugins" / "fictional_hw",
    "fictional_tech": ROOT / "plugins" / "fictional_tech",
    "mpi_provider": ROOT / "plugins" / "mpi" / "src",
}
#: Which others each of them may import: the arrows all point at the vocabulary.
MAY_IMPORT = {
    "variantlib": set[str](),
    "dualvariant_providers": {"variantlib"},
    "dualvariant": {"variantlib"},
    "dual_autodiff": set[str](),
    "fictional_hw": {"variantlib"},
    "fictional_tech": {"variantlib"},
    "mpi_provider": set[str](),
}
#: Which rooms (folders, and modules beside them) of ``dualvariant`` each room may import. A room of ``builder`` is a
#: room of its own. To let a room import another is a decision: change the table, and say why in the commit.
ROOMS: Mapping[str, Set[str]] = {
    "core": set(),
    "help": {"core"},
    "binary": {"core"},
    "profiles": {"core"},
    "host": {"core", "profiles", "settings"},
    "network": {"core"},
    "target": {"core"},
    "settings": {"core", "network"},
    "requirements": {"core", "network", "settings"},
    "repository": {"core", "network"},
    "static_index": {"core", "repository"},
    "selection": {"core", "host", "network", "repository", "requirements", "settings", "target", "trial"},
    "engines": {"core", "serve", "settings", "target"},
    "serve": {"core", "network", "repository", "selection"},
    "install": {
        "core", "engines", "host", "network", "repository", "requirements", "selection", "serve", "settings", "target",
        "trial",
    },
    "refit": {
        "core", "engines", "host", "install", "network", "repository", "requirements", "selection", "serve", "settings",
        "target", "trial",
    },
    "launch": {"core", "engines", "host", "install", "requirements", "selection", "serve", "settings", "target"},
    "audit": {"binary", "core", "target"},
    "trial": {"binary", "core", "target"},
    "measure": set(),
    "builder": {"core"},
    "builder.declaration": {"audit", "builder", "core"},
    "builder.toolchain": {"builder", "builder.declaration", "core", "host"},
    "builder.finish": {"audit", "binary", "builder", "builder.declaration", "builder.toolchain", "core"},
    "fuse": {"binary", "builder", "builder.toolchain", "core"},
    "builder.verify": {"audit", "binary", "builder", "builder.declaration", "core", "host", "trial"},
    "builder.run": {
        "audit", "builder", "builder.declaration", "builder.finish", "builder.toolchain", "builder.verify", "core",
        "measure",
    },
    "backend": {"builder.run", "core"},
    "authoring": {"core", "host", "settings"},
    "testing": {"host"},
    "cli": {
        "audit", "authoring", "builder", "builder.declaration", "builder.finish", "builder.run", "builder.toolchain",
        "builder.verify", "core", "engines", "fuse", "help", "host", "install", "launch", "network", "profiles",
        "refit", "repository", "requirements", "selection", "serve", "settings", "static_index", "target", "trial",
    },
    "__main__": {"cli"},
}  # fmt: skip
#: Modules of others that only some rooms may import, the processes and networks of the rest being theirs.
ONLY_IN: Mapping[str, Set[str]] = {
    "argparse": {"cli"},
    "urllib3": {"network"},
    "ssl": {"network"},
}
#: Import packages that the wheel of this repository consists of.
SHIPPED = ("variantlib", "dualvariant_providers", "dualvariant")

#: Networks, processes, command lines: not for the vocabulary.
FORBIDDEN_IN_VARIANTLIB = {
    "aiohttp", "argparse", "asyncio", "cmd", "concurrent", "ftplib", "getopt", "http", "httpx", "multiprocessing",
    "optparse", "pip", "poplib", "pty", "readline", "requests", "select", "selectors", "signal", "smtplib", "socket",
    "socketserver", "ssl", "subprocess", "telnetlib", "threading", "urllib.error", "urllib.request", "urllib3",
    "webbrowser", "wsgiref", "xmlrpc",
}  # fmt: skip


# --- imports in the source tree


def imported_names(source: str) -> Iterator[str]:
    """Every module that Python source names in an import, or imports by a name that is written out.

    Names imported from a module count as modules of it: ``from urllib import request`` is ``urllib.request``.
    """
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), level=0, names=names):
                yield module
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.Call(
                func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield name
            case ast.Call(
                func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__"),
                args=[ast.JoinedStr(values=[ast.Constant(value=str(name)), *_]), *_],
            ):
                yield name


def imported_in_cython(source: str) -> Iterator[str]:
    """As :func:`imported_names`, for Cython source, line by line."""
    for match in re.finditer(r"^\s*(?:from\s+(\w[\w.]*)\s+c?import|c?import\s+(\w[\w., ]*))", source, re.MULTILINE):
        yield from re.split(r"\s*,\s*", match[1] or match[2])


def source_files(package: str) -> list[Path]:
    """The package's source, without what builds leave behind."""
    files = [
        path
        for path in SOURCES[package].rglob("*")
        if path.suffix in (".py", ".pyi", ".pyx", ".pxd")
        and not {"build", "dist", "tests"} & {*path.relative_to(SOURCES[package]).parts[:-1]}
        and not any(part.startswith(".") for part in path.relative_to(SOURCES[package]).parts)
    ]
    assert files, f"{SOURCES[package]} holds no source"
    return files


def imports_of(package: str) -> dict[str, list[str]]:
    """Imported module → the files that import it."""
    found: dict[str, list[str]] = {}
    for path in source_files(package):
        read = imported_in_cython if path.suffix in (".pyx", ".pxd") else imported_names
        for name in read(path.read_text(encoding="utf-8")):
            found.setdefault(name, []).append(str(path.relative_to(ROOT)))
    return found


@pytest.mark.parametrize("package", SOURCES)
def test_imports_between_our_packages_have_one_direction(package: str) -> None:
    """variantlib ← dualvariant_providers, variantlib ← dualvariant; providers are found, never imported."""
    allowed = {package, *MAY_IMPORT[package]}
    wrong = {
        name: files
        for name, files in imports_of(package).items()
        if name.split(".")[0] in SOURCES and name.split(".")[0] not in allowed
    }
    assert not wrong


@pytest.mark.parametrize("package", ["variantlib", "dualvariant", "dualvariant_providers"])
def test_a_version_that_is_too_long_is_handled_like_one_that_is_none(package: str) -> None:
    """``packaging`` raises a plain ValueError for a number with more digits than Python reads."""
    handled = {
        path: {ast.unparse(node.type) for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.type}
        for path, tree in ((path, ast.parse(path.read_text(encoding="utf-8"))) for path in source_files(package))
    }
    narrow = re.compile("InvalidVersion|InvalidSpecifier")
    assert not [path for path, names in handled.items() if any(map(narrow.search, names))]


#: Where a :class:`Version` is made of a text, how often, and why ``try_version`` is not what is needed there.
MAKES_VERSIONS = {
    "variantlib/variantlib/versions.py": (1, "it is try_version"),
    "resolver/dualvariant/settings/pip_version.py": (2, "the base of a version, and a version that is in our code"),
    "resolver/dualvariant/requirements/release_rules.py": (2, "both are handled with the specifier around them"),
}


def test_a_version_is_made_of_a_text_by_one_function() -> None:
    """By its name or by any other: no module calls ``Version`` or ``parse`` of ``packaging.version`` elsewhere."""
    found: dict[str, int] = {}
    packages = ("variantlib", "dualvariant", "dualvariant_providers")
    for path in (path for package in packages for path in source_files(package)):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        taken = [alias for node in imported if node.module == "packaging.version" for alias in node.names]
        names = {(alias.name, alias.asname) for alias in taken}
        assert names <= {("Version", None), ("InvalidVersion", None)}, f"{path}: another name for Version"
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        count = sum(ast.unparse(call.func).rpartition(".")[2] == "Version" for call in calls)
        # map(Version, …) makes them too.
        count += sum(
            ast.unparse(argument) == "Version"
            for call in calls
            if ast.unparse(call.func) != "isinstance"
            for argument in [*call.args, *(keyword.value for keyword in call.keywords)]
        )
        if count:
            found[path.relative_to(ROOT).as_posix()] = count
    assert found == {path: count for path, (count, _) in MAKES_VERSIONS.items()}


def test_variantlib_opens_no_connection_starts_no_process_and_has_no_command_line() -> None:
    wrong = {
        name: files
        for name, files in imports_of("variantlib").items()
        if any(name == module or name.startswith(f"{module}.") for module in FORBIDDEN_IN_VARIANTLIB)
    }
    assert not wrong


def test_variantlib_depends_on_attrs_and_packaging_alone() -> None:
    others = {name.split(".")[0] for name in imports_of("variantlib")} - sys.stdlib_module_names - {"variantlib"}
    assert others == {"attrs", "packaging"}


def test_variantlib_prints_nothing_and_asks_nothing() -> None:
    for path in source_files("variantlib"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("print", "input", "exit", "quit"), f"{path}:{node.lineno}"


def test_only_the_probes_of_variantlib_ask_the_machine() -> None:
    files = imports_of("variantlib").get("ctypes", [])
    assert {*files} == {str(Path("variantlib", "variantlib", "cpu", "probes.py"))}


# --- rooms of dualvariant


def room_of(module: str) -> str | None:
    """The room that a module of ``dualvariant`` is in; None for the package itself and for other packages' modules."""
    parts = module.split(".")
    if parts[0] != "dualvariant":
        return None
    names = (".".join(parts[1:end]) for end in (3, 2) if len(parts) >= end)
    return next((name for name in names if name in ROOMS), None)


def modules_by_room() -> dict[str, list[Path]]:
    """Every room that the source tree has, with its files; those of ``builder`` by sub-package."""
    found: dict[str, list[Path]] = {}
    root = SOURCES["dualvariant"]
    for path in source_files("dualvariant"):
        parts = path.relative_to(root).parts
        if parts == ("__init__.py",):
            continue
        depth = 2 if parts[0] == "builder" and len(parts) > 2 else 1
        found.setdefault(".".join(parts[:depth]).removesuffix(".py"), []).append(path)
    return found


FILES = modules_by_room()


def test_the_table_lists_every_room_and_no_other() -> None:
    assert {*FILES} == {*ROOMS}
    assert {room for allowed in ROOMS.values() for room in allowed} <= {*ROOMS}


def test_the_table_has_no_cycle() -> None:
    """So the rooms have none either: the next test holds them to the table."""
    assert len(list(TopologicalSorter(ROOMS).static_order())) == len(ROOMS)


@pytest.mark.parametrize("room", FILES)
def test_a_room_imports_only_what_the_table_allows(room: str) -> None:
    allowed = {None, room, *ROOMS.get(room, ())}
    wrong = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in FILES[room]
        for name in imported_names(path.read_text(encoding="utf-8"))
        if room_of(name) not in allowed
    }
    assert not wrong


@pytest.mark.parametrize("module", ONLY_IN)
def test_a_module_of_others_is_imported_only_in_its_room(module: str) -> None:
    found = {
        room: str(path.relative_to(ROOT))
        for room, files in FILES.items()
        for path in files
        for name in imported_names(path.read_text(encoding="utf-8"))
        if name == module or name.startswith(f"{module}.")
    }
    assert {*found} <= ONLY_IN[module], found


def private_names(source: str, package: str) -> Iterator[str]:
    """The private modules and names of other packages that Python source imports, or reads as attributes of modules.

    Args:
        source: the source.
        package: the package that the source is in, whose own private names it may use.
    """
    tree = ast.parse(source)
    modules = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in SOURCES:
            modules |= {alias.asname or alias.name for alias in node.names}
    for name in imported_names(source):
        private = any(part.startswith("_") and not part.endswith("__") for part in name.split("."))
        if private and name.split(".")[0] in SOURCES and not name.startswith(f"{package}."):
            yield name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.endswith("__"):
            value = node.value
            if isinstance(value, ast.Name) and value.id in modules and value.id not in ("os", "sys"):
                yield f"{value.id}.{node.attr}"


@pytest.mark.parametrize("room", FILES)
def test_a_room_uses_no_private_name_of_another(room: str) -> None:
    wrong = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in FILES[room]
        for name in private_names(path.read_text(encoding="utf-8"), f"dualvariant.{room}")
    }
    assert not wrong


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("from dualvariant.host._child import main", {"dualvariant.host._child", "dualvariant.host._child.main"}),
        ("from dualvariant.host.cache import _read", {"dualvariant.host.cache._read"}),
        ("from dualvariant.host import cache\ncache._read()", {"cache._read"}),
        ("from variantlib.selection import TagRanks\nTagRanks._known", {"TagRanks._known"}),
        ("from dualvariant.cli._parser import Parser", set()),
        ("from dualvariant import __version__", set()),
        ("self._parser", set()),
    ],
)
def test_every_private_name_is_seen(source: str, names: set[str]) -> None:
    assert set(private_names(source, "dualvariant.cli")) == names


@pytest.mark.parametrize(
    ("module", "room"),
    [
        ("dualvariant.builder.finish.check", "builder.finish"),
        ("dualvariant.builder.finish", "builder.finish"),
        ("dualvariant.builder.errors", "builder"),
        ("dualvariant.backend", "backend"),
        ("dualvariant.core.errors.UsageError", "core"),
        ("dualvariant", None),
        ("dualvariant.__version__", None),
        ("variantlib.meta", None),
    ],
)
def test_the_room_of_a_module(module: str, room: str | None) -> None:
    assert room_of(module) == room


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import a.b, c", {"a.b", "c"}),
        ("def f():\n    from a.b import c", {"a.b", "a.b.c"}),
        ("from . import x", set()),
        ("if TYPE_CHECKING:\n    import a", {"a"}),
        ("importlib.import_module('a')", {"a"}),
        ("import_module(f'a.b.{name}')", {"a.b."}),
        ("__import__('a')", {"a"}),
        ("'import a'", set()),
    ],
)
def test_every_way_to_import_is_seen(source: str, names: set[str]) -> None:
    assert set(imported_names(source)) == names


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("cimport cython", {"cython"}),
        ("from libc cimport math as libm", {"libc"}),
        ("  from a.b import c", {"a.b"}),
        ("import a, b.c", {"a", "b.c"}),
        ("# import a\nx = 1", set()),
    ],
)
def test_every_way_to_import_in_cython_is_seen(source: str, names: set[str]) -> None:
    assert set(imported_in_cython(source)) == names


# --- the wheel


@pytest.fixture(scope="session")
def built_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree: the one that is under test, or one built from a copy of the tree."""
    given = os.environ.get("DUALVARIANT_WHEEL")
    if given:
        return Path(given)
    if find_spec("build") is None:
        pytest.skip("there is neither DUALVARIANT_WHEEL nor the package 'build' to make the wheel with")
    folder = tmp_path_factory.mktemp("wheel")
    tree = folder / "tree"
    tree.mkdir()
    for name in ("pyproject.toml", "setup.py", "LICENSE", "README.md"):
        shutil.copy(ROOT / name, tree / name)
    for name in ("variantlib", "plugins", "resolver"):
        leftovers = shutil.ignore_patterns("__pycache__", "*.egg-info", "*.pyc")
        shutil.copytree(ROOT / name, tree / name, ignore=leftovers)
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(tree)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def contents(built_wheel: Path) -> dict[str, bytes]:
    """Every file in the wheel."""
    with zipfile.ZipFile(built_wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


@pytest.fixture(scope="session")
def dist_info(contents: dict[str, bytes]) -> str:
    """The wheel's ``.dist-info``."""
    (found,) = {name.split("/")[0] for name in contents if ".dist-info/" in name}
    return found


def test_the_wheel_has_three_top_levels_and_no_more(contents: dict[str, bytes], dist_info: str) -> None:
    assert {name.split("/")[0] for name in contents} == {*SHIPPED, dist_info}
    top_level = contents.get(f"{dist_info}/top_level.txt", "\n".join(SHIPPED).encode()).decode()
    assert {*top_level.split()} == {*SHIPPED}


def test_the_wheel_is_pure_python_for_every_machine(
    built_wheel: Path, contents: dict[str, bytes], dist_info: str
) -> None:
    assert re.fullmatch(r"dualvariant-[0-9.]+-py3-none-any\.whl", built_wheel.name)
    wheel = contents[f"{dist_info}/WHEEL"].decode()
    assert "Root-Is-Purelib: true" in wheel
    assert re.findall(r"^Tag: (.*)$", wheel, re.MULTILINE) == ["py3-none-any"]


def test_the_wheel_holds_the_whole_source_and_nothing_else(contents: dict[str, bytes], dist_info: str) -> None:
    """No tests, no samples, no compiled leftovers; and no module that the build forgot."""
    expected = {
        f"{package}/{path.relative_to(SOURCES[package]).as_posix()}"
        for package in SHIPPED
        for path in SOURCES[package].rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert {name for name in contents if not name.startswith(dist_info)} == expected


def test_types_and_tables_are_in_the_wheel(contents: dict[str, bytes]) -> None:
    for package in SHIPPED:
        assert f"{package}/py.typed" in contents
    for table in ("x86_64.json", "aarch64.json"):
        assert f"variantlib/cpu/{table}" in contents


def test_nothing_of_samples_and_tests_is_in_the_wheel(contents: dict[str, bytes]) -> None:
    tests = re.compile(r"fictional|tests?/|(^|/)test_(?!command\.py)|conftest|samples|\.pyc$|\.so$")
    assert not [name for name in contents if tests.search(name)]


def test_the_wheel_names_its_command_and_its_providers(contents: dict[str, bytes], dist_info: str) -> None:
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case
    parser.read_string(contents[f"{dist_info}/entry_points.txt"].decode())
    assert dict(parser["console_scripts"]) == {"dualvariant": "dualvariant.__main__:main"}
    assert {*parser["variantlib.plugins"]} == {"x86_64", "aarch64", "nvidia"}


def test_the_versions_agree(contents: dict[str, bytes], dist_info: str) -> None:
    version = dist_info.removeprefix("dualvariant-").removesuffix(".dist-info")
    for package in ("variantlib", "dualvariant"):
        assert f'__version__ = "{version}"' in contents[f"{package}/__init__.py"].decode()


def test_the_licence_is_in_the_wheel(contents: dict[str, bytes], dist_info: str) -> None:
    assert contents[f"{dist_info}/licenses/LICENSE"] == (ROOT / "LICENSE").read_bytes()
    assert "License-Expression: MIT" in contents[f"{dist_info}/METADATA"].decode()


def test_the_record_is_right(contents: dict[str, bytes], dist_info: str) -> None:
    rows = list(csv.reader(io.StringIO(contents[f"{dist_info}/RECORD"].decode())))
    assert sorted(row[0] for row in rows) == sorted(contents)
    for name, digest, _ in rows:
        if name != f"{dist_info}/RECORD":
            expected = base64.urlsafe_b64encode(hashlib.sha256(contents[name]).digest()).rstrip(b"=").decode()
            assert digest == f"sha256={expected}", name


# --- what a cheap command loads


def loaded_by(*arguments: str, code: int = 0) -> set[str]:
    """The modules that Python loads to run this, beyond those of Python itself doing nothing."""
    return _loaded(*arguments, code=code) - _loaded("-c", "pass")


def _loaded(*arguments: str, code: int = 0) -> set[str]:
    done = subprocess.run([sys.executable, "-X", "importtime", *arguments], capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines[1:]}


def strangers(modules: set[str]) -> set[str]:
    """The top levels among them that are neither the standard library's nor ours."""
    return {name.split(".")[0] for name in modules} - sys.stdlib_module_names - {"dualvariant"}


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_saying_who_we_are_loads_next_to_nothing(argument: str) -> None:
    """Not attrs, not packaging, not urllib3; not even argparse and variantlib."""
    modules = loaded_by("-m", "dualvariant", argument)
    assert strangers(modules) == set()
    assert not modules & {
        "argparse",
        "json",
        "re",
        "email",
        "http",
        "socket",
        "ssl",
        "subprocess",
        "importlib.metadata",
    }
    assert {name for name in modules if name.startswith("dualvariant")} == {"dualvariant", "dualvariant.cli"}
    assert len(modules) <= 25, sorted(modules)


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    modules = loaded_by("-c", "import dualvariant.cli")
    assert not modules & {"urllib3", "http.server", "cpuinfo", "platformdirs", "packaging", "attr", "attrs", "filelock"}


@pytest.mark.parametrize("command", ["host", "cache", "plugins"])
def test_the_help_of_a_command_that_asks_no_network_loads_no_network(command: str) -> None:
    modules = loaded_by("-m", "dualvariant", command, "--help")
    assert not modules & {"urllib3", "http.server", "http.client", "ssl", "cpuinfo", "dualvariant_providers"}


@pytest.mark.parametrize("arguments", [["list"], ["check"], ["explain", "--no-index", "-f", ".", "nothing"]])
def test_looking_at_an_interpreter_loads_no_engine(arguments: list[str]) -> None:
    code = 3 if arguments[0] == "explain" else 0
    modules = loaded_by("-m", "dualvariant", *arguments, "--python", sys.executable, code=code)
    assert "dualvariant.target.probe" in modules
    assert not {name for name in modules if name.startswith("dualvariant.engines")}
