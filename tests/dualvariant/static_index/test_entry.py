"""Wheels and sdists that are refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dualvariant.static_index import Summary
from indexed_folders import indexed, make_sdist, rewritten, set_header
from label_documents import CPU_PROVIDER, document
from samples import make_wheel, sandbox_project
from variantlib.wheel_archive import rewrite_wheel
from variantlib.wheel_name import parse_wheel_name

#: The document of a label wheel, whose label is v3.
DOCUMENT = document({"x86_64": CPU_PROVIDER}, {"v3": {"x86_64": {"level": ["v3"]}}})


class TestRefusals:
    """Each file is named with its reason and left out, and the others are indexed."""

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
            (lambda wheel: rewritten(wheel, lambda e: set_header(e, "Name: other", instead="Name")), "METADATA"),
            (lambda wheel: rewritten(wheel, lambda e: set_header(e, "Variant-hash: 36266d4d")), "36266d4d"),
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
        make_sdist(tmp_path / name, {"cut-1.0/data": os.urandom(50_000)})
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


def _flip(wheel: Path, at: bytes) -> None:
    content = bytearray(wheel.read_bytes())
    content[content.index(at)] ^= 1
    wheel.write_bytes(content)
