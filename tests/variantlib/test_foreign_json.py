"""A document that would take much memory is refused before it is read, by every reader of what a stranger wrote."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable

import pytest

from dualvariant.repository import page_parser
from dualvariant.repository.joined_page import find_entries
from variantlib import foreign_json
from variantlib.dialects import hashes
from variantlib.dialects.labels.document import parse_document
from variantlib.foreign_json import load_json
from variantlib.fused import FusedWheel
from variantlib.profile import HostProfile

#: Pieces that take much memory for their length.
PIECES = {
    "objects": "{},",
    "lists": "[],",
    "lists of one": "[0],",
    "lists in lists": "[[[[]]]],",
    "objects in objects": '{"a":{"a":{"a":0}}},',
    "numbers": "0.1,",
    "texts": '"ab",',
    "wide texts": '"a\U0001f600",',
    "one wide text": f'"{"a" * 200_000}\U0001f600",',
    "keys": "{" + ",".join(f'"{number:x}":"ab"' for number in range(44_000)) + "},",
    "files": json.dumps({"filename": "demo-1.0-py3-none-any.whl", "url": "https://h/" + "x" * 60, "size": 5}) + ",",
}


def peak(work: Callable[[], object]) -> int:
    """The most bytes that Python has of memory while it works."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", PIECES)
def test_what_is_read_keeps_to_its_memory(name: str) -> None:
    """What is counted is near enough to what Python takes: never less than three quarters of it."""
    piece = PIECES[name]
    content = f"[{piece * (1 + 400_000 // len(piece))}0]".encode()
    taken = peak(lambda: json.loads(content))
    with pytest.raises(ValueError, match="too large: to read it takes"):
        load_json(content, taken * 3 // 4)


READERS: dict[str, Callable[[bytes], object]] = {
    "a page": lambda content: page_parser.parse_json_page(content, "http://h/"),
    "what is around the files of a page": lambda content: find_entries(b'{"files": [], "x": ' + content + b"}"),
    "the variants of an index": hashes.parse_index,
    "the labels of an index": parse_document,
    "a fused wheel": FusedWheel.parse,
    "a profile": HostProfile.from_json,
}


@pytest.mark.parametrize("name", READERS)
def test_every_reader_refuses_what_takes_much_memory(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two MB that would be 50 MB are refused where 16 are allowed, and take none for that."""
    content = b"[" + b"[0]," * 500_000 + b"0]"
    monkeypatch.setattr(page_parser, "MAX_MEMORY", 16 << 20)
    monkeypatch.setattr(foreign_json.load_json, "__defaults__", (16 << 20,))
    monkeypatch.setattr("variantlib.dialects.labels.document.SMALL_MEMORY", 16 << 20)

    def read() -> None:
        with pytest.raises(ValueError, match=r"too large|has no end"):
            READERS[name](content)

    assert peak(read) < 12 << 20


def test_a_page_of_ten_thousand_files_takes_a_part_of_what_is_allowed() -> None:
    digests = {"sha256": "0" * 64}
    name = "demo-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
    entry = {
        "filename": name,
        "url": f"https://files.example.org/packages/aa/bb/{'0' * 60}/{name}",
        "hashes": digests,
        "requires-python": ">=3.6,!=3.7.*,!=3.8.*",
        "size": 12345,
        "upload-time": "2026-01-01T00:00:00.000000Z",
        "yanked": False,
        "core-metadata": digests,
    }
    page = json.dumps({"meta": {"api-version": "1.0"}, "name": "demo", "files": [entry] * 10_000})
    foreign_json.require_memory(page, page_parser.MAX_MEMORY // 16)
