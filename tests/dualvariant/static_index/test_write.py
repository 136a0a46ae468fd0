"""The static index: what is written, what is left out, and what several runs at once leave."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from dualvariant.core.locks import hold_folder
from dualvariant.core.report import Reporter
from dualvariant.static_index import Summary, write_index
from dualvariant.static_index.write import NoFolderError, NothingToIndexError
from indexed_folders import indexed, make_sdist, page, rewritten, set_header, sha256, state
from messages import error_code
from processes import PATIENCE
from samples import HAL9000, SUPERPOSITION, make_wheel, sandbox_project
from tool import Tool
from variantlib.dialects import hashes


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
        rewritten(wheel, lambda entries: set_header(entries, "Requires-Python: >=3.8, <4"))
        write_index(tmp_path, Reporter())
        file = page(tmp_path, "local")[wheel.name]
        assert file.requires_python == ">=3.8, <4"
        assert "local-1.0%2Bcpu.1" in (tmp_path / "simple" / "local" / "index.html").read_text()

    def test_sdists_are_listed_with_their_requires_python(self, tmp_path: Path) -> None:
        make_sdist(tmp_path / "src_only-1.0.tar.gz", {"src_only-1.0/PKG-INFO": b"Name: x\nRequires-Python: >=3.9\n\n"})
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


class TestRefusals:
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
