"""The structure: which package and which room may import which."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping, Set
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from source_tree import ROOT, SHIPPED, SOURCES, imported_in_cython, imported_names, imports_of, source_files

#: Which of the import packages each of them may import: the arrows all point at the vocabulary.
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

#: Networks, processes, command lines: not for the vocabulary.
FORBIDDEN_IN_VARIANTLIB = {
    "aiohttp", "argparse", "asyncio", "cmd", "concurrent", "ftplib", "getopt", "http", "httpx", "multiprocessing",
    "optparse", "pip", "poplib", "pty", "readline", "requests", "select", "selectors", "signal", "smtplib", "socket",
    "socketserver", "ssl", "subprocess", "telnetlib", "threading", "urllib.error", "urllib.request", "urllib3",
    "webbrowser", "wsgiref", "xmlrpc",
}  # fmt: skip


# --- packages


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


# --- values


def find_attrs_classes() -> Iterator[tuple[str, ast.ClassDef]]:
    """The attrs classes of the wheel, with the files and lines that they are in."""
    for package in SHIPPED:
        for path in source_files(package):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef) and any(
                    ast.unparse(decorator).startswith(("frozen", "define")) for decorator in node.decorator_list
                ):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_an_attrs_class_needs_what_attrs_does() -> None:
    """Any other value is a named tuple, which takes a quarter of the time to make: every install makes a hundred."""
    classes = list(find_attrs_classes())
    bases = {ast.unparse(base) for _, node in classes for base in node.bases}
    assert bases
    assert [place for place, node in classes if node.name not in bases and not needs_attrs(node)] == []


def needs_attrs(node: ast.ClassDef) -> bool:
    """Whether a class could not be written as a named tuple, or would be another value then."""
    fields = [each for each in node.body if isinstance(each, ast.AnnAssign)]
    methods = [each for each in node.body if isinstance(each, ast.FunctionDef)]
    return bool(
        not fields
        or node.bases
        or [ast.unparse(decorator) for decorator in node.decorator_list] != ["frozen"]
        or any(isinstance(each.value, ast.Call) and ast.unparse(each.value.func) == "field" for each in fields)
        or {ast.unparse(each.target) for each in fields} & {"count", "index"}
        or any(each.name.startswith("__") and each.name != "__str__" for each in methods)
    )


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


#: The functions of :mod:`urllib.parse` that raise ValueError for some texts.
TAKE_URLS_APART = {"urldefrag", "urljoin", "urlparse", "urlsplit"}


def test_one_module_takes_urls_apart() -> None:
    """Anybody may have written a URL: that module makes a message of what would be a traceback elsewhere."""
    found = {
        path.relative_to(SOURCES["dualvariant"])
        for path in source_files("dualvariant")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if {getattr(node, key, None) for key in ("id", "attr", "name")} & TAKE_URLS_APART
    }
    assert found == {Path("network", "urls.py")}


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


# --- files of strangers

#: Rooms that read only what the user has named as a source to build, and what their own children wrote.
BUILDING = {room for room in ROOMS if room.startswith("builder")} | {"audit", "authoring", "fuse", "measure"}
#: The modules that read a file without :mod:`variantlib.files`, and why nobody else can have put it there.
OWN_FILES = {
    "host/identity.py": "of the kernel",
    "install/report.py": "the installer wrote it into our scratch folder",
    "network/credentials.py": "the user's own netrc, which Python reads before",
    "repository/plain_page.py": "of our package",
    "selection/sdists.py": "we wrote it into our scratch folder",
    "settings/installer_options.py": "of our package",
    "trial/distribution.py": "our child wrote it into our scratch folder",
}


def bare_reads(source: str) -> Iterator[str]:
    """Every call of a method that opens a path for reading, whatever is there."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(attr="read_bytes" | "read_text")):
                yield ast.unparse(node)
            case ast.Call(
                func=ast.Attribute(attr="open"), keywords=[], args=[] | [ast.Constant(value="r" | "rb" | "r+b" | "rt")]
            ):
                yield ast.unparse(node)


def test_files_that_a_stranger_may_have_put_there_are_opened_in_one_way() -> None:
    """Reading a pipe waits for ever, and a device has no end: only regular files are opened, up to a size."""
    folder = SOURCES["dualvariant"]
    found = {
        str(path.relative_to(folder))
        for room in set(FILES) - BUILDING
        for path in FILES[room]
        if any(bare_reads(path.read_text(encoding="utf-8")))
    }
    assert found == set(OWN_FILES)


def test_what_programs_print_is_read_as_bytes_or_with_a_rule_for_those_that_are_no_text() -> None:
    """``text=True`` ends with a traceback where a program prints in another encoding than ours."""
    found = [
        f"{path.name}:{node.lineno}"
        for path in SOURCES["dualvariant"].rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.keyword) and node.arg in ("text", "universal_newlines")
        if isinstance(node.value, ast.Constant) and node.value.value is True
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("path.read_bytes()", 1),
        ("Path(name).read_text('utf-8')", 1),
        ("with path.open('rb') as file: pass", 1),
        ("path.open()", 1),
        ("client.open(url)", 0),
        ("path.open('wb')", 0),
        ("read_regular(path, 1)", 0),
    ],
)
def test_every_bare_read_is_seen(source: str, count: int) -> None:
    assert len(list(bare_reads(source))) == count


# --- how imports are found


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
