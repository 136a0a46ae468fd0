"""What the name of a listed file says, and which of its other values no installer can read."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from dualvariant.repository.listed_file import find_malformed_value, parse_listed_file
from dualvariant.repository.page import File

URL = "https://host/files/demo-1.0-py3-none-any.whl"
DEMO = canonicalize_name("demo")


def test_a_file_with_two_names_is_left_to_the_installer() -> None:
    file = File("demo-2.0-py3-none-any.whl", URL, other_name="demo-1.0-py3-none-any.whl")
    listed = parse_listed_file(file, 0, DEMO)
    assert listed is not None and (listed.wheel, listed.version) == (None, None)
    assert parse_listed_file(file, 0, canonicalize_name("other")) is None


@pytest.mark.parametrize("other", ["demo-1.0~a496bd9c-py3-none-any.whl", "demo-1.0-py3-none-any-v3.whl"])
def test_a_file_with_two_names_by_which_nobody_takes_it(other: str) -> None:
    assert parse_listed_file(File("x", URL, other_name=other), 0, DEMO) is None
    assert parse_listed_file(File("demo-1.0.tar.gz", URL, other_name=other), 0, DEMO) is not None


DIGESTS = {name: hashlib.new(name).hexdigest() for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")}


@pytest.mark.parametrize(
    ("values", "malformed"),
    [
        ({"hashes": DIGESTS, "metadata": DIGESTS, "upload_time": "2026-01-01T00:00:00.5Z", "size": 1}, None),
        ({"hashes": {"made-up": "x"}}, None),
        *(({"hashes": {**DIGESTS, name: digest[1:]}}, name) for name, digest in DIGESTS.items()),
        ({"hashes": {"sha256": "z" * 64}}, "sha256"),
        ({"metadata": {"sha256": ""}}, "sha256"),
        ({"upload_time": "2026-13-01T00:00:00Z"}, "time of upload"),
        ({"upload_time": "2026-01-01T00:00:00"}, "time of upload"),
        ({"size": -1}, "size"),
        ({"size": 1 << 64}, "size"),
    ],
)
def test_a_value_that_an_installer_ends_at(values: dict[str, Any], malformed: str | None) -> None:
    assert find_malformed_value(File("demo-1.0.tar.gz", URL, **values)) == malformed


@pytest.mark.parametrize("filename", ["demo-1.0~a496bd9c-py3-none-any.whl", "demo-1.0-py3-none-any-v3.whl"])
def test_pip_ends_at_a_variant_with_an_egg(filename: str) -> None:
    assert parse_listed_file(File(filename, URL), 0, DEMO) is not None
    assert parse_listed_file(File(filename, URL, egg="demo[x]"), 0, DEMO) is None


@pytest.mark.parametrize("filename", ["demo-1.0-3~2f6ad97;1-py3-none-any.whl", "demo-1.0~x-py3-none-any.whl"])
def test_the_damaged_name_of_a_variant_is_not_shown(filename: str) -> None:
    assert parse_listed_file(File(filename, URL), 0, DEMO) is None
