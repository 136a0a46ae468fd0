"""The document inside a wheel that says where it comes from."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from dualvariant.builder.declaration.job import Job
from dualvariant.builder.finish.provenance import FILENAME, Origin, add_provenance, describe
from samples import make_wheel
from variantlib.errors import WheelFileError
from variantlib.meta import VariantDescription

from .test_repair import check_record

V3 = "x86_64 :: level :: v3"


def document(wheel: Path) -> dict[str, object]:
    job = Job("linux_x86_64", VariantDescription.from_strings([V3]))
    origin = Origin(
        source="tiny-1.0.tar.gz",
        sha256="ab" * 32,
        backend="setuptools.build_meta",
        compiler="gcc: gcc 12.2.0",
        flags={"CFLAGS": "-O3 -march=x86-64-v3"},
        installed=("Cython 3.1.0", "setuptools 80.9.0"),
        epoch="1600000000",
    )
    return describe(wheel, job, origin)


def test_compiler_flags_versions_and_source(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "tiny", "1.0")
    (tmp_path / "new").mkdir()
    new = add_provenance(wheel, tmp_path / "new", document(wheel))
    files = check_record(new)
    assert new.name == wheel.name
    found = json.loads(files[f"tiny-1.0.dist-info/{FILENAME}"])
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    component = found["metadata"]["component"]
    assert component["purl"] == "pkg:pypi/tiny@1.0"
    assert component["externalReferences"][0]["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    told = {(each["name"], each["value"]) for each in component["properties"]}
    assert ("dualvariant:property", V3) in told
    assert ("dualvariant:flags:CFLAGS", "-O3 -march=x86-64-v3") in told
    tools = {(each["name"], each.get("version")) for each in found["metadata"]["tools"]["components"]}
    assert {("gcc", "gcc 12.2.0"), ("Cython", "3.1.0"), ("setuptools", "80.9.0")} <= tools
    assert found["metadata"]["timestamp"] == "2020-09-13T12:26:40Z"


def test_the_rest_of_the_wheel_is_as_it_was_and_the_bytes_are_the_same_again(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "tiny", "1.0")
    results = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        results.append(add_provenance(wheel, tmp_path / name, document(wheel)))
    assert results[0].read_bytes() == results[1].read_bytes()
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(results[0]) as new:
        for entry in old.namelist():
            assert entry.endswith("/RECORD") or new.read(entry) == old.read(entry)
        assert new.namelist()[-1].endswith("/RECORD")


def test_no_wheel_is_one_message(tmp_path: Path) -> None:
    wheel = tmp_path / "tiny-1.0-py3-none-any.whl"
    wheel.write_bytes(b"no zip")
    with pytest.raises(WheelFileError, match="not a complete zip archive"):
        add_provenance(wheel, tmp_path, {})
