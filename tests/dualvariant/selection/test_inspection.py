"""Variants that the index describes are looked into before an installer sees them, on servers as well."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import samples
from dualvariant.network.client import Client
from dualvariant.network.transport import Transport
from dualvariant.repository.content_cache import ContentCache
from dualvariant.repository.label_wheel import LARGEST_WHOLE
from dualvariant.repository.sources import Sources, SourceSettings
from dualvariant.repository.variant_metadata import MetadataReader
from dualvariant.selection.choice import Choice
from dualvariant.selection.inspection import MOST_INSPECTED, inspect_newest
from dualvariant.selection.settling import settle
from dualvariant.selection.view import View
from indexed_folders import rewritten
from label_documents import CPU_PROVIDER, document, make_label_wheel, static, write_index_file
from long_form import rounds
from processes import PATIENCE
from servers import IndexServer, serving
from tool import Tool
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.profile import HostProfile

DEMO = canonicalize_name("demo")
HOST = HostProfile([ProviderConfig("x86_64", [KeyConfig("level", ["v3", "v2", "v1"])])])
#: How far apart the bytes of a wheel are that are changed, one after the other: in a night, each of them is.
STEP = rounds(5, night=1)
V3, V2 = {"x86_64": {"level": ["v3"]}}, {"x86_64": {"level": ["v2"]}}
TEXT = document({"x86_64": CPU_PROVIDER}, {"fast": V3, "slow": V2})
#: What the index says of wheels that say TEXT, and why the best of them is then passed over.
DISAGREEING = {
    "properties": (
        document({"x86_64": CPU_PROVIDER}, {"fast": {"x86_64": {"level": ["v3", "v2"]}}, "slow": V2}),
        "its variant.json has other properties than the index says (variants.fast)",
    ),
    "provider": (
        document({"x86_64": static({"level": ["v3", "v2"]})}, {"fast": V3, "slow": V2}),
        "its variant.json contradicts the index (providers.x86_64: two different contents)",
    ),
    "namespaces": (
        document({"a": static({"b": ["c"]}), "x86_64": CPU_PROVIDER}, {"fast": V3, "slow": V2}),
        "its variant.json contradicts the index (default-priorities.namespace: ",
    ),
}


def write_release(folder: Path, index: str = TEXT, version: str = "1.0", **options: list[str]) -> None:
    """A standard wheel, the label wheels ``fast`` (with the options) and ``slow``, and the index's document."""
    samples.make_wheel(folder, "demo", version)
    make_label_wheel(folder, "demo", version, "fast", TEXT, **options)
    make_label_wheel(folder, "demo", version, "slow", TEXT)
    write_index_file(folder, "demo", version, index)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "wheels"


@pytest.fixture
def server(folder: Path) -> Iterator[IndexServer]:
    folder.mkdir()
    with serving(IndexServer(folder, "json", ranges=True)) as server:
        yield server


class Shown:
    """What an installer is shown of ``demo``, and what was said."""

    def __init__(self, source: IndexServer | Path, cache: Path | None = None, *, requested: bool = False) -> None:
        client = Client(Transport(timeout=PATIENCE, retries=0))
        reader = MetadataReader(client, ContentCache(cache))
        self.said: list[str] = []
        settings = (
            SourceSettings(find_links=(str(source),), no_index=True)
            if isinstance(source, Path)
            else SourceSettings(source.url)
        )
        view = View(
            Sources(settings, client),
            Choice(HOST, ("py3-none-any",), "3.11.7"),
            lambda: reader,
            warn=self.said.append,
        )
        project = view.project(DEMO)
        assert project is not None
        if requested:
            project, _ = settle(view, project, SpecifierSet(), lambda chosen, why: self.said.append(why))
        else:
            project = inspect_newest(view, project)
            assert view.project(DEMO) is project
        self.project = project
        self.files = [shown.file.filename.removeprefix("demo-").removesuffix(".whl") for shown in project.shown]


@pytest.mark.parametrize("requested", [True, False])
@pytest.mark.parametrize("case", DISAGREEING)
def test_a_wheel_on_a_server_that_disagrees_costs_itself(
    case: str, requested: bool, folder: Path, server: IndexServer, tmp_path: Path
) -> None:
    index, why = DISAGREEING[case]
    write_release(folder, index)
    shown = Shown(server, tmp_path / "cache", requested=requested)
    if case == "properties":
        assert shown.files == ["1.0-py3-none-any-slow"]
    else:  # every label wheel has the other provider, or the other namespaces
        assert shown.files == ["1.0-py3-none-any"]
    assert why in shown.said[0]
    (release,) = shown.project.releases.values()
    assert any(why in str(verdict.reason) for verdict in release.verdicts)


@pytest.mark.parametrize("requested", [True, False])
@pytest.mark.parametrize("metadata", ["in the wheel", "beside it"])
def test_a_variant_marker_is_found_wherever_the_installer_would_read_it(
    metadata: str, requested: bool, folder: Path, server: IndexServer
) -> None:
    write_release(folder, requires=["app; variant_label == 'fast'"])
    if metadata == "beside it":
        add_metadata_file(server, folder / "demo-1.0-py3-none-any-fast.whl", b"Name: demo\nVersion: 1.0\n")
        # The index's METADATA is what the installer takes.
        assert Shown(server, requested=requested).files == ["1.0-py3-none-any-fast"]
        said = b"Name: demo\nVersion: 1.0\nRequires-Dist: b; 'x' in variant_properties\n"
        add_metadata_file(server, folder / "demo-1.0-py3-none-any-fast.whl", said)
    shown = Shown(server, requested=requested)
    assert shown.files == ["1.0-py3-none-any-slow"]
    name = "variant_label" if metadata == "in the wheel" else "variant_properties"
    assert f"no installer evaluates the marker '{name}' of a dependency" in shown.said[0]


def add_metadata_file(server: IndexServer, wheel: Path, content: bytes) -> None:
    """Let the index list METADATA beside a wheel (PEP 658)."""
    page = json.loads(server.page("demo"))
    for file in page["files"]:
        if file["filename"] == wheel.name:
            file["core-metadata"] = {"sha256": hashlib.sha256(content).hexdigest()}
    answers = {
        "/simple/demo/": (200, {"Content-Type": "application/vnd.pypi.simple.v1+json"}, json.dumps(page).encode()),
        f"/files/{wheel.name}.metadata": (200, {}, content),
    }
    server.override = answers.get


#: What METADATA can say in the place of "Name: demo" and "Version: 1.0" that no installer takes, and the reason.
UNUSABLE = {
    "other project": (b"Name: other\nVersion: 1.0\n", "its METADATA is that of the project 'other'"),
    "other version": (b"Name: demo\nVersion: 2.0\n", "its METADATA says version '2.0'"),
    "no version": (b"Name: demo\nVersion: abc\n", "its METADATA says version 'abc'"),
    "without a name": (b"Version: 1.0\n", "its METADATA has no Name"),
    "without a version": (b"Name: demo\n", "its METADATA has no Version"),
    "no name": (b"Name:\n demo\nVersion: 1.0\n", "its METADATA has an invalid name, '\\n demo'"),
    "encoding": (b"Name: demo\nVersion: 1.0\nAuthor: J\xf6rg\n", "its METADATA is not UTF-8"),
    "dependency": (b"Name: demo\nVersion: 1.0\nRequires-Dist: ?\n", "its METADATA has an invalid dependency, '?'"),
    "Python": (b"Name: demo\nVersion: 1.0\nRequires-Python: >=4\n", "its METADATA needs Python >=4"),
}


@pytest.mark.parametrize("place", ["folder", "server", "server without hashes"])
@pytest.mark.parametrize("case", UNUSABLE)
def test_metadata_that_no_installer_takes_costs_the_variant(
    case: str, place: str, folder: Path, server: IndexServer
) -> None:
    """Nothing but the wheel says which properties it has, so its METADATA is read anyway."""
    samples.make_wheel(folder, "demo", "1.0")
    samples.make_wheel(folder, "demo", "1.0", properties=["x86_64 :: level :: v2"])
    said, why = UNUSABLE[case]
    rewritten(
        samples.make_wheel(folder, "demo", "1.0", properties=["x86_64 :: level :: v3"]),
        lambda entries: entries.update(
            {"demo-1.0.dist-info/METADATA": said + b"Variant-hash: a496bd9c\nVariant: x86_64 :: level :: v3\n"}
        ),
    )
    server.hashes = place == "server"
    shown = Shown(folder if place == "folder" else server, requested=True)
    assert shown.files == ["1.0~1590f027-py3-none-any"]
    assert shown.said == [why]


def change_entry(entries: dict[str, bytes], name: str, content: bytes | None) -> None:
    """Give an entry of a wheel another content, or remove it."""
    if content is None:
        del entries[name]
    else:
        entries[name] = content


#: An entry of a variant and its content, None for none, and why no installer takes the variant then.
UNINSTALLABLE = {
    "no WHEEL": ("demo-1.0.dist-info/WHEEL", None, "it has no 'demo-1.0.dist-info/WHEEL'"),
    "no version": ("demo-1.0.dist-info/WHEEL", b"", "its WHEEL has no Wheel-Version"),
    "another version": ("demo-1.0.dist-info/WHEEL", b"Wheel-Version: 2.0\n", "its WHEEL has the Wheel-Version '2.0'"),
    "encoding": ("demo-1.0.dist-info/WHEEL", b"\xff", "its WHEEL is not UTF-8"),
    "no RECORD": ("demo-1.0.dist-info/RECORD", None, "it has no RECORD"),
    "parent folder": ("../demo.py", b"", "its entry '../demo.py' is outside of the wheel"),
    "root folder": ("/demo.py", b"", "its entry '/demo.py' is outside of the wheel"),
}


@pytest.mark.parametrize("dialect", ["hash", "label"])
@pytest.mark.parametrize("place", ["folder", "server"])
@pytest.mark.parametrize("case", UNINSTALLABLE)
def test_an_archive_that_no_installer_unpacks_costs_the_variant(
    case: str, place: str, dialect: str, folder: Path, server: IndexServer
) -> None:
    name, content, why = UNINSTALLABLE[case]
    if dialect == "label":
        write_release(folder)
        best, next_best = "1.0-py3-none-any-fast", "1.0-py3-none-any-slow"
    else:
        for level in ("v2", "v3"):
            samples.make_wheel(folder, "demo", "1.0", properties=[f"x86_64 :: level :: {level}"])
        best, next_best = "1.0~a496bd9c-py3-none-any", "1.0~1590f027-py3-none-any"
    rewritten(folder / f"demo-{best}.whl", lambda entries: change_entry(entries, name, content))
    shown = Shown(folder if place == "folder" else server, requested=True)
    assert shown.files[0] == next_best
    (release,) = shown.project.releases.values()
    assert any(why in str(verdict.reason) for verdict in release.verdicts)


@pytest.mark.parametrize(("at", "value", "why"), [(6, 1, "is encrypted"), (8, zipfile.ZIP_LZMA, "is compressed by a")])
def test_an_entry_that_not_every_installer_unpacks_costs_the_variant(
    at: int, value: int, why: str, folder: Path, server: IndexServer
) -> None:
    """An entry has its flags at byte 6 and its compression method at byte 8; the directory has both, two bytes on."""
    samples.make_wheel(folder, "demo", "1.0")
    wheel = samples.make_wheel(folder, "demo", "1.0", properties=["x86_64 :: level :: v3"])
    content = bytearray(wheel.read_bytes())
    content[at] = content[content.index(b"PK\1\2") + at + 2] = value
    wheel.write_bytes(content)
    shown = Shown(folder, requested=True)
    assert shown.files == ["1.0-py3-none-any"]
    (release,) = shown.project.releases.values()
    assert any(why in str(verdict.reason) for verdict in release.verdicts)


def test_only_the_end_of_the_chosen_wheel_is_read_and_only_once(
    folder: Path, server: IndexServer, tmp_path: Path
) -> None:
    write_release(folder)
    assert Shown(server, tmp_path / "cache").files == ["1.0-py3-none-any-fast"]
    asked = [(path, headers.get("range")) for path, headers in server.requests if path.endswith(".whl")]
    path = "/files/demo-1.0-py3-none-any-fast.whl"
    assert asked == [(path, "bytes=0-0"), (path, "bytes=-65536")]
    assert Shown(server, tmp_path / "cache").files == ["1.0-py3-none-any-fast"]
    assert server.paths().count(path) == 3  # the server is asked whether it still has it


@pytest.mark.parametrize(("size", "files"), [(0, ["1.0-py3-none-any-slow"]), (1, ["1.0-py3-none-any-fast"])])
def test_a_large_wheel_on_a_server_without_ranges_is_not_downloaded_for_a_look(
    size: int, files: list[str], folder: Path, server: IndexServer
) -> None:
    write_release(folder, DISAGREEING["properties"][0])
    server.ranges = False
    wheel = folder / "demo-1.0-py3-none-any-fast.whl"
    padding = b"\0" * (LARGEST_WHOLE * size)
    wheel.write_bytes(padding + wheel.read_bytes())  # zip archives may begin with anything
    assert Shown(server).files == files


def test_of_a_page_the_newest_releases_are_looked_into(folder: Path, server: IndexServer) -> None:
    for number in range(MOST_INSPECTED + 2):
        write_release(folder, DISAGREEING["properties"][0], f"{number}.0")
    fast = [f"{number}.0-py3-none-any-fast" for number in (1, 0)]
    assert [name for name in Shown(server).files if name.endswith("fast")] == fast


@pytest.mark.parametrize("requested", [True, False])
@pytest.mark.parametrize("dialect", ["hash", "label"])
def test_a_wheel_that_is_gone_costs_itself(
    dialect: str, requested: bool, folder: Path, server: IndexServer, tmp_path: Path
) -> None:
    """Also where what the index says, or what was read before, is enough to choose it."""
    best = "~a496bd9c-py3-none-any" if dialect == "hash" else "-py3-none-any-fast"
    if dialect == "label":
        write_release(folder)
    else:
        samples.make_wheel(folder, "demo", "1.0")
        for level in ("v2", "v3"):
            samples.make_wheel(folder, "demo", "1.0", properties=[f"x86_64 :: level :: {level}"])
        Tool(tmp_path / "home")("index", folder)
    assert Shown(server, tmp_path / "cache", requested=requested).files == [f"1.0{best}"]
    server.override = lambda path: (404, {}, b"") if path.endswith(f"{best}.whl") else None
    shown = Shown(server, tmp_path / "cache", requested=requested)
    assert shown.files == ["1.0~1590f027-py3-none-any" if dialect == "hash" else "1.0-py3-none-any-slow"]
    assert "404" in shown.said[0]


def test_a_wheel_that_cannot_be_read_costs_itself(folder: Path, server: IndexServer) -> None:
    write_release(folder)
    server.override = lambda path: (403, {}, b"") if path.endswith("-fast.whl") else None
    shown = Shown(server)
    assert shown.files == ["1.0-py3-none-any-slow"]
    assert "demo-1.0-py3-none-any-fast.whl is passed over: " in shown.said[0]


@pytest.mark.parametrize("kind", ["hash", "label"])
def test_a_wheel_in_a_folder_with_a_changed_byte_costs_itself(kind: str, tmp_path: Path) -> None:
    """Wherever the byte is: what is shown to the installer has the files of the sound wheel."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    samples.make_wheel(folder, "demo", "1.0")
    if kind == "hash":
        path = samples.make_wheel(folder, "demo", "1.0", properties=["x86_64 :: level :: v3"])
    else:
        path = make_label_wheel(folder, "demo", "1.0", "fast", TEXT)
    sound, content = read_files(path), path.read_bytes()
    name = path.name.removeprefix("demo-").removesuffix(".whl")
    passed_over = 0
    for position in range(0, len(content), STEP):
        changed = bytearray(content)
        changed[position] ^= 1 << (position % 8)
        path.write_bytes(changed)
        shown = Shown(folder)
        if name in shown.files:
            assert read_files(path) == sound, position
        else:
            assert shown.files == ["1.0-py3-none-any"], position
            passed_over += 1
    assert passed_over > len(content) // STEP // 4


def read_files(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("algorithm", ["sha256", "sha512", "md5"])
def test_a_wheel_in_an_index_folder_that_is_not_the_listed_one_costs_itself(algorithm: str, tmp_path: Path) -> None:
    wheels = [samples.make_wheel(tmp_path, "demo", "1.0")]
    wheels.append(samples.make_wheel(tmp_path, "demo", "1.0", properties=["x86_64 :: level :: v3"]))
    page = tmp_path / "index.html"
    for says in ("its own", "another"):
        links = []
        for wheel in wheels:
            digest = hashlib.new(algorithm, wheel.read_bytes() if says == "its own" else b"").hexdigest()
            links.append(f'<a href="{wheel.as_uri()}#{algorithm}={digest}">{wheel.name}</a>')
        page.write_text("".join(links))
        shown = Shown(page)
        assert shown.files == (["1.0~a496bd9c-py3-none-any"] if says == "its own" else ["1.0-py3-none-any"])
    assert f"its {algorithm} is not the one that its source lists" in shown.said[0]
