"""Requirements that only one variant has, written into its METADATA."""

from __future__ import annotations

from pathlib import Path

import pytest

from dualvariant.builder.finish.dependencies import add_dependencies
from samples import make_wheel
from variantlib.errors import WheelFileError
from variantlib.wheel_archive import WheelArchive, rewrite_wheel

from .test_repair import check_record


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_a_metadata_keeps_its_newline_in_every_line(tmp_path: Path, newline: bytes) -> None:
    wheel = make_wheel(tmp_path / "plain", "tiny", "1.0")
    headers = b"Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n".replace(b"\n", newline)
    body = newline + b"One\nbody\r\n\r\nwith both.\n"
    path = "tiny-1.0.dist-info/METADATA"
    wheel = rewrite_wheel(wheel, tmp_path / wheel.name, {path: headers + body})
    (tmp_path / "new").mkdir()
    new = add_dependencies(wheel, ["numpy >=2", "mkl ; python_version > '3.10'"], tmp_path / "new")
    assert new == tmp_path / "new" / wheel.name
    added = b"Requires-Dist: numpy >=2\nRequires-Dist: mkl ; python_version > '3.10'\n".replace(b"\n", newline)
    assert check_record(new)[path] == headers + added + body
    with WheelArchive(wheel) as old, WheelArchive(new) as archive:
        others = [name for name in old.namelist() if not name.endswith(("METADATA", "RECORD"))]
        assert [old.read(name) for name in others] == [archive.read(name) for name in others]


def test_a_file_that_is_no_wheel_is_refused(tmp_path: Path) -> None:
    wheel = tmp_path / "tiny-1.0-py3-none-any.whl"
    wheel.write_bytes(b"no zip")
    (tmp_path / "new").mkdir()
    with pytest.raises(WheelFileError):
        add_dependencies(wheel, ["numpy"], tmp_path / "new")
