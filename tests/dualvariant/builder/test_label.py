"""``tag``: METADATA and RECORD change, nothing else; and what it refuses."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import stat
import zipfile
from pathlib import Path

import pytest

from samples import HAL9000, make_wheel
from tool import Tool

V3 = "x86_64 :: level :: v3"


def record_of(archive: zipfile.ZipFile) -> dict[str, tuple[str, str]]:
    (path,) = [name for name in archive.namelist() if name.endswith(".dist-info/RECORD")]
    rows = csv.reader(io.StringIO(archive.read(path).decode()))
    return {path: (digest, size) for path, digest, size in rows}


def peculiar_wheel(folder: Path) -> Path:
    """A wheel whose entries differ in everything that an archive can say of them."""
    wheel = make_wheel(folder, "odd", "1.0", build="2b")
    with zipfile.ZipFile(wheel) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    record = "".join(f"{name},,\n" for name in (*entries, "odd/run.sh", "odd/ünï.txt", "odd/empty"))
    entries["odd-1.0.dist-info/RECORD"] = record.encode()
    with zipfile.ZipFile(wheel, "w") as archive:
        for number, (name, content) in enumerate(entries.items()):
            info = zipfile.ZipInfo(name, (2001, 2, 3, 4, 5, 2 * number))
            info.external_attr = (stat.S_IFREG | 0o640) << 16
            info.compress_type = zipfile.ZIP_DEFLATED if number % 2 else zipfile.ZIP_STORED
            archive.writestr(info, content)
        for name, mode, kind in (("run.sh", 0o755, zipfile.ZIP_BZIP2), ("ünï.txt", 0o600, 8), ("empty", 0o644, 0)):
            info = zipfile.ZipInfo(f"odd/{name}", (1999, 12, 31, 23, 59, 58))
            info.external_attr = (stat.S_IFREG | mode) << 16
            info.compress_type = kind
            info.comment = name.encode()
            archive.writestr(info, b"" if name == "empty" else b"#!/bin/sh\n" * 50)
    return wheel


def test_the_new_path_is_printed_and_the_folder_made(tmp_path: Path, tool: Tool) -> None:
    wheel = make_wheel(tmp_path / "in", "thing", "1.0")
    result = tool("tag", wheel, "-p", *HAL9000, "-o", tmp_path / "a" / "b")
    new = tmp_path / "a" / "b" / "thing-1.0~36266d4d-py3-none-any.whl"
    assert result.stdout == f"{new}\n"
    assert [path.name for path in new.parent.iterdir()] == [new.name]
    assert stat.S_IMODE(new.stat().st_mode) == stat.S_IMODE(wheel.stat().st_mode)


def test_several_p_options_and_any_order_mean_the_same(tmp_path: Path, tool: Tool) -> None:
    wheel = make_wheel(tmp_path, "thing", "1.0")
    options = [word for text in reversed(HAL9000) for word in ("-p", text)]
    assert "~36266d4d-" in tool("tag", wheel, *options, "-o", tmp_path).stdout


def test_metadata_gains_the_variant_and_record_is_right(tmp_path: Path, tool: Tool) -> None:
    wheel = peculiar_wheel(tmp_path / "in")
    new = Path(tool("tag", wheel, "-p", V3, "-o", tmp_path / "out").stdout.strip())
    assert new.name == "odd-1.0-2b~a496bd9c-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(new) as archive:
        metadata = archive.read("odd-1.0.dist-info/METADATA").decode()
        added = f"Variant-hash: a496bd9c\nVariant: {V3}\n"
        assert metadata.replace(added, "") == old.read("odd-1.0.dist-info/METADATA").decode()
        digest, size = record_of(archive)["odd-1.0.dist-info/METADATA"]
        expected = base64.urlsafe_b64encode(hashlib.sha256(metadata.encode()).digest()).rstrip(b"=").decode()
        assert (digest, size) == (f"sha256={expected}", str(len(metadata.encode())))
        others = {path: row for path, row in record_of(archive).items() if not path.endswith("METADATA")}
        assert others == {path: row for path, row in record_of(old).items() if not path.endswith("METADATA")}


def test_every_other_entry_is_as_it_was(tmp_path: Path, tool: Tool) -> None:
    """Content, order, permissions, times, compression, comments."""
    wheel = peculiar_wheel(tmp_path / "in")
    new = Path(tool("tag", wheel, "-p", V3, "-o", tmp_path / "out").stdout.strip())
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(new) as archive:
        assert archive.namelist() == old.namelist()
        for before, after in zip(old.infolist(), archive.infolist(), strict=True):
            for attribute in ("external_attr", "date_time", "compress_type", "create_system", "comment", "extra"):
                assert getattr(before, attribute) == getattr(after, attribute), (before.filename, attribute)
            if not before.filename.endswith(("/METADATA", "/RECORD")):
                assert (before.CRC, before.flag_bits) == (after.CRC, after.flag_bits)
                assert old.read(before) == archive.read(after)


def test_every_hash_in_record_is_that_of_the_installed_file(tmp_path: Path, tool: Tool, target: Path) -> None:
    """pip installs it under its standard name, and finds what RECORD says."""
    wheel = make_wheel(tmp_path / "in", "thing", "1.0")
    new = Path(tool("tag", wheel, "-p", V3, "-o", tmp_path / "out").stdout.strip())
    as_standard = new.rename(tmp_path / "out" / wheel.name)
    at = tmp_path / "at"
    tool.run(target, "-m", "pip", "install", "--no-deps", "--no-compile", "--target", at, as_standard)
    with zipfile.ZipFile(as_standard) as archive:
        record = record_of(archive)
        assert set(record) == set(archive.namelist())
    checked = 0
    for path, (digest, size) in record.items():
        content = (at / path).read_bytes()
        if path.endswith("/RECORD"):
            continue
        sha256 = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        assert (digest, size) == (f"sha256={sha256}", str(len(content))), path
        checked += 1
    assert checked == len(record) - 1


def test_the_same_again_is_fine_and_another_file_is_not_replaced(tmp_path: Path, tool: Tool) -> None:
    wheel = make_wheel(tmp_path / "in", "thing", "1.0")
    new = Path(tool("tag", wheel, "-p", V3, "-o", tmp_path / "out").stdout.strip())
    first = (new.stat().st_mtime_ns, new.read_bytes())
    assert tool("tag", wheel, "-p", V3, "-o", tmp_path / "out").stdout == f"{new}\n"
    assert (new.stat().st_mtime_ns, new.read_bytes()) == first
    make_wheel(tmp_path / "in", "thing", "1.0", body="OTHER = 1\n")
    result = tool("tag", wheel, "-p", V3, "-o", tmp_path / "out", code=2)
    assert str(new) in result.stderr
    assert (new.stat().st_mtime_ns, new.read_bytes()) == first


class TestRefusals:
    @pytest.mark.parametrize(
        ("properties", "word"),
        [
            (["nonsense"], "'nonsense'"),
            (["a :: b"], "'a :: b'"),
            (["a :: b :: c d"], "'a :: b :: c d'"),
            ([V3, "x86_64 :: level :: v4"], "x86_64 :: level"),
            ([V3, V3], "x86_64 :: level"),
        ],
    )
    def test_bad_properties(self, tmp_path: Path, tool: Tool, properties: list[str], word: str) -> None:
        wheel = make_wheel(tmp_path, "thing", "1.0")
        assert word in tool("tag", wheel, "-p", *properties, "-o", tmp_path / "out", code=2).stderr
        assert not (tmp_path / "out").exists()

    def test_no_property_no_wheel_no_folder(self, tmp_path: Path, tool: Tool) -> None:
        wheel = make_wheel(tmp_path, "thing", "1.0")
        assert "no property" in tool("tag", wheel, "-o", tmp_path, code=2).stderr
        assert "before -p" in tool("tag", "-o", tmp_path, "-p", V3, wheel, code=2).stderr
        assert "-o" in tool("tag", wheel, "-p", V3, code=2).stderr
        missing = tmp_path / "none-1.0-py3-none-any.whl"
        assert "no such wheel" in tool("tag", missing, "-p", V3, "-o", tmp_path, code=2).stderr

    def test_a_variant(self, tmp_path: Path, tool: Tool) -> None:
        wheel = make_wheel(tmp_path, "thing", "1.0", properties=HAL9000)
        result = tool("tag", wheel, "-p", V3, "-o", tmp_path / "out", code=5)
        assert "variant already" in result.stderr
        lying = wheel.rename(tmp_path / "thing-1.0-py3-none-any.whl")
        assert "36266d4d" in tool("tag", lying, "-p", V3, "-o", tmp_path / "out", code=5).stderr
        assert not list(tmp_path.glob("out/*"))

    @pytest.mark.parametrize("keep", [0, 100, -30])
    def test_a_truncated_wheel(self, tmp_path: Path, tool: Tool, keep: int) -> None:
        wheel = make_wheel(tmp_path, "thing", "1.0")
        wheel.write_bytes(wheel.read_bytes()[:keep])
        assert wheel.name in tool("tag", wheel, "-p", V3, "-o", tmp_path / "out", code=5).stderr
        assert list((tmp_path / "out").iterdir()) == []

    def test_what_is_no_wheel_by_its_name(self, tmp_path: Path, tool: Tool) -> None:
        (tmp_path / "thing.zip").write_bytes(b"")
        assert "not a wheel name" in tool("tag", tmp_path / "thing.zip", "-p", V3, "-o", tmp_path, code=5).stderr
