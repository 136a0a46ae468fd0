"""The static index: what is written, what is refused, and what is not changed."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from dualvariant.core.locks import hold_folder
from dualvariant.core.report import Reporter
from dualvariant.repository.page import File
from dualvariant.repository.page_parser import parse_html_page, parse_json_page
from dualvariant.static_index import Summary, manifest, write_index
from dualvariant.static_index.read_cache import READ_CACHE
from dualvariant.static_index.write import NoFolderError, NothingToIndexError
from label_documents import CPU_PROVIDER, document
from messages import error_code
from processes import PATIENCE
from samples import HAL9000, SUPERPOSITION, make_wheel, sandbox_project
from tool import Tool
from variantlib.dialects import hashes
from variantlib.wheel_archive import rewrite_wheel
from variantlib.wheel_name import parse_wheel_name

# One hash, two meanings: both are 98a0872e (STANDARDS.md §1, the founding dialect has no separator).
CX = ("a :: b :: cx", "d :: e :: f")
XD = ("a :: b :: c", "xd :: e :: f")

#: The document of a label wheel, whose label is v3.
DOCUMENT = document({"x86_64": CPU_PROVIDER}, {"v3": {"x86_64": {"level": ["v3"]}}})


class Recorder(Reporter):
    """Keeps the messages."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def note(self, message: str) -> None:
        self.messages.append(message)

    warn = note


def indexed(folder: Path) -> tuple[Summary, str]:
    """Index the folder; the summary, and all messages."""
    reporter = Recorder()
    summary = write_index(folder, reporter)
    return summary, "\n".join(reporter.messages)


def page(folder: Path, project: str) -> dict[str, File]:
    """The project's page by file name; the HTML and the JSON form agree."""
    at = folder / "simple" / project
    html = parse_html_page((at / "index.html").read_text(), (at / "index.html").as_uri()).files
    by_json = parse_json_page((at / "index.json").read_bytes(), (at / "index.json").as_uri()).files
    sizes = {file.filename: file.size for file in by_json}
    files = {file.filename: file for file in by_json}
    assert list(files) == [file.filename for file in html]
    for file in html:
        twin = files[file.filename]
        assert (file.url, file.hashes, file.requires_python) == (twin.url, twin.hashes, twin.requires_python)
        assert file.metadata == twin.metadata
        assert sizes[file.filename] == (folder / file.filename).stat().st_size
    return files


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def rewritten(wheel: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """Change a wheel's entries in place."""
    with zipfile.ZipFile(wheel) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return wheel


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file with its time and content."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock" and path.name != READ_CACHE
    }


class TestPages:
    def test_every_file_is_listed_with_its_sha256_size_and_metadata(self, tmp_path: Path) -> None:
        wheels = sandbox_project(tmp_path)
        summary, messages = indexed(tmp_path)
        assert (summary, messages) == (Summary(1, 3, 2, 0, 0), "")
        files = page(tmp_path, "sandbox-project")
        assert {*files} == {*(wheel.name for wheel in wheels), "sandbox_project-0.0.1~variants.json"}
        for name, file in files.items():
            assert file.url == (tmp_path / name).as_uri().replace("%7E", "~")
            assert file.hashes == {"sha256": sha256(tmp_path / name)}
            if name.endswith(".whl"):
                assert file.metadata == {"sha256": sha256(tmp_path / f"{name}.metadata")}

    def test_the_variants_file_has_the_properties_of_each_hash(self, tmp_path: Path) -> None:
        sandbox_project(tmp_path)
        write_index(tmp_path, Reporter())
        found = hashes.parse_index((tmp_path / "sandbox_project-0.0.1~variants.json").read_bytes())
        assert {label: tuple(found[label].properties) for label in found} == {
            "36266d4d": HAL9000,
            "9091cdc4": SUPERPOSITION,
        }

    def test_a_release_without_hash_wheels_has_no_variants_file(self, tmp_path: Path) -> None:
        make_wheel(tmp_path, "plain", "1.0")
        write_index(tmp_path, Reporter())
        assert not list(tmp_path.glob("*~variants.json"))

    def test_both_spellings_of_one_version_find_the_same_variants(self, tmp_path: Path) -> None:
        make_wheel(tmp_path, "two", "1.0", properties=HAL9000)
        make_wheel(tmp_path, "two", "1.0.0", properties=SUPERPOSITION)
        write_index(tmp_path, Reporter())
        first, second = (tmp_path / f"two-{version}~variants.json" for version in ("1.0", "1.0.0"))
        assert first.read_bytes() == second.read_bytes()
        assert len(hashes.parse_index(first.read_bytes())) == 2

    def test_names_are_normalized_and_the_root_lists_every_project(self, tmp_path: Path) -> None:
        make_wheel(tmp_path, "Zope.Thing", "1.0")
        make_wheel(tmp_path, "a_b", "1.0")
        write_index(tmp_path, Reporter())
        root = json.loads((tmp_path / "simple" / "index.json").read_text())
        assert root["meta"] == {"api-version": "1.0"}
        assert root["projects"] == [{"name": "a-b"}, {"name": "zope-thing"}]
        assert 'href="zope-thing/"' in (tmp_path / "simple" / "index.html").read_text()

    def test_requires_python_and_a_local_version_survive_escaping(self, tmp_path: Path) -> None:
        wheel = make_wheel(tmp_path, "local", "1.0+cpu.1")
        rewritten(wheel, lambda entries: _header(entries, "Requires-Python: >=3.8, <4"))
        write_index(tmp_path, Reporter())
        file = page(tmp_path, "local")[wheel.name]
        assert file.requires_python == ">=3.8, <4"
        assert "local-1.0%2Bcpu.1" in (tmp_path / "simple" / "local" / "index.html").read_text()

    def test_sdists_are_listed_with_their_requires_python(self, tmp_path: Path) -> None:
        _sdist(tmp_path / "src_only-1.0.tar.gz", {"src_only-1.0/PKG-INFO": b"Name: x\nRequires-Python: >=3.9\n\n"})
        with zipfile.ZipFile(tmp_path / "src_only-0.9.zip", "w") as archive:
            archive.writestr("src_only-0.9/setup.py", "")
        summary, _ = indexed(tmp_path)
        assert summary == Summary(1, 0, 0, 2, 0)
        files = page(tmp_path, "src-only")
        assert files["src_only-1.0.tar.gz"].requires_python == ">=3.9"
        assert files["src_only-0.9.zip"].requires_python is None

    def test_a_file_that_is_not_an_sdist_is_noted_and_is_not_an_error(self, tmp_path: Path) -> None:
        make_wheel(tmp_path, "plain", "1.0")
        (tmp_path / "backup.zip").write_bytes(b"?")
        summary, messages = indexed(tmp_path)
        assert summary.problems == 0
        assert "'backup.zip'" in messages


class TestUpdates:
    def test_a_second_run_changes_no_file(self, tmp_path: Path) -> None:
        sandbox_project(tmp_path)
        write_index(tmp_path, Reporter())
        before = state(tmp_path)
        write_index(tmp_path, Reporter())
        assert state(tmp_path) == before

    def test_pages_and_metadata_of_wheels_that_are_gone_are_removed(self, tmp_path: Path) -> None:
        make_wheel(tmp_path, "stays", "1.0")
        wheels = sandbox_project(tmp_path)
        write_index(tmp_path, Reporter())
        for wheel in wheels:
            wheel.unlink()
        write_index(tmp_path, Reporter())
        names = {path.name for path in tmp_path.rglob("*")}
        assert not [name for name in names if name.startswith("sandbox")]
        assert [p["name"] for p in json.loads((tmp_path / "simple/index.json").read_text())["projects"]] == ["stays"]

    def test_the_last_wheel_can_be_removed(self, tmp_path: Path) -> None:
        make_wheel(tmp_path, "plain", "1.0").unlink()
        make_wheel(tmp_path, "plain", "1.1")
        write_index(tmp_path, Reporter())
        next(tmp_path.glob("*.whl")).unlink()
        summary, _ = indexed(tmp_path)
        assert summary == Summary(0, 0, 0, 0, 0)
        assert not (tmp_path / "simple" / "plain").exists()

    def test_files_that_are_not_ours_stay(self, tmp_path: Path) -> None:
        """A file is ours if the manifest lists it with the content that it has."""
        wheel = make_wheel(tmp_path, "mine", "1.0", properties=HAL9000)
        write_index(tmp_path, Reporter())
        foreign = [
            tmp_path / "other-1.0-py3-none-any.whl.metadata",
            tmp_path / "other-1.0~variants.json",
            tmp_path / "simple" / "other" / "index.html",
            tmp_path / "simple" / "mine" / "notes.txt",
        ]
        for path in foreign:
            path.parent.mkdir(exist_ok=True)
            path.write_text("a stranger's")
        changed = tmp_path / f"{wheel.name}.metadata"
        changed.write_text("changed")
        wheel.unlink()
        make_wheel(tmp_path, "next", "1.0")
        _, messages = indexed(tmp_path)
        for path in (*foreign, changed):
            assert path.exists(), path
        assert changed.name in messages
        assert not (tmp_path / "simple" / "mine" / "index.html").exists()

    def test_a_manifest_cannot_name_files_outside(self, tmp_path: Path) -> None:
        folder = tmp_path / "index"
        make_wheel(folder, "plain", "1.0")
        victim = tmp_path / "victim"
        victim.write_text("x")
        paths = ["../victim", str(victim), "simple/../../victim", "plain-1.0-py3-none-any.whl"]
        files = {path: [sha256(victim), sha256(folder / "plain-1.0-py3-none-any.whl")] for path in paths}
        (folder / manifest.MANIFEST).write_text(json.dumps({"schema": manifest.MANIFEST_SCHEMA, "files": files}))
        write_index(folder, Reporter())
        assert victim.exists()
        assert (folder / "plain-1.0-py3-none-any.whl").exists()

    @pytest.mark.parametrize("text", ["", "[]", '{"schema": "x"}', '{"schema": 1, "files": []}', "\0"])
    def test_with_a_broken_manifest_no_file_is_removed(self, tmp_path: Path, text: str) -> None:
        make_wheel(tmp_path, "plain", "1.0")
        (tmp_path / manifest.MANIFEST).write_text(text)
        summary, messages = indexed(tmp_path)
        assert summary == Summary(1, 1, 0, 0, 0)
        assert manifest.MANIFEST in messages


class TestRefusals:
    """Each file is named with its reason and left out, the others are indexed, and the command ends with 5."""

    @pytest.mark.parametrize(
        ("spoil", "reason"),
        [
            (lambda wheel: wheel.write_bytes(wheel.read_bytes()[:-40]), "zip archive"),
            (lambda wheel: wheel.write_bytes(wheel.read_bytes()[:200]), "zip archive"),
            (lambda wheel: wheel.write_bytes(b""), "zip archive"),
            (lambda wheel: wheel.write_text("<html>"), "zip archive"),
            (lambda wheel: _flip(wheel, b"PROPERTIES"), "is damaged"),
            (lambda wheel: wheel.rename(wheel.with_name("bad-2.0-py3-none-any.whl")), "bad-1.0.dist-info"),
            (lambda wheel: wheel.rename(wheel.with_name("bad-1.0-py3-any.whl")), "not a wheel name"),
            (lambda wheel: wheel.rename(wheel.with_name("bad-1.0~00000000-py3-none-any.whl")), "'Variant-hash'"),
            (
                lambda wheel: rewritten(wheel, lambda e: e.update({"x-1.dist-info/METADATA": b""})),
                "2 .dist-info directories",
            ),
            (lambda wheel: rewritten(wheel, lambda e: e.pop("bad-1.0.dist-info/METADATA")), "METADATA"),
            (lambda wheel: rewritten(wheel, lambda e: _header(e, "Name: other", instead="Name")), "METADATA"),
            (lambda wheel: rewritten(wheel, lambda e: _header(e, "Variant-hash: 36266d4d")), "36266d4d"),
            (lambda wheel: (wheel.unlink(), wheel.mkdir()), "irectory"),
        ],
    )
    def test_corrupt_wheels(self, tmp_path: Path, spoil: Callable[[Path], object], reason: str) -> None:
        sandbox_project(tmp_path)
        # Stored, so that single bytes can be spoilt.
        spoil(rewritten(make_wheel(tmp_path, "bad", "1.0"), lambda entries: None))
        summary, messages = indexed(tmp_path)
        assert summary == Summary(1, 3, 2, 0, 1)
        assert reason in messages
        assert "bad-" in messages
        assert not (tmp_path / "simple" / "bad").exists()
        assert not list(tmp_path.glob("bad*.metadata"))

    @pytest.mark.parametrize("name", ["cut-1.0.tar.gz", "cut-1.0.zip"])
    def test_a_truncated_sdist(self, tmp_path: Path, name: str) -> None:
        make_wheel(tmp_path, "plain", "1.0")
        _sdist(tmp_path / name, {"cut-1.0/data": os.urandom(50_000)})
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:20_000])
        summary, messages = indexed(tmp_path)
        assert (summary.problems, summary.sdists) == (1, 0)
        assert name in messages

    @pytest.mark.parametrize(
        ("name", "listed"),
        [
            ("lab-1.0-cp311-cp311-linux_x86_64-v3.whl", True),
            ("lab-1.0-cp311-none-linux_x86_64-cu12.8.whl", True),
            ("lab-1.0-py2.py3-none-any-x86.v3.whl", True),
            ("lab-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64-v4.whl", False),
            ("lab-1.0-cp311-none-linux_x86_64-v4.any.whl", False),
            ("lab-1.0-cp311-none-win32-v4.linux_x86_64.whl", False),
            ("lab-1.0-cp311-none-oddos.win32-v4.whl", False),
        ],
    )
    def test_label_wheels_that_an_old_pip_would_install(self, tmp_path: Path, name: str, listed: bool) -> None:
        text = DOCUMENT.replace('"v3":', f'"{parse_wheel_name(name).label}":').encode()
        rewrite_wheel(
            make_wheel(tmp_path / "other", "lab", "1.0"), tmp_path / name, {"lab-1.0.dist-info/variant.json": text}
        )
        summary, messages = indexed(tmp_path)
        assert (summary.wheels, summary.problems) == ((1, 0) if listed else (0, 1))
        assert ("22.3" in messages) is not listed

    def test_pip_20_3_reads_label_names_as_the_refusal_says(self) -> None:
        """pip 20.3.4, pip/_internal/models/wheel.py: the pattern, and the split at the dots."""
        import re

        pattern = (
            r"^(?P<namever>(?P<name>.+?)-(?P<ver>.*?))((-(?P<build>\d[^-]*?))?-(?P<pyver>.+?)-(?P<abi>.+?)-"
            r"(?P<plat>.+?)\.whl|\.dist-info)$"
        )
        match = re.match(pattern, "lab-1.0-cp311-none-linux_x86_64-v4.any.whl")
        assert match is not None
        assert match["plat"].split(".") == ["linux_x86_64-v4", "any"]

    def test_the_command_names_each_and_ends_with_5(self, tmp_path: Path, tool: Tool) -> None:
        sandbox_project(tmp_path / "index")
        (tmp_path / "index" / "bad-1.0-py3-none-any.whl").write_bytes(b"PK")
        result = tool("index", tmp_path / "index", code=5, error="incomplete-index")
        assert "bad-1.0-py3-none-any.whl" in result.stderr
        assert result.stdout.startswith("1 project, 3 wheels, 2 variants among them")

    def test_an_empty_folder_is_left_empty(self, tmp_path: Path, tool: Tool) -> None:
        (tmp_path / "empty").mkdir()
        tool("index", tmp_path / "empty", code=2, error="nothing-to-index")
        assert [path.name for path in (tmp_path / "empty").iterdir() if path.suffix != ".lock"] == []
        tool("index", tmp_path / "missing", code=2, error="no-such-folder")

    def test_no_such_folder(self, tmp_path: Path) -> None:
        with pytest.raises(NoFolderError):
            write_index(tmp_path / "x", Reporter())

    def test_a_folder_without_files_to_list(self, tmp_path: Path) -> None:
        with pytest.raises(NothingToIndexError):
            write_index(tmp_path, Reporter())


class TestContradictions:
    def collide(self, folder: Path) -> tuple[Path, Path]:
        first = make_wheel(folder, "clash", "1.0", properties=CX)
        second = make_wheel(folder, "clash", "1.0", properties=XD, tag="py2-none-any")
        assert "~98a0872e-" in first.name and "~98a0872e-" in second.name
        return first, second

    def test_two_property_sets_under_one_hash_name_both_wheels(self, tmp_path: Path, tool: Tool) -> None:
        folder = tmp_path / "index"
        first, second = self.collide(folder)
        make_wheel(folder, "other", "1.0")
        result = tool("index", folder, code=5, error="incomplete-index")
        assert first.name in result.stderr and second.name in result.stderr
        assert "a :: b :: cx" in result.stderr and "xd :: e :: f" in result.stderr
        assert not (folder / "simple" / "clash").exists()
        assert not list(folder.glob("clash*.metadata"))
        assert [*page(folder, "other")] == ["other-1.0-py3-none-any.whl"]

    def test_the_pages_of_the_project_are_not_changed(self, tmp_path: Path) -> None:
        make_wheel(tmp_path, "clash", "1.0")
        make_wheel(tmp_path, "clash", "1.0", properties=CX)
        write_index(tmp_path, Reporter())
        before = {path: content for path, content in state(tmp_path).items() if "clash" in path}
        self.collide(tmp_path)
        for _ in range(2):
            summary, _ = indexed(tmp_path)
            assert (summary.projects, summary.problems) == (0, 1)
            now = state(tmp_path)
            assert {path: now[path] for path in before if ".whl" not in path} == {
                path: content for path, content in before.items() if ".whl" not in path
            }
            root = json.loads((tmp_path / "simple" / "index.json").read_text())
            assert root["projects"] == [{"name": "clash"}]

    def test_the_same_set_in_two_wheels_is_not_a_contradiction(self, tmp_path: Path) -> None:
        make_wheel(tmp_path, "fine", "1.0", properties=CX)
        make_wheel(tmp_path, "fine", "1.0", properties=CX, tag="py2-none-any")
        make_wheel(tmp_path, "fine", "2.0", properties=XD)
        assert indexed(tmp_path)[0] == Summary(1, 3, 3, 0, 0)

    @pytest.mark.parametrize(
        ("other", "tag"),
        [("Twin-1.0", "py3-none-any"), ("twin-1.0.0", "py3-none-any"), ("twin-1.0", "py3.py2-none-any")],
    )
    def test_two_files_that_are_the_same_to_installers(self, tmp_path: Path, other: str, tag: str) -> None:
        """Names compare normalized, versions by PEP 440, tags as sets."""
        first = make_wheel(tmp_path, "twin", "1.0", tag="py2.py3-none-any" if "." in tag else tag)
        name, _, version = other.partition("-")
        second = make_wheel(tmp_path, name, version, tag=tag, body="OTHER = 1\n")
        summary, messages = indexed(tmp_path)
        assert summary == Summary(0, 0, 0, 0, 1)
        assert first.name in messages and second.name in messages

    def test_copies_are_not_a_contradiction(self, tmp_path: Path) -> None:
        first = make_wheel(tmp_path, "twin", "1.0", tag="py2.py3-none-any")
        (tmp_path / "twin-1.0-py3.py2-none-any.whl").write_bytes(first.read_bytes())
        assert indexed(tmp_path)[0] == Summary(1, 2, 0, 0, 0)


class TestSeveralAtOnce:
    def test_two_runs_at_once_leave_a_whole_index(self, tmp_path: Path, tool: Tool) -> None:
        folder = tmp_path / "index"
        for number in range(40):
            make_wheel(folder, "many", f"1.{number}", properties=HAL9000)
        runs = [tool.popen("index", folder) for _ in range(4)]
        for run in runs:
            _, stderr = run.communicate(timeout=PATIENCE)
            assert run.returncode == 0, stderr
        before = state(folder)
        assert len(page(folder, "many")) == 80
        assert indexed(folder)[0] == Summary(1, 40, 40, 0, 0)
        assert state(folder) == before
        assert not list(folder.rglob("*.part"))

    def test_the_second_run_waits_with_a_message(self, tmp_path: Path, tool: Tool) -> None:

        folder = tmp_path / "index"
        make_wheel(folder, "plain", "1.0")
        with hold_folder(folder, "index", Reporter()):
            run = tool.popen("index", folder)
            assert run.stderr is not None
            assert str(folder) in run.stderr.readline()
            assert run.poll() is None
        run.communicate(timeout=PATIENCE)
        assert run.returncode == 0

    def test_killed_half_way_the_next_run_cleans_up(self, tmp_path: Path) -> None:
        """The result is that of an undisturbed run, whenever the run before was killed."""
        folder = tmp_path / "index"
        for number in range(8):
            make_wheel(folder, "many", f"1.{number}", properties=HAL9000)
        write_index(folder, Reporter())
        gone = make_wheel(folder, "many", "2.0")
        script = (
            "import os, sys\n"
            "from pathlib import Path\n"
            "from dualvariant import static_index as static\n"
            "from dualvariant.core.report import Reporter\n"
            "left, real = int(sys.argv[2]), os.replace\n"
            "def replace(*paths):\n"
            "    global left\n"
            "    left -= 1\n"
            "    if left < 0:\n"
            "        os.kill(os.getpid(), 9)\n"
            "    real(*paths)\n"
            "os.replace = replace\n"
            "static.write_index(Path(sys.argv[1]), Reporter())\n"
        )
        codes = []
        for replacements in range(8):
            done = subprocess.run([sys.executable, "-c", script, str(folder), str(replacements)])
            codes.append(done.returncode)
            for path in folder.rglob("index.json"):
                json.loads(path.read_bytes())
        assert codes[0] == -signal.SIGKILL
        assert codes[-1] == 0
        assert not list(folder.rglob("*.part"))
        gone.unlink()
        write_index(folder, Reporter())
        assert not list(folder.glob("many-2.0*"))
        reference = tmp_path / "reference"
        reference.mkdir()
        for wheel in folder.glob("*.whl"):
            (reference / wheel.name).write_bytes(wheel.read_bytes())
        write_index(reference, Reporter())
        contents = [{path: content for path, (_, content) in state(at).items()} for at in (folder, reference)]
        assert contents[0] == contents[1]

    def test_interrupted_it_ends_with_130(self, tmp_path: Path, tool: Tool) -> None:

        folder = tmp_path / "index"
        make_wheel(folder, "plain", "1.0")
        with hold_folder(folder, "index", Reporter()):
            run = tool.popen("index", folder)
            assert run.stderr is not None
            run.stderr.readline()
            run.send_signal(signal.SIGINT)
            _, stderr = run.communicate(timeout=PATIENCE)
        assert (run.returncode, "Traceback" in stderr, error_code(stderr)) == (130, False, "interrupted")
        assert not (folder / "simple").exists()


def _header(entries: dict[str, bytes], line: str, instead: str | None = None) -> None:
    (path,) = [path for path in entries if path.endswith("/METADATA")]
    lines = entries[path].decode().splitlines()
    lines = [old for old in lines if instead is None or not old.startswith(f"{instead}:")]
    entries[path] = "\n".join([line, *lines, ""]).encode()


def _flip(wheel: Path, at: bytes) -> None:
    content = bytearray(wheel.read_bytes())
    content[content.index(at)] ^= 1
    wheel.write_bytes(content)


def _sdist(path: Path, entries: Mapping[str, bytes]) -> None:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in entries.items():
                archive.writestr(name, content)
        return
    with tarfile.open(path, "w:gz") as tar:
        for name, content in entries.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
